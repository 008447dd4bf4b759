package publickey

import (
	"bytes"
	"crypto"
	"crypto/dsa" //nolint:staticcheck // to say that it is not possible
	"crypto/ecdh"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"strings"
)

// MaxLength is how long the text of a key may be: a certificate with an RSA key of the largest size has room in it.
const MaxLength = 8 << 10

// The blocks of PEM that have a public key in them.
const (
	blockPublicKey    = "PUBLIC KEY"
	blockRSAPublicKey = "RSA PUBLIC KEY"
	blockCertificate  = "CERTIFICATE"
)

// ErrPrivateKey reports a key that should have stayed where it was.
var ErrPrivateKey = errors.New("a private key must never be stored or sent: make a new key, because this one may have been seen, " +
	"and give its public half: openssl pkey -in private.pem -pubout")

// Parse reads one key in PEM. Its errors say what is possible, and never what the key is.
func Parse(text string) (Key, error) {
	if strings.Contains(text, "PRIVATE KEY") {
		return Key{}, ErrPrivateKey
	}
	if len(text) > MaxLength {
		return Key{}, fmt.Errorf("a key of %d bytes is not possible: at most %d", len(text), MaxLength)
	}
	content := bytes.TrimSpace([]byte(text))
	switch {
	case bytes.HasPrefix(content, []byte("ssh-")), bytes.HasPrefix(content, []byte("ecdsa-sha2-")):
		return Key{}, errors.New("a key in the form of OpenSSH is not possible: convert it with ssh-keygen -e -m PKCS8 -f key.pub")
	case !bytes.HasPrefix(content, []byte("-----BEGIN ")):
		return Key{}, errors.New("it is not PEM: it must begin with -----BEGIN PUBLIC KEY-----")
	}
	block, rest := pem.Decode(content)
	switch {
	case block == nil:
		return Key{}, errors.New("it is not PEM: the block is cut off, or its base64 is damaged")
	case len(bytes.TrimSpace(rest)) > 0:
		return Key{}, errors.New("text after the first key is not possible: give one key, without the chain of a certificate")
	}
	public, err := parseBlock(block)
	if err != nil {
		return Key{}, err
	}
	return newKey(public)
}

func parseBlock(block *pem.Block) (crypto.PublicKey, error) {
	var public crypto.PublicKey
	var err error
	switch block.Type {
	case blockPublicKey:
		public, err = x509.ParsePKIXPublicKey(block.Bytes)
	case blockRSAPublicKey:
		public, err = x509.ParsePKCS1PublicKey(block.Bytes)
	case blockCertificate:
		// Only the key counts: whether it is trusted is decided by its being here, and not by who signed it or until when.
		var certificate *x509.Certificate
		if certificate, err = x509.ParseCertificate(block.Bytes); err == nil {
			if public = certificate.PublicKey; public == nil {
				err = errors.New("its key is of an unknown kind")
			}
		}
	default:
		return nil, fmt.Errorf("a PEM block %.40q is not possible: %s, %s or %s", block.Type, blockPublicKey, blockRSAPublicKey, blockCertificate)
	}
	if err != nil {
		return nil, fmt.Errorf("the %s cannot be read: %w; possible are %s", block.Type, err, possible)
	}
	switch public.(type) {
	case *dsa.PublicKey:
		return nil, impossible("a DSA key")
	case *ecdh.PublicKey:
		return nil, impossible("an X25519 key, which cannot sign,")
	}
	return public, nil
}
