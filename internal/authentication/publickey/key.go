// Package publickey reads the public keys that verify tokens.
package publickey

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/hex"
	"fmt"
)

// The sizes of RSA keys. A smaller one can be broken, and a larger one makes every token expensive to verify.
const (
	smallestRSA = 2048
	largestRSA  = 8192
)

// possible ends every refusal of a key.
const possible = "RSA of 2048 to 8192 bits, P-256 or Ed25519"

// Algorithm is what a key is made for.
type Algorithm string

// The algorithms of keys.
const (
	RSA     Algorithm = "RSA"
	P256    Algorithm = "P-256"
	Ed25519 Algorithm = "Ed25519"
)

// Signatures are the values of alg that a token signed by such a key may have (RFC 7518, RFC 8037). The key decides, and
// never the token: who chose a weaker algorithm could forge.
func (a Algorithm) Signatures() []string {
	switch a {
	case RSA:
		return []string{"RS256", "PS256"}
	case P256:
		return []string{"ES256"}
	case Ed25519:
		return []string{"EdDSA"}
	}
	return nil
}

// Key is a public key that may verify tokens.
type Key struct {
	// Public is an *rsa.PublicKey, an *ecdsa.PublicKey or an ed25519.PublicKey.
	Public    crypto.PublicKey
	Algorithm Algorithm
	Bits      int
	// Fingerprint is "sha256:" and the SHA-256 of the SubjectPublicKeyInfo in hexadecimal.
	Fingerprint string
}

// newKey admits a key of a kind and size that is still safe.
func newKey(public crypto.PublicKey) (Key, error) {
	key := Key{Public: public}
	switch public := public.(type) {
	case *rsa.PublicKey:
		key.Algorithm, key.Bits = RSA, public.N.BitLen()
		if err := checkRSA(public); err != nil {
			return Key{}, err
		}
	case *ecdsa.PublicKey:
		if public.Curve != elliptic.P256() {
			return Key{}, impossible("a " + public.Curve.Params().Name + " key")
		}
		key.Algorithm, key.Bits = P256, public.Curve.Params().BitSize
	case ed25519.PublicKey:
		key.Algorithm, key.Bits = Ed25519, 8*len(public)
	default:
		return Key{}, impossible(fmt.Sprintf("a key of type %T", public))
	}
	info, err := x509.MarshalPKIXPublicKey(public)
	if err != nil {
		return Key{}, fmt.Errorf("encode the key: %w", err)
	}
	sum := sha256.Sum256(info)
	key.Fingerprint = "sha256:" + hex.EncodeToString(sum[:])
	return key, nil
}

func checkRSA(public *rsa.PublicKey) error {
	switch bits := public.N.BitLen(); {
	case bits < smallestRSA || bits > largestRSA:
		return impossible(fmt.Sprintf("an RSA key of %d bits", bits))
	case public.N.Bit(0) == 0:
		return impossible("an RSA key with an even modulus")
	case public.E < 3 || public.E%2 == 0:
		// With 1 everybody could sign.
		return impossible(fmt.Sprintf("an RSA key with the exponent %d", public.E))
	}
	return nil
}

func impossible(what string) error { return fmt.Errorf("%s is not possible: %s", what, possible) }
