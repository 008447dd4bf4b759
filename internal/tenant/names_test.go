package tenant

import (
	"testing"

	"github.com/google/uuid"

	"github.com/licensing-operator/licensing-operator/internal/ledger"
)

func TestAKeyNamesOneObjectOfACaller(t *testing.T) {
	id := func(namespace, caller, kind, key string) string {
		return (&Tenant{namespace: namespace, caller: caller}).receiptID(kind, ledger.Idempotency{Key: key, Digest: "d"})
	}
	first := id("n", "c", sessionKind, "k")
	if again := id("n", "c", sessionKind, "k"); again != first || uuid.Validate(first) != nil {
		t.Errorf("%s, then %s", first, again)
	}
	for _, other := range []string{id("m", "c", sessionKind, "k"), id("n", "d", sessionKind, "k"), id("n", "c", instanceKind, "k"), id("n", "c", sessionKind, "l"), id("n", "c", sessionKind, "")} {
		if other == first {
			t.Errorf("%s twice", other)
		}
	}
	if without := id("n", "c", sessionKind, ""); without == id("n", "c", sessionKind, "") {
		t.Error("no key is a key")
	}
}
