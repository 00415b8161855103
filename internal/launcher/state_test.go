package launcher

import (
	"crypto/x509"
	"encoding/pem"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestPassword(t *testing.T) {
	dir := t.TempDir()
	first, err := password(dir, "")
	if err != nil || len(first) < 20 {
		t.Fatalf("password %q, error %v", first, err)
	}
	st, err := os.Stat(filepath.Join(dir, "password"))
	if err != nil || st.Mode().Perm() != 0o600 {
		t.Errorf("mode %v, error %v", st.Mode(), err)
	}
	if again, err := password(dir, ""); err != nil || again != first {
		t.Errorf("a second start has %q, error %v", again, err)
	}
	given := filepath.Join(dir, "given")
	for text, want := range map[string]string{
		"secret\n": "secret", "two words": "two words", "first\nsecond\n": "first", "dos\r\n": "dos",
		"": "", "\n": "", strings.Repeat("x", maxPasswordBytes+1): "",
	} {
		if err := os.WriteFile(given, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		got, err := password(dir, given)
		if got != want || (err == nil) != (want != "") {
			t.Errorf("from %.20q comes %q, error %v", text, got, err)
		}
	}
	if _, err := password(dir, filepath.Join(dir, "none")); err == nil {
		t.Error("a file that is not there gives a password")
	}
}

func TestStateFolderOthersCanWriteIsRefused(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "state")
	if err := os.Mkdir(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(dir, 0o777); err != nil {
		t.Fatal(err)
	}
	if f, err := openState(dir); err == nil {
		f.Close()
		t.Error("it is used")
	}
}

func TestCertificate(t *testing.T) {
	l := &launcher{opts: Options{StateDir: t.TempDir(), Listen: "192.0.2.7:80", TLSListen: "xcp.example:443"}}
	if err := l.certificate(); err != nil {
		t.Fatal(err)
	}
	cert, key := l.certFiles()
	text, err := os.ReadFile(cert)
	if err != nil {
		t.Fatal(err)
	}
	block, _ := pem.Decode(text)
	c, err := x509.ParseCertificate(block.Bytes)
	if err != nil || c.PublicKeyAlgorithm != x509.RSA {
		t.Fatalf("algorithm %v, error %v", c.PublicKeyAlgorithm, err)
	}
	host, _ := os.Hostname()
	for _, name := range []string{"localhost", "127.0.0.1", "::1", "192.0.2.7", "xcp.example", host} {
		if err := c.VerifyHostname(name); err != nil {
			t.Error(err)
		}
	}
	roots := x509.NewCertPool()
	roots.AddCert(c)
	if _, err := c.Verify(x509.VerifyOptions{DNSName: "localhost", Roots: roots}); err != nil {
		t.Errorf("a client that trusts it refuses it: %v", err)
	}
	if err := l.certificate(); err != nil {
		t.Errorf("a second start: %v", err)
	}
	if again, _ := os.ReadFile(cert); string(again) != string(text) {
		t.Error("a second start made another certificate")
	}
	if err := os.Remove(key); err != nil {
		t.Fatal(err)
	}
	if err := l.certificate(); err == nil {
		t.Error("a certificate without key is used")
	}
}

// TestRunDir: a socket's path fits into an address wherever folders lie.
func TestRunDir(t *testing.T) {
	long := filepath.Join(t.TempDir(), strings.Repeat("d", 90))
	for name, base := range map[string]string{"short": shortDir(t), "long": long, "none": ""} {
		t.Run(name, func(t *testing.T) {
			t.Setenv("XDG_RUNTIME_DIR", base)
			state := t.TempDir()
			t.Setenv("TMPDIR", long)
			dir, err := makeRunDir(state)
			if err != nil {
				t.Fatal(err)
			}
			defer os.RemoveAll(dir)
			if len(dir) > maxRunDir {
				t.Errorf("%s is too long", dir)
			}
			again, err := makeRunDir(state) // as after a kill
			if err != nil {
				t.Fatal(err)
			}
			defer os.RemoveAll(again)
			if _, err := os.Stat(dir); err == nil && dir != again {
				t.Error("the old folder is left over")
			}
		})
	}
	if ours("/tmp") || ours("xcp-relative") || ours("/etc") {
		t.Error("a folder that is not ours would be removed")
	}
}
