package firstboot

import (
	"path/filepath"
	"slices"
	"strings"

	"github.com/xcp-dbus/xcp/internal/gen/model"
	"github.com/xcp-dbus/xcp/internal/xapi/dbactions"
)

// localStorage makes the host's own storage repository, plugged; its record is
// the first of the rows. Clients know the type ext as thin local storage.
func localStorage(o *Options, host string) []*dbactions.Draft {
	sr, pbd := dbactions.NewDraft(model.SR), dbactions.NewDraft(model.PBD)
	sr.Set("name_label", "Local storage").Set("type", "ext").Set("content_type", "user")
	sr.Set("physical_size", o.Storage.Size).Set("physical_utilisation", o.Storage.Used)
	sr.Set("other_config", map[string]string{"i18n-key": "local-storage", "i18n-original-value-name_label": "Local storage"})
	pbd.Set("host", host).Set("SR", sr.Ref).Set("currently_attached", true)
	pbd.Set("device_config", map[string]string{"location": filepath.Join(o.Storage.Path, sr.Text("uuid"))})
	return []*dbactions.Draft{sr, pbd}
}

// A driver is one kind of storage repository this toolstack offers.
type driver struct {
	kind, name, description string
	features                string
	configuration           map[string]string
}

const diskFeatures = "SR_PROBE SR_UPDATE VDI_CREATE VDI_INTRODUCE VDI_DELETE VDI_ATTACH VDI_DETACH VDI_RESIZE VDI_CLONE VDI_SNAPSHOT VDI_UPDATE VDI_MIRROR"

var location = map[string]string{"location": "path of the folder (required)"}

var offered = []driver{
	{"ext", "Local storage", "Disks as files of a local file system", diskFeatures, location},
	{"file", "Folder", "Disks as files of a folder of this host", diskFeatures, location},
	{"iso", "ISO library", "CD images as files of a folder", "SR_PROBE SR_UPDATE VDI_ATTACH VDI_DETACH", location},
}

func drivers() []*dbactions.Draft {
	rows := make([]*dbactions.Draft, 0, len(offered))
	for _, o := range offered {
		names := strings.Fields(o.features)
		slices.Sort(names)
		features := make(map[string]int64, len(names))
		for _, f := range names {
			features[f] = 1
		}
		sm := dbactions.NewDraft(model.SM)
		sm.Set("name_label", o.name).Set("name_description", o.description).Set("type", o.kind)
		sm.Set("vendor", "XCP").Set("copyright", "").Set("version", "1.0").Set("required_api_version", "1.0")
		sm.Set("configuration", o.configuration).Set("capabilities", names).Set("features", features)
		rows = append(rows, sm)
	}
	return rows
}
