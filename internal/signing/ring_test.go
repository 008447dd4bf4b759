package signing

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/hmac"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/pem"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func generate(t *testing.T, bits int) *rsa.PrivateKey {
	t.Helper()
	key, err := rsa.GenerateKey(rand.Reader, bits)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

func encode(t *testing.T, block string, der []byte, err error) []byte {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
	return pem.EncodeToMemory(&pem.Block{Type: block, Bytes: der})
}

func pkcs8(t *testing.T, key any) []byte {
	t.Helper()
	der, err := x509.MarshalPKCS8PrivateKey(key)
	return encode(t, "PRIVATE KEY", der, err)
}

// verify reads the public key as a client does.
func verify(t *testing.T, publicPEM string, content []byte, signature string) error {
	t.Helper()
	block, rest := pem.Decode([]byte(publicPEM))
	if block == nil || len(rest) > 0 {
		t.Fatalf("not one PEM block: %q", publicPEM)
	}
	public, err := x509.ParsePKIXPublicKey(block.Bytes)
	if err != nil {
		t.Fatal(err)
	}
	raw, err := base64.StdEncoding.DecodeString(signature)
	if err != nil {
		t.Fatal(err)
	}
	digest := sha256.Sum256(content)
	return rsa.VerifyPKCS1v15(public.(*rsa.PublicKey), crypto.SHA256, digest[:], raw)
}

func TestWhatAKeySignsItsPublicHalfVerifies(t *testing.T) {
	key := generate(t, 2048)
	for name, content := range map[string][]byte{
		"PKCS 8": pkcs8(t, key),
		"PKCS 1": encode(t, "RSA PRIVATE KEY", x509.MarshalPKCS1PrivateKey(key), nil),
	} {
		t.Run(name, func(t *testing.T) {
			found, err := parseRing(map[string][]byte{"own.pem": content}).Key("own")
			if err != nil {
				t.Fatal(err)
			}
			for _, body := range []string{"", "{}\n", strings.Repeat("x", 1<<20)} {
				signature, err := found.Sign([]byte(body))
				if err != nil {
					t.Fatal(err)
				}
				if err := verify(t, found.PublicKey, []byte(body), signature); err != nil {
					t.Errorf("%d bytes: %v", len(body), err)
				}
				if err := verify(t, found.PublicKey, []byte(body+" "), signature); err == nil {
					t.Errorf("%d bytes and another one have the same signature", len(body))
				}
			}
		})
	}
}

func TestASharedKeySignsByHMAC(t *testing.T) {
	secret := []byte("0123456789abcdef")
	key, err := parseRing(map[string][]byte{"shared.hmac": secret}).Key("shared")
	if err != nil {
		t.Fatal(err)
	}
	got, err := key.Sign([]byte("{}"))
	if err != nil {
		t.Fatal(err)
	}
	mac := hmac.New(sha256.New, secret)
	mac.Write([]byte("{}"))
	if want := base64.StdEncoding.EncodeToString(mac.Sum(nil)); got != want || key.PublicKey != "" {
		t.Errorf("got %s, want %s; public key %q", got, want, key.PublicKey)
	}
}

func TestKeysThatCannotSign(t *testing.T) {
	good := pkcs8(t, generate(t, 2048))
	elliptic, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	private := generate(t, 2048)
	public, err := x509.MarshalPKIXPublicKey(&private.PublicKey)
	if err != nil {
		t.Fatal(err)
	}
	encrypted := pem.EncodeToMemory(&pem.Block{Type: "RSA PRIVATE KEY", Headers: map[string]string{"DEK-Info": "AES-128-CBC,00"}, Bytes: []byte("x")})
	for name, test := range map[string]struct {
		content map[string][]byte
		want    string
	}{
		"text":                {map[string][]byte{"own.pem": []byte("secret")}, "the signing key own cannot be used: own.pem is not PEM: it must begin with -----BEGIN PRIVATE KEY-----"},
		"a public key":        {map[string][]byte{"own.pem": encode(t, "PUBLIC KEY", public, nil)}, `the signing key own cannot be used: own.pem holds "PUBLIC KEY": PRIVATE KEY or RSA PRIVATE KEY is possible, without a password`},
		"a password":          {map[string][]byte{"own.pem": encrypted}, "the signing key own cannot be used: own.pem is encrypted with a password: it must not be"},
		"a broken key":        {map[string][]byte{"own.pem": encode(t, "PRIVATE KEY", []byte("x"), nil)}, "the signing key own cannot be used: own.pem holds no private key that can be read"},
		"an elliptic curve":   {map[string][]byte{"own.pem": pkcs8(t, elliptic)}, "the signing key own cannot be used: own.pem holds a key that is not RSA: clients verify RSA signatures alone"},
		"too short":           {map[string][]byte{"own.pem": pkcs8(t, generate(t, 1024))}, "the signing key own cannot be used: own.pem is RSA of 1024 bits: 2048 to 8192 are possible"},
		"too short a secret":  {map[string][]byte{"own.hmac": []byte("0123456789abcde")}, "the signing key own cannot be used: own.hmac has 15 bytes: a shared key has at least 16"},
		"two of one name":     {map[string][]byte{"own.hmac": []byte("0123456789abcdef"), "own.pem": good}, "the signing key own cannot be used: there is own.pem and own.hmac: one of them must go, or have another name"},
		"none of the name":    {map[string][]byte{"b.pem": good, "a.pem": nil, "tls.crt": good}, "there is no signing key own: there is a, b"},
		"nothing":             {nil, "there is no signing key own, and no other"},
		"no name that can be": {map[string][]byte{".pem": good, "-.pem": good, "own.pem.pem": good}, "there is no signing key own: there is own.pem"},
		"another ending":      {map[string][]byte{"own.key": good, "own": good}, "there is no signing key own, and no other"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := parseRing(test.content).Key("own")
			if err == nil {
				t.Fatal("there is one")
			}
			if diff := cmp.Diff(test.want, err.Error()); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}
