package operations

import (
	"slices"
	"strings"

	"github.com/xcp-dbus/xcp/internal/gen/codes"
	"github.com/xcp-dbus/xcp/internal/gen/model"
	"github.com/xcp-dbus/xcp/internal/xapi/db"
	"github.com/xcp-dbus/xcp/internal/xapi/field"
	"github.com/xcp-dbus/xcp/internal/xerr"
)

// vdiFeature is what the storage driver must offer for an operation on a VDI;
// those that are missing need nothing.
var vdiFeature = map[string]string{
	"snapshot": "VDI_SNAPSHOT", "destroy": "VDI_DELETE", "resize": "VDI_RESIZE", "resize_online": "VDI_RESIZE_ONLINE", "clone": "VDI_CLONE",
	"mirror": "VDI_MIRROR", "enable_cbt": "VDI_CONFIG_CBT", "disable_cbt": "VDI_CONFIG_CBT", "data_destroy": "VDI_CONFIG_CBT",
	"list_changed_blocks": "VDI_CONFIG_CBT", "set_on_boot": "VDI_RESET_ON_BOOT", "update": "VDI_UPDATE", "generate_config": "VDI_GENERATE_CONFIG",
	"revert_to": "VDI_REVERT", "revert": "VDI_REVERT",
}

var (
	vdiMenu = newMenu(strings.Fields(`snapshot copy clone resize resize_online destroy forget update generate_config enable_cbt disable_cbt data_destroy
		list_changed_blocks set_on_boot revert_to mirror force_unlock`))
	liveSafe  = words(`snapshot clone resize_online blocked revert_to mirror enable_cbt disable_cbt data_destroy`)
	cbtOps    = words("enable_cbt disable_cbt data_destroy list_changed_blocks")
	cbtChange = words("enable_cbt disable_cbt")
	resetOps  = words("snapshot copy enable_cbt disable_cbt")
	haTypes   = words("ha_statefile redo_log metadata")
)

// AllowedVDI lists what may be done to a VDI now.
func AllowedVDI(r db.Reader, row *db.Row) []string {
	v := newVDI(r, row)
	return vdiMenu.allowed(v.check)
}

// CheckVDI checks whether an operation on a VDI is possible now.
func CheckVDI(r db.Reader, row *db.Row, op string) error { return newVDI(r, row).check(op) }

// vdi is what the checks of one VDI look at, gathered once.
type vdi struct {
	r        db.Reader
	row      *db.Row
	kind     string
	sr       *db.Row // nil if it is gone
	features map[string]int64
	vbds     []*db.Row
}

func newVDI(r db.Reader, row *db.Row) *vdi {
	v := &vdi{r: r, row: row, kind: field.Text(row, model.VDI_Type), sr: field.Follow(r, row, model.VDI_SR)}
	v.vbds = field.Rows(r, row, model.VDI_VBDs)
	if v.sr != nil {
		v.features = FeaturesOf(r, field.Text(v.sr, model.SR_Type))
	}
	return v
}

func (v *vdi) check(op string) error {
	for _, rule := range [...]func(*vdi, string) error{
		(*vdi).conflict, (*vdi).plugged, (*vdi).attached, (*vdi).feature, (*vdi).cbt, (*vdi).destroy, (*vdi).kinds,
	} {
		if err := rule(v, op); err != nil {
			return err
		}
	}
	return nil
}

func (v *vdi) refuse(code string, more ...string) error {
	return xerr.New(code, append([]string{v.row.Ref}, more...)...)
}

func (v *vdi) conflict(op string) error {
	current := field.Map(v.row, model.VDI_CurrentOperations)
	if len(current) == 0 || onlyRunning(current, "copy") && op != "snapshot" || op == "destroy" && onlyRunning(current, "mirror") {
		return nil
	}
	if op == "snapshot" && onlyRunning(current, "copy") {
		return xerr.New(codes.OPERATION_NOT_ALLOWED, "Snapshot operation not allowed during copy.")
	}
	return inProgress(v.row, current)
}

