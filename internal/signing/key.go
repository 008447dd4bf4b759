// Package signing signs the answers of the v2 REST interface, so that a client can tell that they come from its producer and
// were not altered on the way (user-provisioning.md 2.2). The keys are in Secrets of the operator's namespace, one Secret for
// each producer.
package signing

import (
	"crypto"
	"crypto/hmac"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/pem"
	"errors"
	"fmt"
	"regexp"
	"strings"
)

// The bounds of keys.
const (
	leastBits, mostBits = 2048, 8192
	// leastShared is how long a shared secret must be, in bytes.
	leastShared = 16
)

// Key signs. It is safe for concurrent use.
type Key struct {
	Name string
	// PublicKey is in PEM; empty for a shared key.
	PublicKey string

	private *rsa.PrivateKey
	shared  []byte
}

// Sign gives the signature of exactly these bytes, in base64.
func (k *Key) Sign(content []byte) (string, error) {
	if k.private == nil {
		mac := hmac.New(sha256.New, k.shared)
		mac.Write(content)
		return base64.StdEncoding.EncodeToString(mac.Sum(nil)), nil
	}
	digest := sha256.Sum256(content)
	signature, err := rsa.SignPKCS1v15(rand.Reader, k.private, crypto.SHA256, digest[:])
	if err != nil {
		return "", fmt.Errorf("sign with the key %s: %w", k.Name, err)
	}
	return base64.StdEncoding.EncodeToString(signature), nil
}

// The endings of the entries of a Secret that are keys.
const (
	privateEnding = ".pem"
	sharedEnding  = ".hmac"
)

// keyName is what TenantConfiguration admits as spec.signingKey.
var keyName = regexp.MustCompile(`^[A-Za-z0-9]([A-Za-z0-9._-]{0,61}[A-Za-z0-9])?$`)

// parseEntry reads an entry of a Secret. Errors name no content.
func parseEntry(entry string, content []byte) (*Key, error) {
	name, isPrivate := strings.CutSuffix(entry, privateEnding)
	if !isPrivate {
		name = strings.TrimSuffix(entry, sharedEnding)
		if len(content) < leastShared {
			return nil, fmt.Errorf("%s has %d bytes: a shared key has at least %d", entry, len(content), leastShared)
		}
		return &Key{Name: name, shared: content}, nil
	}
	private, err := parsePrivate(content)
	if err != nil {
		return nil, fmt.Errorf("%s %w", entry, err)
	}
	public, err := publicPEM(private)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", entry, err)
	}
	return &Key{Name: name, PublicKey: public, private: private}, nil
}

func parsePrivate(content []byte) (*rsa.PrivateKey, error) {
	block, _ := pem.Decode(content)
	if block == nil {
		return nil, errors.New("is not PEM: it must begin with -----BEGIN PRIVATE KEY-----")
	}
	var (
		parsed any
		err    error
	)
	switch block.Type {
	case "PRIVATE KEY":
		parsed, err = x509.ParsePKCS8PrivateKey(block.Bytes)
	case "RSA PRIVATE KEY":
		if block.Headers["DEK-Info"] != "" {
			return nil, errors.New("is encrypted with a password: it must not be")
		}
		parsed, err = x509.ParsePKCS1PrivateKey(block.Bytes)
	default:
		return nil, fmt.Errorf("holds %q: PRIVATE KEY or RSA PRIVATE KEY is possible, without a password", block.Type)
	}
	if err != nil {
		return nil, errors.New("holds no private key that can be read")
	}
	private, ok := parsed.(*rsa.PrivateKey)
	if !ok {
		return nil, errors.New("holds a key that is not RSA: clients verify RSA signatures alone")
	}
	if bits := private.N.BitLen(); bits < leastBits || bits > mostBits {
		return nil, fmt.Errorf("is RSA of %d bits: %d to %d are possible", bits, leastBits, mostBits)
	}
	return private, nil
}

func publicPEM(private *rsa.PrivateKey) (string, error) {
	der, err := x509.MarshalPKIXPublicKey(&private.PublicKey)
	if err != nil {
		return "", err
	}
	return string(pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der})), nil
}

// newPrivatePEM makes a key.
func newPrivatePEM() ([]byte, error) {
	private, err := rsa.GenerateKey(rand.Reader, leastBits)
	if err != nil {
		return nil, err
	}
	der, err := x509.MarshalPKCS8PrivateKey(private)
	if err != nil {
		return nil, err
	}
	return pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der}), nil
}
