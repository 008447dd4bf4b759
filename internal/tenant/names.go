package tenant

import (
	"github.com/google/uuid"

	"github.com/licensing-operator/licensing-operator/internal/declaration"
	"github.com/licensing-operator/licensing-operator/internal/ledger"
)

// receiptID is the id of the object that a call with the key makes, and a random one for a call without a key.
func (t *Tenant) receiptID(kind string, key ledger.Idempotency) string {
	if key.Key == "" {
		return uuid.NewString()
	}
	return uuid.NewSHA1(receipts, []byte(t.keyHash(kind, key))).String()
}

// keyHash tells the key of a caller from the same key of another caller, and for another kind of object.
func (t *Tenant) keyHash(kind string, key ledger.Idempotency) string {
	return declaration.Digest(t.namespace, t.caller, kind, key.Key)
}

// receipts is the namespace, in the sense of RFC 9562, of ids that follow from an idempotency key.
var receipts = uuid.MustParse("5f0c3b0e-3a55-4f6e-9d38-6b1f6d1b7c4e")

// The kinds of objects that are their own receipts.
const (
	instanceKind = "Instance"
	sessionKind  = "Session"
)
