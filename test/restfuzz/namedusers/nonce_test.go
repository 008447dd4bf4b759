package namedusers

import (
	"crypto"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"net/http"
	"strings"
)

// nonces are what clients may send to be signed, and what is none.
var nonces = []struct {
	lines []string
	// bytes are what has to be signed; nil where nothing is.
	bytes []byte
	bad   bool
}{
	{},
	{lines: []string{"X-Nonce: bm9uY2U="}, bytes: []byte("nonce")},
	{lines: []string{"X-Nonce:"}},
	{lines: []string{"x-nonce: AA=="}, bytes: []byte{0}},
	{lines: []string{"X-Nonce: " + strings.Repeat("QUJD", 256)}, bytes: []byte(strings.Repeat("ABC", 256))},
	{lines: []string{"X-Nonce: " + strings.Repeat("QUJD", 257)}, bad: true},
	{lines: []string{"X-Nonce: " + strings.Repeat("A", 10_000)}, bad: true},
	{lines: []string{"X-Nonce: bm9uY2U"}, bad: true},
	{lines: []string{"X-Nonce: -_-_"}, bad: true},
	{lines: []string{"X-Nonce: \xff\x80"}, bad: true},
	{lines: []string{"X-Nonce: no base64 at all"}, bad: true},
	{lines: []string{"X-Nonce: bm9uY2U=", "X-Nonce: bm9uY2U="}, bad: true},
}

// unsigned is what is wrong with the signatures of an answer to a request with the nonce.
func unsigned(header http.Header, text, nonce []byte) (wrong []string) {
	if !signed(header.Get("X-Slascone-Signature"), text) {
		wrong = append(wrong, "x-slascone-signature does not verify over the body")
	}
	switch given := header.Get("X-Nonce-Signature"); {
	case nonce == nil && given != "":
		wrong = append(wrong, "X-Nonce-Signature is given, and there is no nonce")
	case nonce != nil && !signed(given, nonce):
		wrong = append(wrong, "X-Nonce-Signature does not verify over the nonce")
	}
	return wrong
}

func signed(signature string, content []byte) bool {
	decoded, err := base64.StdEncoding.DecodeString(signature)
	digest := sha256.Sum256(content)
	return err == nil && rsa.VerifyPKCS1v15(vendor.PublicKey, crypto.SHA256, digest[:], decoded) == nil
}
