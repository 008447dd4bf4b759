package ledgertest

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"k8s.io/utils/clock"

	"github.com/licensing-operator/licensing-operator/internal/ledger"
	"github.com/licensing-operator/licensing-operator/internal/licensing"
)

// Memory is a ledger.Store that keeps everything in memory, in text form, so that nothing is shared with the ledger that
// a real store would not share. It never fails by itself; NewClient adds faults.
type Memory struct {
	clock clock.PassiveClock

	mu       sync.Mutex
	versions int64
	accounts map[ledger.AccountID]*storedAccount
	anchors  map[ledger.AccountID]ledger.Anchor
	objects  map[objectName]*object
	catalogs map[ledger.AccountID]*catalogs
	licenses map[ledger.AccountID]licenses
	// gone are deleted objects, as a cache that never hears of it still has them.
	gone  map[objectName]*object
	pages map[pageName]string
}

type pageName struct {
	account ledger.AccountID
	hash    string
}

type storedAccount struct {
	parts   map[string]string
	version ledger.Version
	history []map[string]string
}

type objectName struct {
	kind            ledger.SubjectKind
	namespace, name string
}

// object is a subject.
type object struct {
	uid     string
	created time.Time
	// state is the JSON form of a ledger.State; nil before the first transaction.
	state        []byte
	heartbeat    time.Time
	renewed      bool
	version      ledger.Version
	account      ledger.AccountID
	activationID string
}

// catalogs are what is on sale, and what a cache that lags behind believes to be on sale.
type catalogs struct{ live, cached licensing.Catalog }

// NewMemory is an empty store.
func NewMemory() *Memory {
	return &Memory{
		clock:    clock.RealClock{},
		accounts: map[ledger.AccountID]*storedAccount{}, anchors: map[ledger.AccountID]ledger.Anchor{},
		objects: map[objectName]*object{}, catalogs: map[ledger.AccountID]*catalogs{}, pages: map[pageName]string{},
		licenses: map[ledger.AccountID]licenses{}, gone: map[objectName]*object{},
	}
}

func (m *Memory) nextVersion() ledger.Version {
	m.versions++
	return ledger.Version(fmt.Sprint(m.versions))
}

// LoadAccount reads the account.
func (m *Memory) LoadAccount(_ context.Context, id ledger.AccountID) (*ledger.Account, ledger.Version, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	stored, found := m.accounts[id]
	if !found || stored.parts == nil {
		return nil, "", ledger.ErrAccountMissing
	}
	account, err := ledger.Decode(stored.parts)
	return account, stored.version, err
}

// CreateAccount stores a first account.
func (m *Memory) CreateAccount(_ context.Context, account *ledger.Account) (ledger.Version, error) {
	parts, err := account.Encode()
	if err != nil {
		return "", err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	stored := m.accounts[account.ID]
	switch {
	case stored == nil:
		stored = &storedAccount{}
		m.accounts[account.ID] = stored
	case stored.parts != nil:
		return "", ledger.ErrAccountExists
	}
	return m.keep(stored, parts), nil
}

// CommitAccount replaces the account if the stored one is at the version.
func (m *Memory) CommitAccount(_ context.Context, account *ledger.Account, version ledger.Version) (ledger.Version, error) {
	parts, err := account.Encode()
	if err != nil {
		return "", err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	stored := m.accounts[account.ID]
	switch {
	case stored == nil || stored.parts == nil:
		return "", ledger.ErrAccountMissing
	case stored.version != version:
		return "", ledger.ErrConflict
	}
	return m.keep(stored, parts), nil
}

func (m *Memory) keep(stored *storedAccount, parts map[string]string) ledger.Version {
	stored.parts, stored.version = parts, m.nextVersion()
	stored.history = append(stored.history, parts)
	return stored.version
}

// Anchor reads what the Instance remembers.
func (m *Memory) Anchor(_ context.Context, id ledger.AccountID) (ledger.Anchor, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	anchor, found := m.anchors[id]
	anchor.Gone = anchor.Gone || !found
	return anchor, nil
}

// CreateReceiptPage keeps a page of receipts.
func (m *Memory) CreateReceiptPage(_ context.Context, id ledger.AccountID, page *ledger.ReceiptPage, text string) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	name := pageName{id, page.Hash}
	if stored, found := m.pages[name]; found && stored != text {
		return ledger.ErrTampered
	}
	m.pages[name] = text
	return nil
}

// LoadReceiptPage reads a page of receipts.
func (m *Memory) LoadReceiptPage(_ context.Context, id ledger.AccountID, hash string) (string, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	text, found := m.pages[pageName{id, hash}]
	if !found {
		return "", ledger.ErrPageMissing
	}
	return text, nil
}

// find wants the lock.
func (m *Memory) find(subject ledger.Subject) (*object, error) {
	found := m.objects[objectName{subject.Kind, subject.Namespace, subject.Name}]
	if found == nil || found.uid != subject.UID {
		return nil, fmt.Errorf("%s %s/%s: %w", subject.Kind, subject.Namespace, subject.Name, ledger.ErrSubjectGone)
	}
	return found, nil
}

func (o *object) decoded() (state ledger.State, err error) {
	if o.state != nil {
		err = json.Unmarshal(o.state, &state)
	}
	return state, err
}

// Read reads a subject.
func (m *Memory) Read(_ context.Context, subject ledger.Subject) (ledger.Sighting, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	found, err := m.find(subject)
	switch {
	case errors.Is(err, ledger.ErrSubjectGone) && subject.Kind == ledger.ConsumptionSubject:
		return ledger.Sighting{}, nil
	case err != nil:
		return ledger.Sighting{}, err
	}
	return found.sighting()
}

func (o *object) sighting() (ledger.Sighting, error) {
	state, err := o.decoded()
	return ledger.Sighting{
		State: state, ID: o.uid, Created: o.created, LastHeartbeat: o.heartbeat, Renewed: o.renewed, Version: o.version,
	}, err
}

// Write writes a transaction's state through if the subject is at its base revision.
func (m *Memory) Write(_ context.Context, transaction *ledger.Transaction) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	found, err := m.find(transaction.Subject)
	if errors.Is(err, ledger.ErrSubjectGone) && transaction.Subject.Kind == ledger.ConsumptionSubject {
		return m.keepRecord(transaction)
	}
	if err != nil {
		return err
	}
	state, err := found.decoded()
	if err != nil {
		return err
	}
	if state.Revision() != transaction.Base {
		return fmt.Errorf("%w: %d, wanted %d", ledger.ErrRevision, state.Revision(), transaction.Base)
	}
	if found.state, err = json.Marshal(transaction.State); err != nil {
		return err
	}
	found.version = m.nextVersion()
	return nil
}