func (v *vdi) plugged(op string) error {
	if op != "resize" || v.sr == nil {
		return nil
	}
	return CheckPlugged(v.r, v.sr)
}

// CheckPlugged checks that an SR is attached to some host.
func CheckPlugged(r db.Reader, sr *db.Row) error {
	for _, pbd := range field.Rows(r, sr, model.SR_PBDs) {
		if field.Bool(pbd, model.PBD_CurrentlyAttached) {
			return nil
		}
	}
	return xerr.New(codes.SR_HAS_NO_PBDS, sr.Ref)
}

func (v *vdi) attached(op string) error {
	for _, vbd := range v.vbds {
		readOnlyCopy := op == "copy" && field.Text(vbd, model.VBD_Mode) == model.VBDMode_RO
		if inUse(vbd) && !liveSafe.has(op) && !readOnlyCopy {
			return v.refuse(codes.VDI_IN_USE, op)
		}
	}
	for _, vbd := range v.vbds {
		if current := field.Map(vbd, model.VBD_CurrentOperations); len(current) > 0 && !liveSafe.has(op) {
			return inProgress(vbd, current)
		}
	}
	return nil
}

func (v *vdi) feature(op string) error {
	want, needs := vdiFeature[op]
	if !needs || v.sr == nil {
		return nil
	}
	if _, ok := v.features[want]; ok {
		return nil
	}
	return xerr.New(codes.SR_OPERATION_NOT_SUPPORTED, v.sr.Ref)
}

func (v *vdi) cbt(op string) error {
	snapshot, enabled := field.Bool(v.row, model.VDI_IsASnapshot), field.Bool(v.row, model.VDI_CbtEnabled)
	switch {
	case v.kind == model.VDIType_CbtMetadata && op != "destroy" && op != "forget" && !cbtOps.has(op):
		return v.refuse(codes.VDI_INCOMPATIBLE_TYPE, v.kind)
	case enabled && (op == "mirror" || op == "set_on_boot"):
		return v.refuse(codes.VDI_CBT_ENABLED)
	case op == "data_destroy" && !snapshot:
		return xerr.New(codes.OPERATION_NOT_ALLOWED, "VDI is not a snapshot: "+v.row.Ref)
	case op == "data_destroy" && !enabled:
		return v.refuse(codes.VDI_NO_CBT_METADATA)
	case cbtChange.has(op) && snapshot:
		return xerr.New(codes.OPERATION_NOT_ALLOWED, "VDI is a snapshot: "+v.row.Ref)
	case cbtChange.has(op) && v.kind != model.VDIType_User && v.kind != model.VDIType_System:
		return v.refuse(codes.VDI_INCOMPATIBLE_TYPE, v.kind)
	}
	return nil
}

func (v *vdi) destroy(op string) error {
	if op != "destroy" {
		return nil
	}
	if v.kind == model.VDIType_RRD {
		return v.refuse(codes.VDI_HAS_RRDS)
	}
	if v.sr != nil && field.Text(v.sr, model.SR_Type) == "udev" {
		return v.refuse(codes.VDI_IS_A_PHYSICAL_DEVICE)
	}
	if v.sr != nil && field.Bool(v.sr, model.SR_IsToolsSR) {
		return xerr.New(codes.SR_OPERATION_NOT_SUPPORTED, v.sr.Ref)
	}
	if !haTypes.has(v.kind) {
		return nil
	}
	for pool := range v.r.Rows(model.Pool) {
		if field.Bool(pool, model.Pool_HAEnabled) {
			return xerr.New(codes.HA_IS_ENABLED)
		}
	}
	return nil
}

