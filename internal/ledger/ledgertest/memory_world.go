package ledgertest

import (
	"fmt"
	"maps"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/licensing-operator/licensing-operator/internal/ledger"
	"github.com/licensing-operator/licensing-operator/internal/licensing"
)

// Store is the memory itself: Memory is a Harness.
func (m *Memory) Store() ledger.Store { return m }

// CreateInstance names an account that no test used before.
func (m *Memory) CreateInstance(testing.TB) ledger.AccountID {
	m.mu.Lock()
	defer m.mu.Unlock()
	id := ledger.AccountID{Namespace: "producer", Name: fmt.Sprintf("instance-%d", len(m.anchors))}
	m.anchors[id] = ledger.Anchor{}
	return id
}

// SetAnchor sets what the Instance remembers of its account.
func (m *Memory) SetAnchor(_ testing.TB, id ledger.AccountID, anchor ledger.Anchor) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.anchors[id] = anchor
}

// SetCatalog sets what is on sale, for live reads and for the cache.
func (m *Memory) SetCatalog(id ledger.AccountID, catalog licensing.Catalog) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.catalogs[id] = &catalogs{live: catalog, cached: catalog}
}

// SetLiveCatalog sets what is on sale without the cache hearing of it.
func (m *Memory) SetLiveCatalog(id ledger.AccountID, catalog licensing.Catalog) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.catalogs[id].live = catalog
}

// TamperAccount edits one part of the stored account behind the ledger's back.
func (m *Memory) TamperAccount(_ testing.TB, id ledger.AccountID, part string, edit func(string) string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	stored := m.accounts[id]
	stored.parts = maps.Clone(stored.parts)
	stored.parts[part] = edit(stored.parts[part])
	stored.version = m.nextVersion()
}

// RestoreAccount puts back the n-th commit, counting from 0, as restoring a backup does.
func (m *Memory) RestoreAccount(id ledger.AccountID, n int) {
	m.mu.Lock()
	defer m.mu.Unlock()
	stored := m.accounts[id]
	stored.parts, stored.version = stored.history[n], m.nextVersion()
}

// DeleteAccount deletes the account behind the ledger's back.
func (m *Memory) DeleteAccount(_ testing.TB, id ledger.AccountID) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.accounts[id].parts = nil
}

// TamperReceiptPage edits a stored page of receipts behind the ledger's back.
func (m *Memory) TamperReceiptPage(_ testing.TB, id ledger.AccountID, hash string, edit func(string) string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	name := pageName{id, hash}
	m.pages[name] = edit(m.pages[name])
}

// DeleteReceiptPage deletes a page of receipts.
func (m *Memory) DeleteReceiptPage(_ testing.TB, id ledger.AccountID, hash string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	delete(m.pages, pageName{id, hash})
}

// CreateSession creates a session that no transaction has touched.
func (m *Memory) CreateSession(_ testing.TB, id ledger.AccountID) ledger.Subject {
	return m.CreateSessionIn(id, id.Namespace)
}

// CreateSessionIn creates a session in a namespace that need not be the account's.
func (m *Memory) CreateSessionIn(id ledger.AccountID, namespace string) ledger.Subject {
	return m.create(ledger.Subject{Kind: ledger.SessionSubject, Namespace: namespace, Name: uuid.NewString()}, object{account: id})
}

// CreateUser creates a named user of a line item, who holds nothing.
func (m *Memory) CreateUser(_ testing.TB, id ledger.AccountID, activationID, userID string) ledger.Subject {
	return m.create(ledger.Subject{Kind: ledger.UserSubject, Namespace: id.Namespace, Name: userID}, object{account: id, activationID: activationID})
}

// CreateActivation creates a client of a line item, which holds nothing.
func (m *Memory) CreateActivation(_ testing.TB, id ledger.AccountID, activationID, clientID string) ledger.Subject {
	return m.create(ledger.Subject{Kind: ledger.ActivationSubject, Namespace: id.Namespace, Name: clientID}, object{account: id, activationID: activationID})
}

func (m *Memory) create(subject ledger.Subject, created object) ledger.Subject {
	m.mu.Lock()
	defer m.mu.Unlock()
	subject.UID = uuid.NewString()
	created.uid, created.created, created.version = subject.UID, m.clock.Now().Truncate(time.Second).UTC(), m.nextVersion()
	m.objects[objectName{subject.Kind, subject.Namespace, subject.Name}] = &created
	return subject
}

// Recreate deletes a subject and creates another one of the same name.
func (m *Memory) Recreate(_ testing.TB, subject ledger.Subject) ledger.Subject {
	m.mu.Lock()
	old := m.objects[objectName{subject.Kind, subject.Namespace, subject.Name}]
	m.mu.Unlock()
	return m.create(subject, object{account: old.account, activationID: old.activationID})
}

// Delete deletes a subject for good.
func (m *Memory) Delete(_ testing.TB, subject ledger.Subject) {
	m.mu.Lock()
	defer m.mu.Unlock()
	name := objectName{subject.Kind, subject.Namespace, subject.Name}
	m.gone[name] = m.objects[name]
	delete(m.objects, name)
}

// Renew does what the holder of a session does: it renews the session in its spec.
func (m *Memory) Renew(_ testing.TB, session ledger.Subject) {
	m.mu.Lock()
	defer m.mu.Unlock()
	found := m.objects[objectName{session.Kind, session.Namespace, session.Name}]
	found.renewed, found.version = true, m.nextVersion()
}

// Subjects lists the live subjects of an account, in no order.
func (m *Memory) Subjects(id ledger.AccountID) (subjects []ledger.Subject) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for name, found := range m.objects {
		if found.account == id {
			subjects = append(subjects, ledger.Subject{Kind: name.kind, Namespace: name.namespace, Name: name.name, UID: found.uid})
		}
	}
	return subjects
}

// History decodes every commit of an account, oldest first.
func (m *Memory) History(id ledger.AccountID) (history []*ledger.Account, err error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	stored := m.accounts[id]
	if stored == nil {
		return nil, nil
	}
	for _, parts := range stored.history {
		account, err := ledger.Decode(parts)
		if err != nil {
			return nil, err
		}
		history = append(history, account)
	}
	return history, nil
}

// CopyAccount stores the account of another instance as that of this one, as a careless restore does.
func (m *Memory) CopyAccount(id, from ledger.AccountID) {
	m.mu.Lock()
	defer m.mu.Unlock()
	stored := m.accounts[id]
	stored.parts, stored.version = m.accounts[from].parts, m.nextVersion()
}

// FindUser finds a user by the user id.
func (m *Memory) FindUser(userID string) ledger.Subject {
	m.mu.Lock()
	defer m.mu.Unlock()
	for name, found := range m.objects {
		if name.kind == ledger.UserSubject && name.name == userID {
			return ledger.Subject{Kind: name.kind, Namespace: name.namespace, Name: name.name, UID: found.uid}
		}
	}
	return ledger.Subject{}
}
