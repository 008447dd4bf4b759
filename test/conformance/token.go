package conformance

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/asn1"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"math/big"
	"time"
)

// tokenLife is longer than any examination takes.
const tokenLife = time.Hour

// Signer makes tokens that one public key verifies.
type Signer struct {
	// KeyID is the id under which the system knows the public key.
	KeyID string
	Key   crypto.Signer
}

// claims are those of a token. Only what a test wants otherwise is changed.
type claims map[string]any

func newClaims(keyID, keyType string, audience ...string) claims {
	now := time.Now()
	c := claims{
		"iss": "https://conformance.example",
		"iat": now.Unix(), "nbf": now.Unix(), "exp": now.Add(tokenLife).Unix(),
		"cnf": map[string]any{"jwk": map[string]any{"kid": keyID, "kty": keyType}},
	}
	if len(audience) > 0 {
		c["aud"] = audience
	}
	return c
}

// AdminToken is a token for administration, ClientToken one for the instances.
func (s Signer) AdminToken() string { return s.sign(newClaims(s.KeyID, "ADMIN")) }

func (s Signer) ClientToken(instances ...string) string {
	return s.sign(newClaims(s.KeyID, "CLIENT", instances...))
}

func (s Signer) sign(c claims) string {
	token, err := s.signAs(algorithmOf(s.Key), c)
	if err != nil {
		panic(err) // a key of a kind that newSigner and ParseKey do not make
	}
	return token
}

// signAs signs with an algorithm that need not be the key's usual one.
func (s Signer) signAs(algorithm string, c claims) (string, error) {
	content := segment(map[string]any{"alg": algorithm, "typ": "JWT"}) + "." + segment(c)
	digest := sha256.Sum256([]byte(content))
	var signature []byte
	var err error
	switch key := s.Key.(type) {
	case *rsa.PrivateKey:
		if algorithm == "PS256" {
			signature, err = rsa.SignPSS(rand.Reader, key, crypto.SHA256, digest[:], nil)
		} else {
			signature, err = rsa.SignPKCS1v15(rand.Reader, key, crypto.SHA256, digest[:])
		}
	case *ecdsa.PrivateKey:
		var pair struct{ R, S *big.Int }
		if signature, err = key.Sign(rand.Reader, digest[:], crypto.SHA256); err == nil {
			if _, err = asn1.Unmarshal(signature, &pair); err == nil {
				signature = append(pair.R.FillBytes(make([]byte, 32)), pair.S.FillBytes(make([]byte, 32))...)
			}
		}
	case ed25519.PrivateKey:
		signature, err = key.Sign(nil, []byte(content), crypto.Hash(0))
	default:
		err = fmt.Errorf("a key of type %T signs no tokens", s.Key)
	}
	return content + "." + base64.RawURLEncoding.EncodeToString(signature), err
}

func algorithmOf(key crypto.Signer) string {
	switch key.(type) {
	case *rsa.PrivateKey:
		return "RS256"
	case *ecdsa.PrivateKey:
		return "ES256"
	}
	return "EdDSA"
}

func segment(value any) string {
	text, err := json.Marshal(value)
	if err != nil {
		panic(err) // values of this package only
	}
	return base64.RawURLEncoding.EncodeToString(text)
}

// NewSigner makes a key of the kind: RSA, EC or Ed25519.
func NewSigner(kind, keyID string) (Signer, error) {
	switch kind {
	case "RSA":
		key, err := rsa.GenerateKey(rand.Reader, 2048)
		return Signer{keyID, key}, err
	case "EC":
		key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
		return Signer{keyID, key}, err
	case "Ed25519":
		_, key, err := ed25519.GenerateKey(rand.Reader)
		return Signer{keyID, key}, err
	}
	return Signer{}, fmt.Errorf("%q is no kind of key: RSA, EC or Ed25519", kind)
}

// PublicPEM is the public key as the system wants it.
func (s Signer) PublicPEM() string { return publicPEM(s.Key.Public()) }

func publicPEM(key crypto.PublicKey) string {
	der, err := x509.MarshalPKIXPublicKey(key)
	if err != nil {
		panic(err) // keys of NewSigner and ParseKey only
	}
	return string(pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der}))
}

// ParseKey reads a private key in PEM: PKCS #8, PKCS #1 or SEC 1.
func ParseKey(keyID string, text []byte) (Signer, error) {
	block, _ := pem.Decode(text)
	if block == nil {
		return Signer{}, errors.New("the private key is no PEM text")
	}
	if key, err := x509.ParsePKCS8PrivateKey(block.Bytes); err == nil {
		if signer, ok := key.(crypto.Signer); ok {
			return Signer{keyID, signer}, nil
		}
	}
	if key, err := x509.ParsePKCS1PrivateKey(block.Bytes); err == nil {
		return Signer{keyID, key}, nil
	}
	key, err := x509.ParseECPrivateKey(block.Bytes)
	if err != nil {
		return Signer{}, fmt.Errorf("the private key is none of PKCS #8, PKCS #1 and SEC 1: %w", err)
	}
	return Signer{keyID, key}, nil
}
