package v2

import (
	"crypto"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/pem"
	"errors"
	"fmt"
	"net/http"
)

const (
	signatureHeader      = "x-slascone-signature"
	nonceSignatureHeader = "X-Nonce-Signature"
)

// Verifier tells whether answers come from the server, and were not altered on the way. It is safe for concurrent use.
type Verifier struct{ key *rsa.PublicKey }

// NewVerifier takes the vendor's public key, as PEM.
func NewVerifier(publicKey []byte) (*Verifier, error) {
	block, _ := pem.Decode(publicKey)
	if block == nil {
		return nil, errors.New("the public key is not PEM")
	}
	parsed, err := x509.ParsePKIXPublicKey(block.Bytes)
	if err != nil {
		return nil, fmt.Errorf("read the public key: %w", err)
	}
	key, ok := parsed.(*rsa.PublicKey)
	if !ok {
		return nil, fmt.Errorf("cannot verify with a %T: want an RSA public key", parsed)
	}
	return &Verifier{key: key}, nil
}

// Verify holds an answer against its signature: the body is every byte as it came, also of an error, and the nonce that of
// WithNonce. Without a nonce it cannot tell whether the answer is an old one that somebody has recorded.
func (v *Verifier) Verify(answer *http.Response, body, nonce []byte) error {
	if err := v.verify(answer.Header, signatureHeader, body); err != nil {
		return fmt.Errorf("the answer: %w", err)
	}
	if nonce == nil {
		return nil
	}
	if err := v.verify(answer.Header, nonceSignatureHeader, nonce); err != nil {
		return fmt.Errorf("the nonce: %w", err)
	}
	return nil
}

func (v *Verifier) verify(header http.Header, name string, content []byte) error {
	given := header.Get(name)
	if given == "" {
		return fmt.Errorf("it is not signed: there is no header %s", name)
	}
	signature, err := base64.StdEncoding.DecodeString(given)
	if err != nil {
		return fmt.Errorf("the header %s is not base64", name)
	}
	digest := sha256.Sum256(content)
	if err := rsa.VerifyPKCS1v15(v.key, crypto.SHA256, digest[:], signature); err != nil {
		return fmt.Errorf("the signature in %s is not of this key and content", name)
	}
	return nil
}
