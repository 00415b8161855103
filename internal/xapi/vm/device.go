package vm

import (
	"context"
	"slices"
	"strconv"
	"strings"

	"github.com/xcp-dbus/xcp/internal/gen/codes"
	"github.com/xcp-dbus/xcp/internal/gen/model"
	"github.com/xcp-dbus/xcp/internal/gen/ref"
	"github.com/xcp-dbus/xcp/internal/xapi/db"
	"github.com/xcp-dbus/xcp/internal/xapi/field"
	"github.com/xcp-dbus/xcp/internal/xerr"
)

// How many devices of a kind a VM may have.
const (
	maxVBDs        = 255
	maxVBDsControl = 256
	maxVIFs        = 16
)

// GetAllowedVBDDevices is VM.get_allowed_VBD_devices: the numbers that are free,
// lowest first.
func (a *Actions) GetAllowedVBDDevices(_ context.Context, vm ref.VM) ([]string, error) {
	s := a.Read()
	row, err := s.Find(model.VM, string(vm))
	if err != nil {
		return nil, err
	}
	return freeVBDs(s, row), nil
}

// GetAllowedVIFDevices is VM.get_allowed_VIF_devices.
func (a *Actions) GetAllowedVIFDevices(_ context.Context, vm ref.VM) ([]string, error) {
	s := a.Read()
	row, err := s.Find(model.VM, string(vm))
	if err != nil {
		return nil, err
	}
	taken := map[int]bool{}
	for _, vif := range field.Rows(s, row, model.VM_VIFs) {
		if n, ok := position(field.Text(vif, model.VIF_Device), false); ok {
			taken[n] = true
		}
	}
	return free(maxVIFs, taken), nil
}

func freeVBDs(r db.Reader, vm *db.Row) []string {
	taken := map[int]bool{}
	for _, vbd := range field.Rows(r, vm, model.VM_VBDs) {
		if n, ok := position(field.Text(vbd, model.VBD_Userdevice), true); ok {
			taken[n] = true
		}
	}
	return free(vbdLimit(vm), taken)
}

func vbdLimit(vm *db.Row) int {
	if field.Bool(vm, model.VM_IsControlDomain) {
		return maxVBDsControl
	}
	return maxVBDs
}

func free(limit int, taken map[int]bool) []string {
	out := []string{}
	for n := range limit {
		if !taken[n] {
			out = append(out, strconv.Itoa(n))
		}
	}
	return out
}

// diskPrefixes begin the names of disks: a letter counts the slots from a.
var diskPrefixes = []string{"xvd", "hd", "sd"}

// position is the slot a device name stands for: a number in decimal or, for
// disks, a name such as xvdb.
func position(name string, disk bool) (int, bool) {
	if n, err := strconv.Atoi(name); err == nil {
		return n, n >= 0 && strconv.Itoa(n) == name
	}
	if !disk {
		return 0, false
	}
	i := slices.IndexFunc(diskPrefixes, func(p string) bool { return strings.HasPrefix(name, p) })
	if i < 0 {
		return 0, false
	}
	letters := name[len(diskPrefixes[i]):]
	if letters == "" || len(letters) > 2 {
		return 0, false
	}
	n := 0
	for _, c := range []byte(letters) {
		if c < 'a' || c > 'z' {
			return 0, false
		}
		n = n*26 + int(c-'a') + 1
	}
	return n - 1, true
}

// checkSlot refuses a device name that is none, or whose slot is taken by one
// of the VM's devices. used gives the name of such a device.
func checkSlot(name string, disk bool, limit int, devices []*db.Row, used int) error {
	slot, ok := position(name, disk)
	if !ok || slot >= limit {
		return xerr.New(codes.INVALID_DEVICE, name)
	}
	for _, d := range devices {
		if n, ok := position(field.Text(d, used), disk); ok && n == slot {
			return xerr.New(codes.DEVICE_ALREADY_EXISTS, name)
		}
	}
	return nil
}