func (v *vdi) kinds(op string) error {
	switch {
	case op == "snapshot" && field.Bool(v.row, model.VDI_Sharable):
		return v.refuse(codes.VDI_IS_SHARABLE)
	case resetOps.has(op) && field.Text(v.row, model.VDI_OnBoot) == model.OnBoot_Reset:
		return xerr.New(codes.VDI_ON_BOOT_MODE_INCOMPATIBLE_WITH_OPERATION)
	case op == "copy" && (v.kind == model.VDIType_HAStatefile || v.kind == model.VDIType_RedoLog):
		return xerr.New(codes.OPERATION_NOT_ALLOWED, "VDI containing HA statefile or redo log cannot be copied: "+v.row.Ref)
	case op == "revert_to" && !field.Bool(v.row, model.VDI_IsASnapshot):
		return xerr.New(codes.REVERT_ONLY_ALLOWED_ON_SNAPSHOT)
	}
	return nil
}

// FeaturesOf gives the features of the driver of a type of SR; none if no driver
// has that type.
func FeaturesOf(r db.Reader, kind string) map[string]int64 {
	for sm := range r.Rows(model.SM) {
		if field.Text(sm, model.SM_Type) == kind {
			return r.Value(sm, field.Of(sm, model.SM_Features)).(map[string]int64)
		}
	}
	return nil
}

// srFeature is what the driver must offer for an operation on an SR.
func srFeature(op string) string {
	switch op {
	case "vdi_introduce":
		return "VDI_INTRODUCE"
	case "vdi_create":
		return "VDI_CREATE"
	case "update":
		return "SR_UPDATE"
	}
	if vdi, ok := strings.CutPrefix(op, "vdi_"); ok {
		return vdiFeature[vdi]
	}
	return ""
}

var srMenu = newMenu(strings.Fields(`scan destroy forget plug unplug update vdi_create vdi_introduce vdi_destroy vdi_resize vdi_clone vdi_snapshot
	vdi_mirror vdi_enable_cbt vdi_disable_cbt vdi_set_on_boot vdi_data_destroy vdi_list_changed_blocks vdi_revert pbd_create pbd_destroy`))

// AllowedSR lists what may be done to an SR now.
func AllowedSR(r db.Reader, row *db.Row) []string {
	features := FeaturesOf(r, field.Text(row, model.SR_Type))
	return srMenu.allowed(func(op string) error { return checkSR(r, row, op, features) })
}

// CheckSR checks whether an operation on an SR is possible now.
func CheckSR(r db.Reader, row *db.Row, op string) error {
	return checkSR(r, row, op, FeaturesOf(r, field.Text(row, model.SR_Type)))
}

func checkSR(r db.Reader, row *db.Row, op string, features map[string]int64) error {
	if want := srFeature(op); want != "" {
		_, offered := features[want]
		noTools := field.Bool(row, model.SR_IsToolsSR) && (op == "vdi_create" || op == "vdi_destroy")
		if !offered || noTools {
			return xerr.New(codes.SR_OPERATION_NOT_SUPPORTED, row.Ref)
		}
	}
	if err := checkSRContents(r, row, op); err != nil {
		return err
	}
	current := field.Map(row, model.SR_CurrentOperations)
	plug := op == "plug" || op == "unplug"
	if len(current) == 0 || plug && onlyRunning(current, "plug", "unplug") {
		return nil
	}
	return inProgress(row, current)
}

func checkSRContents(r db.Reader, row *db.Row, op string) error {
	if op != "destroy" && op != "forget" {
		return nil
	}
	pbds := field.Rows(r, row, model.SR_PBDs)
	if slices.ContainsFunc(pbds, func(p *db.Row) bool { return field.Bool(p, model.PBD_CurrentlyAttached) }) {
		return xerr.New(codes.SR_HAS_PBD, row.Ref)
	}
	if op == "forget" {
		return nil
	}
	if len(pbds) == 0 {
		return xerr.New(codes.SR_HAS_NO_PBDS, row.Ref)
	}
	for _, d := range field.Rows(r, row, model.SR_VDIs) {
		if field.Bool(d, model.VDI_Managed) && field.Text(d, model.VDI_Type) != model.VDIType_RRD {
			return xerr.New(codes.SR_NOT_EMPTY)
		}
	}
	return nil
}
