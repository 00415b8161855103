package launcher

import (
	"crypto/rand"
	"crypto/rsa"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"fmt"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"slices"
	"time"
)

// The certificate of an instance is RSA because old clients know nothing else,
// and lives ten years, as those of the reference do: clients pin it.
const (
	certBits  = 2048
	certYears = 10
)

// certFiles are where the instance's certificate and its key lie.
func (l *launcher) certFiles() (cert, key string) {
	return l.state("tls/cert.pem"), l.state("tls/key.pem")
}

// certificate makes the certificate and its key on first start, and checks
// them later. The names in it are those of the first start: a client that
// pinned the certificate must not lose it to a changed address.
func (l *launcher) certificate() error {
	cert, key := l.certFiles()
	if err := os.MkdirAll(filepath.Dir(cert), 0o700); err != nil {
		return fmt.Errorf("cannot make the certificate's folder: %w", err)
	}
	_, err := os.Stat(cert) // written last, so that it vouches for the key
	if err == nil {
		if _, err := tls.LoadX509KeyPair(cert, key); err != nil {
			return fmt.Errorf("cannot use the certificate %s: %w", cert, err)
		}
		return nil
	}
	if !errors.Is(err, os.ErrNotExist) {
		return fmt.Errorf("cannot look for the certificate: %w", err)
	}
	certPEM, keyPEM, err := selfSigned([]string{l.opts.Listen, l.opts.TLSListen})
	if err != nil {
		return fmt.Errorf("cannot make a certificate: %w", err)
	}
	if err := writeSecret(key, keyPEM); err != nil {
		return err
	}
	return writeSecret(cert, certPEM)
}

func selfSigned(listen []string) (cert, key string, err error) {
	priv, err := rsa.GenerateKey(rand.Reader, certBits)
	if err != nil {
		return "", "", err
	}
	serial, err := rand.Int(rand.Reader, new(big.Int).Lsh(big.NewInt(1), 127))
	if err != nil {
		return "", "", err
	}
	names, ips := subjects(listen)
	now := time.Now()
	tmpl := &x509.Certificate{
		SerialNumber:          serial,
		Subject:               pkix.Name{CommonName: names[0]},
		DNSNames:              names,
		IPAddresses:           ips,
		NotBefore:             now.Add(-time.Hour), // clocks differ
		NotAfter:              now.AddDate(certYears, 0, 0),
		KeyUsage:              x509.KeyUsageDigitalSignature | x509.KeyUsageKeyEncipherment | x509.KeyUsageCertSign,
		ExtKeyUsage:           []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
		IsCA:                  true, // so that clients can be told to trust exactly this one
		BasicConstraintsValid: true,
	}
	der, err := x509.CreateCertificate(rand.Reader, tmpl, tmpl, &priv.PublicKey, priv)
	if err != nil {
		return "", "", err
	}
	pkcs8, err := x509.MarshalPKCS8PrivateKey(priv)
	if err != nil {
		return "", "", err
	}
	cert = string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}))
	key = string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: pkcs8}))
	return cert, key, nil
}

// subjects lists the names and addresses the certificate is good for: this
// machine by every name a local client uses, and the addresses listened on.
func subjects(listen []string) ([]string, []net.IP) {
	names := []string{"localhost"}
	if h, err := os.Hostname(); err == nil && h != "" && h != "localhost" {
		names = append([]string{h}, names...)
	}
	ips := []net.IP{net.IPv4(127, 0, 0, 1), net.IPv6loopback}
	for _, l := range listen {
		host, _, err := net.SplitHostPort(l)
		if err != nil || host == "" {
			continue
		}
		ip := net.ParseIP(host)
		switch {
		case ip == nil && !slices.Contains(names, host):
			names = append(names, host)
		case ip != nil && !ip.IsUnspecified() && !slices.ContainsFunc(ips, ip.Equal):
			ips = append(ips, ip)
		}
	}
	return names, ips
}
