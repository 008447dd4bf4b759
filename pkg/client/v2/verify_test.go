package v2_test

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/pem"
	"net/http"
	"strings"
	"testing"

	"github.com/licensing-operator/licensing-operator/pkg/client/v2"
)

const leastBits = 2048

func newKey(t testing.TB) *rsa.PrivateKey {
	t.Helper()
	key, err := rsa.GenerateKey(rand.Reader, leastBits)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

func publicPEM(t testing.TB, key crypto.PublicKey) []byte {
	t.Helper()
	text, err := x509.MarshalPKIXPublicKey(key)
	if err != nil {
		t.Fatal(err)
	}
	return pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: text})
}

func signed(t testing.TB, key *rsa.PrivateKey, content []byte) string {
	t.Helper()
	digest := sha256.Sum256(content)
	signature, err := rsa.SignPKCS1v15(rand.Reader, key, crypto.SHA256, digest[:])
	if err != nil {
		t.Fatal(err)
	}
	return base64.StdEncoding.EncodeToString(signature)
}

func TestAnswersThatWereNotSignedAsTheyAreAreRefused(t *testing.T) {
	key, other := newKey(t), newKey(t)
	body, nonce := []byte(`[{"transaction_id":null}]`), []byte("sixteen bytes...")
	verifier, err := v2.NewVerifier(publicPEM(t, key.Public()))
	if err != nil {
		t.Fatal(err)
	}
	tests := map[string]struct {
		signature, nonceSignature string
		body, nonce               []byte
		want                      string
	}{
		"a good one":                {signed(t, key, body), signed(t, key, nonce), body, nonce, ""},
		"without a nonce":           {signed(t, key, body), "", body, nil, ""},
		"an empty body":             {signed(t, key, nil), signed(t, key, nonce), nil, nonce, ""},
		"no signature":              {"", signed(t, key, nonce), body, nonce, "the answer: it is not signed: there is no header x-slascone-signature"},
		"another body":              {signed(t, key, body), "", []byte(`[]`), nil, "the answer: the signature in x-slascone-signature is not of this key and content"},
		"another key":               {signed(t, other, body), "", body, nil, "the answer: the signature in x-slascone-signature is not of this key and content"},
		"text that is no base64":    {"!", "", body, nil, "the answer: the header x-slascone-signature is not base64"},
		"no signature of the nonce": {signed(t, key, body), "", body, nonce, "the nonce: it is not signed: there is no header X-Nonce-Signature"},
		"the signature of another call": {
			signed(t, key, body), signed(t, key, []byte("another nonce...")), body, nonce,
			"the nonce: the signature in X-Nonce-Signature is not of this key and content",
		},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			answer := &http.Response{Header: http.Header{}}
			for header, value := range map[string]string{"X-Slascone-Signature": test.signature, "X-Nonce-Signature": test.nonceSignature} {
				if value != "" {
					answer.Header.Set(header, value)
				}
			}
			got := ""
			if err := verifier.Verify(answer, test.body, test.nonce); err != nil {
				got = err.Error()
			}
			if got != test.want {
				t.Errorf("got %q, want %q", got, test.want)
			}
		})
	}
}

func TestOnlyRSAPublicKeysVerify(t *testing.T) {
	curve, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	for name, test := range map[string]struct {
		key  []byte
		want string
	}{
		"no PEM":       {[]byte("key"), "the public key is not PEM"},
		"no key":       {pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: []byte("key")}), "read the public key"},
		"another kind": {publicPEM(t, curve.Public()), "cannot verify with a *ecdsa.PublicKey: want an RSA public key"},
	} {
		if _, err := v2.NewVerifier(test.key); err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s: got %v, want %q", name, err, test.want)
		}
	}
}
