package kubestore

import (
	"context"
	"iter"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/licensing-operator/licensing-operator/api/v1alpha1"
	"github.com/licensing-operator/licensing-operator/internal/ledger"
	"github.com/licensing-operator/licensing-operator/internal/licensing"
	"github.com/licensing-operator/licensing-operator/internal/usage"
	"github.com/licensing-operator/licensing-operator/internal/usage/audit"
	"github.com/licensing-operator/licensing-operator/internal/usage/outbox"
)

// Audited reads accounts for those who hold them against their usage records: live.
type Audited struct {
	Store    *Store
	Accounts *Accounts
}

// List names all accounts.
func (a Audited) List(ctx context.Context) (ids []ledger.AccountID, err error) {
	err = a.Accounts.eachMetadata(ctx, v1alpha1.AccountLabel, func(object *metav1.PartialObjectMetadata) error {
		if id, ok := AccountOf(object); ok {
			ids = append(ids, id)
		}
		return nil
	})
	return ids, err
}

// Of is one of them.
func (a Audited) Of(id ledger.AccountID) audit.Ledger { return auditedAccount{a, id} }

type auditedAccount struct {
	Audited

	id ledger.AccountID
}

// Anchor implements audit.Ledger.
func (a auditedAccount) Anchor(ctx context.Context) (ledger.Anchor, error) {
	return a.Store.Anchor(ctx, a.id)
}

// Account implements audit.Ledger.
func (a auditedAccount) Account(ctx context.Context) (*ledger.Account, error) {
	account, _, err := a.Store.LoadAccount(ctx, a.id)
	return account, err
}

// Shown implements audit.Ledger.
func (a auditedAccount) Shown(ctx context.Context) (map[string]licensing.Tokens, error) {
	return a.Store.Shown(ctx, a.id)
}

// AcceptedDifference implements audit.Ledger.
func (a auditedAccount) AcceptedDifference(ctx context.Context) (string, error) {
	return a.Store.AcceptedDifference(ctx, a.id)
}

// Spilled implements audit.Ledger.
func (a auditedAccount) Spilled(ctx context.Context) iter.Seq2[usage.Record, error] {
	return outbox.Waiting(ctx, Spill{Accounts: a.Accounts}, a.id)
}
