package namedusers

import (
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"net/http"
)

// nonce is what a client has signed to know that an answer is to its request and no other.
type nonce struct {
	bytes []byte
	text  string
}

func newNonce() nonce {
	b := make([]byte, 16)
	_, _ = rand.Read(b) // never fails
	return nonce{b, base64.StdEncoding.EncodeToString(b)}
}

// verify notes what is wrong with the signatures of an answer, whatever its status.
func (t *trial) verify(r request, a answer, n nonce, sent string) {
	if r.method == http.MethodHead {
		return // a HEAD answer is signed as its GET, whose body is not here
	}
	if problem := t.verified(a.Header.Get("X-Slascone-Signature"), a.Body); problem != "" {
		t.Flaw("x-slascone-signature: %s", problem)
	}
	switch nonceSignature := a.Header.Get("X-Nonce-Signature"); sent {
	case n.text:
		if problem := t.verified(nonceSignature, n.bytes); problem != "" {
			t.Flaw("X-Nonce-Signature: %s", problem)
		}
	case "":
		if nonceSignature != "" {
			t.Flaw("X-Nonce-Signature without a nonce")
		}
	}
}

func (t *trial) verified(signature string, content []byte) (problem string) {
	if signature == "" {
		return "there is none"
	}
	decoded, err := base64.StdEncoding.DecodeString(signature)
	if err != nil {
		return err.Error()
	}
	digest := sha256.Sum256(content)
	if err := rsa.VerifyPKCS1v15(t.run.target.PublicKey, crypto.SHA256, digest[:], decoded); err != nil {
		return err.Error()
	}
	return ""
}
