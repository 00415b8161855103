package typed

import "time"

// Layout is how times travel: XML-RPC's form, in UTC.
const Layout = "20060102T15:04:05Z"

// zoned and zoneless are the forms a client may write. A time without a zone
// stays without one: it is read as UTC and printed as it came.
var (
	zoned = []string{
		"20060102T15:04:05Z07:00", "20060102T15:04:05Z0700",
		time.RFC3339, "2006-01-02T15:04:05Z0700",
	}
	zoneless = []string{"20060102T15:04:05", "2006-01-02T15:04:05"}
)

// dateTime gives the form in which a time travels.
func dateTime(s string) (string, bool) {
	for _, layout := range zoned {
		if t, err := time.Parse(layout, s); err == nil {
			return printable(t, Layout)
		}
	}
	for _, layout := range zoneless {
		if t, err := time.Parse(layout, s); err == nil {
			return printable(t, zoneless[0])
		}
	}
	return "", false
}

// printable refuses years that a change of zone made longer than four digits.
func printable(t time.Time, layout string) (string, bool) {
	t = t.UTC()
	return t.Format(layout), 0 <= t.Year() && t.Year() <= 9999
}

// epoch is the empty value of a time.
const epoch = "19700101T00:00:00Z"
