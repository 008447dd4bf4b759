package kubestore

import (
	"errors"
	"slices"
	"testing"

	"github.com/licensing-operator/licensing-operator/internal/kubestore"
	"github.com/licensing-operator/licensing-operator/internal/ledger"
	"github.com/licensing-operator/licensing-operator/internal/licensing"
)

func TestAuditedAccountsAreReadLive(t *testing.T) {
	h := harness{shared}
	id, other := h.CreateInstance(t), h.CreateInstance(t)
	account := ledger.NewAccount(id)
	account.Sequence = 7
	account.Usage = map[string]licensing.Tokens{"item": 3 * licensing.Token}
	_, err := h.Store().CreateAccount(t.Context(), account)
	must(t, err)
	h.SetAnchor(t, id, ledger.Anchor{Sequence: 7, Hash: account.Hash})

	audited := kubestore.Audited{Store: h.Cluster.Store, Accounts: h.Accounts}
	ids, err := audited.List(t.Context())
	must(t, err)
	if !slices.Contains(ids, id) || slices.Contains(ids, other) {
		t.Errorf("the accounts are %v, want %v among them, and not %v, which has none", ids, id, other)
	}
	got, err := audited.Of(id).Account(t.Context())
	must(t, err)
	if got.Usage["item"] != 3*licensing.Token {
		t.Errorf("%s tokens of the line item are used, want 3", got.Usage["item"])
	}
	anchor, err := audited.Of(id).Anchor(t.Context())
	must(t, err)
	if anchor.Sequence != 7 {
		t.Errorf("the Instance has seen commit %d, want 7", anchor.Sequence)
	}
	for record, err := range audited.Of(id).Spilled(t.Context()) {
		t.Errorf("something waits for the store: %v, %v", record, err)
	}
	if _, err := audited.Of(other).Account(t.Context()); !errors.Is(err, ledger.ErrAccountMissing) {
		t.Errorf("got %v, want that there is no account", err)
	}
}
