package selfsigned

import (
	"crypto/x509"
	"encoding/pem"
	"testing"
	"time"
)

func TestCertificateIsGoodForTheServiceAndTheHosts(t *testing.T) {
	rotator := certificateOf("licensing", "/certs", []string{"licenses.example.com", "192.0.2.1"})
	begin := time.Now()
	authority, err := rotator.CreateCACert(begin, begin.Add(time.Hour))
	if err != nil {
		t.Fatal(err)
	}
	certificate, _, err := rotator.CreateCertPEM(authority, begin, begin.Add(time.Hour))
	if err != nil {
		t.Fatal(err)
	}
	block, _ := pem.Decode(certificate)
	parsed, err := x509.ParseCertificate(block.Bytes)
	if err != nil {
		t.Fatal(err)
	}
	if len(parsed.DNSNames) != 5 {
		t.Errorf("got %v, want no address among the names", parsed.DNSNames)
	}
	roots := x509.NewCertPool()
	roots.AddCert(authority.Cert)
	for _, name := range []string{
		"licensing-operator-rest", "licensing-operator-rest.licensing", "licensing-operator-rest.licensing.svc",
		"licensing-operator-rest.licensing.svc.cluster.local", "licenses.example.com",
	} {
		if _, err := parsed.Verify(x509.VerifyOptions{DNSName: name, Roots: roots, KeyUsages: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth}}); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := parsed.Verify(x509.VerifyOptions{DNSName: "other.example.com", Roots: roots}); err == nil {
		t.Error("it is good for any host")
	}
}

func TestOnlyTheLeaderRotates(t *testing.T) {
	rotated := certificateOf("licensing", "/certs", nil)
	if !rotated.NeedLeaderElection() || rotated.SecretKey.String() != "licensing/"+SecretName {
		t.Errorf("got %t for %s", rotated.NeedLeaderElection(), rotated.SecretKey)
	}
}
