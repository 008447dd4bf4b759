package ledgertest

import (
	"context"

	"github.com/licensing-operator/licensing-operator/internal/ledger"
	"github.com/licensing-operator/licensing-operator/internal/licensing"
)

// licenses are those of an account in draw order, and what a cache that lags behind believes them to be.
type licenses struct{ live, cached []licensing.UserLicense }

// SetLicenses sets the licenses of an account, in draw order, for live reads and for the cache. Who the user of each is
// and what is held is not looked at: every user of the line item is one.
func (m *Memory) SetLicenses(id ledger.AccountID, all ...licensing.UserLicense) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.licenses[id] = licenses{live: all, cached: all}
}

// SetLiveLicenses sets the licenses of an account without the cache hearing of it.
func (m *Memory) SetLiveLicenses(id ledger.AccountID, all ...licensing.UserLicense) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.licenses[id] = licenses{live: all, cached: m.licenses[id].cached}
}

// Holders are the licenses with a user named as the requester. Every user is switched on.
func (m *Memory) Holders(_ context.Context, id ledger.AccountID, requester licensing.Requester, fresh bool) (holders []ledger.Holder, err error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	known := m.licenses[id].cached
	if fresh {
		known = m.licenses[id].live
	}
	name := objectName{ledger.UserSubject, id.Namespace, requester.Value}
	for _, license := range known {
		user := m.objects[name]
		if user == nil && !fresh {
			user = m.gone[name]
		}
		if user == nil || user.account != id || user.activationID != license.LineItem.ActivationID {
			continue
		}
		license.User = licensing.NamedUser{UserID: requester.Value, Active: true}
		holders = append(holders, ledger.Holder{
			User: ledger.Subject{Kind: name.kind, Namespace: name.namespace, Name: name.name, UID: user.uid}, License: license,
		})
	}
	return holders, nil
}