// keepRecord makes the record of a consumption. It wants the lock.
func (m *Memory) keepRecord(transaction *ledger.Transaction) error {
	state, err := json.Marshal(transaction.State)
	if err != nil {
		return err
	}
	subject, record := transaction.Subject, transaction.State.Consumption
	m.objects[objectName{subject.Kind, subject.Namespace, subject.Name}] = &object{
		uid: subject.UID, state: state, version: m.nextVersion(), activationID: record.ActivationID,
		account: ledger.AccountID{Namespace: subject.Namespace, Name: record.Instance},
	}
	return nil
}

// Users lists the named users and the clients of a line item.
func (m *Memory) Users(_ context.Context, id ledger.AccountID, activationID string) (map[ledger.Subject]ledger.State, error) {
	return m.of(id, activationID, ledger.UserSubject, ledger.ActivationSubject)
}

// Consumptions lists the records of consumptions of a line item.
func (m *Memory) Consumptions(_ context.Context, id ledger.AccountID, activationID string) (map[ledger.Subject]ledger.State, error) {
	return m.of(id, activationID, ledger.ConsumptionSubject)
}

func (m *Memory) of(id ledger.AccountID, activationID string, kinds ...ledger.SubjectKind) (map[ledger.Subject]ledger.State, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	states := map[ledger.Subject]ledger.State{}
	for name, found := range m.objects {
		if !slices.Contains(kinds, name.kind) || found.account != id || found.activationID != activationID {
			continue
		}
		state, err := found.decoded()
		if err != nil {
			return nil, err
		}
		states[ledger.Subject{Kind: name.kind, Namespace: name.namespace, Name: name.name, UID: found.uid}] = state
	}
	return states, nil
}

// Sessions lists the sessions of an account that have not ended.
func (m *Memory) Sessions(_ context.Context, id ledger.AccountID) (map[ledger.Subject]ledger.Sighting, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	sessions := map[ledger.Subject]ledger.Sighting{}
	for name, found := range m.objects {
		if name.kind != ledger.SessionSubject || found.account != id {
			continue
		}
		sighting, err := found.sighting()
		if err != nil {
			return nil, err
		}
		if state := sighting.State.Session; state == nil || state.State != licensing.Terminated {
			sessions[ledger.Subject{Kind: name.kind, Namespace: name.namespace, Name: name.name, UID: found.uid}] = sighting
		}
	}
	return sessions, nil
}

// RecordHeartbeat makes a heartbeat durable if the session is still as it was read.
func (m *Memory) RecordHeartbeat(_ context.Context, session ledger.Subject, at time.Time, read ledger.Sighting) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	found, err := m.find(session)
	if err != nil {
		return err
	}
	if found.version != read.Version {
		return ledger.ErrConflict
	}
	found.heartbeat, found.renewed, found.version = at, false, m.nextVersion()
	return nil
}

// Catalog is what the instance sells from.
func (m *Memory) Catalog(_ context.Context, id ledger.AccountID, fresh bool) (licensing.Catalog, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	selling := m.catalogs[id]
	switch {
	case selling == nil:
		return licensing.Catalog{}, nil
	case fresh:
		return selling.live, nil
	}
	return selling.cached, nil
}
