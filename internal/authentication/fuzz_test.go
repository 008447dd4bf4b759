package authentication

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"strings"
	"testing"

	"github.com/golang-jwt/jwt/v5"

	"github.com/licensing-operator/licensing-operator/api/v1alpha1"
)

// FuzzForgery takes tokens apart. Whatever comes out, only what a key signed is authenticated. The keys are the same in
// all processes of the fuzzer, so that what it starts from is good in each.
func FuzzForgery(f *testing.F) {
	ec, err := ecdsa.ParseRawPrivateKey(elliptic.P256(), bytes.Repeat([]byte{7}, 32))
	if err != nil {
		f.Fatal(err)
	}
	ed := ed25519.NewKeyFromSeed(bytes.Repeat([]byte{7}, ed25519.SeedSize))
	w := newWorld(f)
	w.cached.keys = []v1alpha1.AccessKey{
		accessKey(f, "ec", acme, v1alpha1.AccessClient, "ec", ec.Public(), 0),
		accessKey(f, "ed", acme, v1alpha1.AccessClient, "ed", ed.Public(), 0),
		accessKey(f, "root", acme, v1alpha1.AccessAdministration, "root", ed.Public(), 0),
	}
	w.live.keys = w.cached.keys

	signed := map[string]bool{}
	for _, token := range []string{
		sign(f, jwt.SigningMethodES256, ec, confirmed("ec", "CLIENT")),
		sign(f, jwt.SigningMethodEdDSA, ed, confirmed("ed", "CLIENT")),
		sign(f, jwt.SigningMethodEdDSA, ed, confirmed("root", "ADMIN")),
	} {
		if _, err := w.authenticate(token); err != nil {
			f.Fatal(err)
		}
		signed[content(token)] = true
		f.Add(token)
	}
	f.Add(sign(f, jwt.SigningMethodHS256, []byte(pemOf(f, ed.Public())), confirmed("ed", "CLIENT")))
	f.Add(sign(f, jwt.SigningMethodNone, jwt.UnsafeAllowNoneSignatureType, confirmed("root", "ADMIN")))
	f.Add(encode(`{"alg":"ES256"}`) + "." + encode(`{"cnf":{"jwk":{"kid":"ec"}},"exp":1e18,"aud":[[]]}`) + "." + strings.Repeat("A", 86))
	f.Fuzz(func(t *testing.T, token string) {
		caller, err := w.authenticate(token)
		if err == nil && !signed[content(strings.TrimSpace(token))] {
			t.Errorf("nobody signed this, and it is %s: %s", caller, token)
		}
	})
}

// content is what is signed of a token.
func content(token string) string { return token[:max(0, strings.LastIndexByte(token, '.'))] }
