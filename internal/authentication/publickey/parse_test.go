package publickey

import (
	"crypto"
	"crypto/ecdh"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/hex"
	"encoding/pem"
	"math/big"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func encode(t testing.TB, kind string, der []byte, err error) string {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
	return string(pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der}))
}

func spki(t testing.TB, public any) string {
	t.Helper()
	der, err := x509.MarshalPKIXPublicKey(public)
	return encode(t, "PUBLIC KEY", der, err)
}

func rsaKey(t testing.TB, bits int) *rsa.PrivateKey {
	t.Helper()
	key, err := rsa.GenerateKey(rand.Reader, bits)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

func ecKey(t testing.TB, curve elliptic.Curve) *ecdsa.PrivateKey {
	t.Helper()
	key, err := ecdsa.GenerateKey(curve, rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

func certificate(t testing.TB, key crypto.Signer) string {
	t.Helper()
	long := time.Date(2001, 1, 1, 0, 0, 0, 0, time.UTC)
	template := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "acme"}, NotBefore: long, NotAfter: long.AddDate(1, 0, 0)}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	return encode(t, "CERTIFICATE", der, err)
}

// numeral is a public key with a modulus that nobody has factors of; it is only looked at.
func numeral(bits int, low int64, exponent int) *rsa.PublicKey {
	n := new(big.Int).Lsh(big.NewInt(1), uint(bits-1))
	return &rsa.PublicKey{N: n.Add(n, big.NewInt(low)), E: exponent}
}

func TestParse(t *testing.T) {
	rsa2048, p256 := rsaKey(t, 2048), ecKey(t, elliptic.P256())
	edPublic, edPrivate, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	rsaSPKI := spki(t, &rsa2048.PublicKey)
	for name, test := range map[string]struct {
		text       string
		algorithm  Algorithm
		bits       int
		signatures []string
		same       string
	}{
		"RSA":                       {rsaSPKI, RSA, 2048, []string{"RS256", "PS256"}, rsaSPKI},
		"RSA in PKCS #1":            {encode(t, "RSA PUBLIC KEY", x509.MarshalPKCS1PublicKey(&rsa2048.PublicKey), nil), RSA, 2048, []string{"RS256", "PS256"}, rsaSPKI},
		"the largest RSA":           {spki(t, numeral(8192, 1, 65537)), RSA, 8192, []string{"RS256", "PS256"}, ""},
		"P-256":                     {spki(t, &p256.PublicKey), P256, 256, []string{"ES256"}, ""},
		"Ed25519":                   {spki(t, edPublic), Ed25519, 256, []string{"EdDSA"}, ""},
		"a certificate of RSA":      {certificate(t, rsa2048), RSA, 2048, []string{"RS256", "PS256"}, rsaSPKI},
		"a certificate of P-256":    {certificate(t, p256), P256, 256, []string{"ES256"}, spki(t, &p256.PublicKey)},
		"a certificate of Ed25519":  {certificate(t, edPrivate), Ed25519, 256, []string{"EdDSA"}, spki(t, edPublic)},
		"blank lines around it":     {"\n\n " + rsaSPKI + "\n \n", RSA, 2048, []string{"RS256", "PS256"}, rsaSPKI},
		"line ends of Windows":      {strings.ReplaceAll(rsaSPKI, "\n", "\r\n"), RSA, 2048, []string{"RS256", "PS256"}, rsaSPKI},
		"no line end after the key": {strings.TrimSpace(rsaSPKI), RSA, 2048, []string{"RS256", "PS256"}, rsaSPKI},
	} {
		t.Run(name, func(t *testing.T) {
			key, err := Parse(test.text)
			if err != nil {
				t.Fatal(err)
			}
			if key.Algorithm != test.algorithm || key.Bits != test.bits {
				t.Errorf("%s of %d bits, want %s of %d", key.Algorithm, key.Bits, test.algorithm, test.bits)
			}
			if diff := cmp.Diff(test.signatures, key.Algorithm.Signatures()); diff != "" {
				t.Errorf("signatures (-want +got):\n%s", diff)
			}
			if test.same == "" {
				return
			}
			block, _ := pem.Decode([]byte(test.same))
			sum := sha256.Sum256(block.Bytes)
			if want := "sha256:" + hex.EncodeToString(sum[:]); key.Fingerprint != want {
				t.Errorf("fingerprint %s, want %s", key.Fingerprint, want)
			}
		})
	}
}

func TestParseRefuses(t *testing.T) {
	rsa2048, p256 := rsaKey(t, 2048), ecKey(t, elliptic.P256())
	x25519, err := ecdh.X25519().GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	private, err := x509.MarshalPKCS8PrivateKey(p256)
	secret := encode(t, "PRIVATE KEY", private, err)
	good := spki(t, &p256.PublicKey)
	const choice = "is not possible: RSA of 2048 to 8192 bits, P-256 or Ed25519"
	for name, test := range map[string]struct{ text, want string }{
		"nothing":                         {"", "it is not PEM: it must begin with -----BEGIN PUBLIC KEY-----"},
		"a JSON Web Key":                  {`{"kty":"OKP","crv":"Ed25519","x":"..."}`, "it is not PEM"},
		"a key of OpenSSH":                {"ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAI lisa@acme", "convert it with ssh-keygen -e -m PKCS8 -f key.pub"},
		"a private key":                   {secret, "a private key must never be stored or sent: make a new key"},
		"a private key beside its public": {good + secret, "a private key must never be stored or sent"},
		"two keys":                        {good + good, "text after the first key is not possible"},
		"text before the key":             {"my key:\n" + good, "it is not PEM"},
		"a key that is cut off":           {good[:len(good)/2], "the block is cut off"},
		"a damaged key":                   {encode(t, "PUBLIC KEY", []byte("no key"), nil), "the PUBLIC KEY cannot be read: "},
		"a request for a certificate":     {encode(t, "CERTIFICATE REQUEST", []byte("no key"), nil), `a PEM block "CERTIFICATE REQUEST" is not possible: PUBLIC KEY, RSA PUBLIC KEY or CERTIFICATE`},
		"a key in the wrong kind of text": {encode(t, "CERTIFICATE", x509.MarshalPKCS1PublicKey(&rsa2048.PublicKey), nil), "the CERTIFICATE cannot be read: "},
		"more text than a key can have":   {good + strings.Repeat(" ", MaxLength), "at most 8192"},
		"RSA that is too short":           {spki(t, numeral(2047, 1, 65537)), "an RSA key of 2047 bits " + choice},
		"RSA that is too long":            {spki(t, numeral(8193, 1, 65537)), "an RSA key of 8193 bits " + choice},
		"RSA that everybody can sign for": {spki(t, numeral(2048, 1, 1)), "an RSA key with the exponent 1 " + choice},
		"RSA with an even exponent":       {spki(t, numeral(2048, 1, 65536)), "an RSA key with the exponent 65536 " + choice},
		"RSA with an even modulus":        {spki(t, numeral(2048, 2, 65537)), "an RSA key with an even modulus " + choice},
		"P-384":                           {spki(t, &ecKey(t, elliptic.P384()).PublicKey), "a P-384 key " + choice},
		"P-521":                           {spki(t, &ecKey(t, elliptic.P521()).PublicKey), "a P-521 key " + choice},
		"P-224":                           {certificate(t, ecKey(t, elliptic.P224())), "a P-224 key " + choice},
		"X25519":                          {spki(t, x25519.PublicKey()), "an X25519 key, which cannot sign, " + choice},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := Parse(test.text)
			if err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("got %v, want %s", err, test.want)
			}
			if err != nil && strings.Contains(err.Error(), strings.Split(secret, "\n")[1]) {
				t.Error("the error repeats the key")
			}
		})
	}
}

