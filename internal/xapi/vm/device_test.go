package vm

import "testing"

func TestPosition(t *testing.T) {
	for name, want := range map[string]int{
		"0": 0, "15": 15, "xvda": 0, "hdd": 3, "sdz": 25, "xvdaa": 26, "xvdba": 52,
		"": -1, "-1": -1, "01": -1, "+1": -1, "xvd": -1, "xvdA": -1, "xvdaaa": -1, "vda": -1, "99999999999999999999": -1,
	} {
		got, ok := position(name, true)
		if !ok {
			got = -1
		}
		if got != want {
			t.Errorf("%q: %d, want %d", name, got, want)
		}
	}
	if _, ok := position("xvda", false); ok {
		t.Error("an interface has the name of a disk")
	}
}

// TestMAC checks that addresses stay the same for ever and differ between the
// devices and seeds.
func TestMAC(t *testing.T) {
	const seed = "2b6a1d3e-0d0b-4c52-8b33-9a5a4a1f2c11"
	seen := map[string]bool{}
	for device := range 16 {
		mac := macOf(seed, device)
		if mac != macOf(seed, device) || seen[mac] || mac == macOf("other", device) {
			t.Errorf("device %d: %s", device, mac)
		}
		seen[mac] = true
	}
	if got, want := macOf(seed, 1), "76:7f:8d:51:88:c7"; got != want {
		t.Errorf("%s, want %s", got, want)
	}
}

func TestOverhead(t *testing.T) {
	for _, c := range []struct {
		kind       string
		static     int64
		vcpus      int64
		multiplier float64
		want       int64
	}{
		{"pv", 1 << 30, 4, 1, 0},
		{"hvm", 1 << 30, 1, 1, (1 + 9) * mib},
		{"hvm", 1 << 30, 1, 4, (1 + 36) * mib},
		{"hvm", 0, 0, 1, mib},
		{"hvm", -1, 1, 1, 0},
	} {
		if got := overhead(c.kind, c.static, c.vcpus, c.multiplier); got != c.want {
			t.Errorf("%+v: %d", c, got)
		}
	}
}
