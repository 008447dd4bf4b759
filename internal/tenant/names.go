package tenant

import (
	"crypto/sha256"
	"encoding/hex"
	"strconv"
	"strings"

	"github.com/google/uuid"

	"github.com/licensing-operator/licensing-operator/internal/ledger"
)

const (
	// maxLabel is the length of a DNS label, which every name made here is.
	maxLabel = 63
	// hashLength makes a clash of two names something that does not happen.
	hashLength = 16
)

// nameFor is the name of the one object with the identity: the same on every replica, so that two calls that make it at
// the same time meet at the API server.
func nameFor(identity ...string) string {
	return label(strings.Join(identity, "-")) + digest(identity...)[:hashLength]
}

// label makes the beginning of a name that a person recognizes: what is left of the text, and a dash.
func label(text string) string {
	var kept strings.Builder
	for _, r := range strings.ToLower(text) {
		switch {
		case kept.Len() >= maxLabel-hashLength-1:
		case r >= 'a' && r <= 'z', r >= '0' && r <= '9':
			kept.WriteRune(r)
		case kept.Len() > 0 && !strings.HasSuffix(kept.String(), "-"):
			kept.WriteByte('-')
		}
	}
	if readable := strings.Trim(kept.String(), "-"); readable != "" {
		return readable + "-"
	}
	return ""
}

// digest tells every list of texts from every other.
func digest(texts ...string) string {
	sum := sha256.New()
	for _, text := range texts {
		sum.Write([]byte(strconv.Itoa(len(text)) + ":" + text))
	}
	return hex.EncodeToString(sum.Sum(nil))
}

// receiptID is the id of the object that a call with the key makes, and a random one for a call without a key.
func (t *Tenant) receiptID(kind string, key ledger.Idempotency) string {
	if key.Key == "" {
		return uuid.NewString()
	}
	return uuid.NewSHA1(receipts, []byte(t.keyHash(kind, key))).String()
}

// keyHash tells the key of a caller from the same key of another caller, and for another kind of object.
func (t *Tenant) keyHash(kind string, key ledger.Idempotency) string {
	return digest(t.namespace, t.caller, kind, key.Key)
}

// receipts is the namespace, in the sense of RFC 9562, of ids that follow from an idempotency key.
var receipts = uuid.MustParse("5f0c3b0e-3a55-4f6e-9d38-6b1f6d1b7c4e")

// The kinds of objects that are their own receipts.
const (
	instanceKind = "Instance"
	sessionKind  = "Session"
)