// The sample is in every cluster that tries the samples: nobody may have its private half.
func TestNobodyCanSignForTheSample(t *testing.T) {
	content, err := os.ReadFile(filepath.Join("..", "..", "..", "config", "samples", "accesskey.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	_, text, _ := strings.Cut(string(content), "publicKey: |\n")
	key, err := Parse(strings.ReplaceAll(text, "    ", ""))
	if err != nil {
		t.Fatal(err)
	}
	point, err := key.Public.(*ecdsa.PublicKey).Bytes()
	if err != nil {
		t.Fatal(err)
	}
	if x := sha256.Sum256([]byte("licensing-operator sample key 0")); !cmp.Equal(x[:], point[1:33]) {
		t.Error("the x coordinate is not the hash that the sample says it is")
	}
}

func FuzzParse(f *testing.F) {
	p256 := ecKey(f, elliptic.P256())
	f.Add(spki(f, &p256.PublicKey))
	f.Add(certificate(f, p256))
	f.Add(encode(f, "RSA PUBLIC KEY", x509.MarshalPKCS1PublicKey(&rsaKey(f, 2048).PublicKey), nil))
	f.Add("-----BEGIN PUBLIC KEY-----\n-----END PUBLIC KEY-----")
	f.Fuzz(func(t *testing.T, text string) {
		key, err := Parse(text)
		if err != nil {
			return
		}
		if len(key.Algorithm.Signatures()) == 0 {
			t.Fatalf("a key of algorithm %q verifies nothing", key.Algorithm)
		}
		again, err := Parse(spki(t, key.Public))
		if err != nil {
			t.Fatalf("written again it is refused: %v", err)
		}
		if again.Fingerprint != key.Fingerprint || again.Algorithm != key.Algorithm {
			t.Errorf("written again it is another key: %+v, %+v", key, again)
		}
	})
}
