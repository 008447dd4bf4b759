package ledger

import (
	"encoding/json"
	"maps"
	"time"

	"github.com/licensing-operator/licensing-operator/internal/licensing"
)

// AccountID names an account after its Instance, so that an Instance that is deleted and created again finds its
// balances.
type AccountID struct {
	Namespace string `json:"namespace"`
	Name      string `json:"name"`
}

func (id AccountID) String() string { return id.Namespace + "/" + id.Name }

// Account is the committed truth about one Instance. It is not safe for concurrent use: one worker owns it.
type Account struct {
	ID AccountID
	// Sequence counts the commits, from 1.
	Sequence int64
	// PreviousHash and Hash chain the commits: Hash covers everything in the account and the previous hash.
	PreviousHash string
	Hash         string
	// Time is when the last commit was made, by the committing replica's clock.
	Time time.Time
	// Commits holds each replica's last commit. A replica has one commit under way at most, so that this settles a commit
	// whose answer was lost.
	Commits map[string]Commit
	// Books are what is used of each line item, and under each action that has an allocation.
	licensing.Books
	// Balances are the limitations' balances.
	Balances map[LimitationKey]licensing.Balance
	// Open are the transactions that are committed but not yet written through, oldest first.
	Open []*Transaction
	// Receipts are the answers given for idempotency keys of late, oldest first. Pages are where those before are.
	Receipts []*Receipt
	Pages    []*ReceiptPage
}

// Commit is a replica's last commit.
type Commit struct {
	ID       string    `json:"id"`
	Sequence int64     `json:"sequence"`
	Time     time.Time `json:"time"`
}

// LimitationKey names a limitation of a line item.
type LimitationKey struct {
	ActivationID string
	LimitationID string
}

// MarshalText joins the two ids with a slash, escaping none: a limitation id has no slash.
func (k LimitationKey) MarshalText() ([]byte, error) {
	return []byte(k.ActivationID + "/" + k.LimitationID), nil
}

// NewAccount is an account that was never charged.
func NewAccount(id AccountID) *Account {
	return &Account{ID: id, Commits: map[string]Commit{}, Books: licensing.NewBooks(), Balances: map[LimitationKey]licensing.Balance{}}
}

// SubjectKind is the kind of object that a transaction is about.
type SubjectKind string

// The kinds of subjects.
const (
	SessionSubject SubjectKind = "Session"
	UserSubject    SubjectKind = "UserProvisioning"
)

// Subject is the object whose status a transaction is written through to. The UID tells an object from a later one of
// the same name.
type Subject struct {
	Kind      SubjectKind `json:"kind"`
	Namespace string      `json:"namespace"`
	Name      string      `json:"name"`
	UID       string      `json:"uid"`
}

// State is the state of a subject: one of its fields is set.
type State struct {
	Session *licensing.Session   `json:"session,omitempty"`
	User    *licensing.NamedUser `json:"user,omitempty"`
}

// Revision counts the transactions on the subject.
func (s State) Revision() int64 {
	switch {
	case s.Session != nil:
		return s.Session.Revision
	case s.User != nil:
		return s.User.Revision
	}
	return 0
}

// Transaction is one movement, all of it or nothing. It is immutable.
type Transaction struct {
	ID       string    `json:"id"`
	Sequence int64     `json:"sequence"`
	Time     time.Time `json:"time"`
	// Key is the idempotency key of the request, if it had one.
	Key       string              `json:"key,omitempty"`
	Cause     licensing.Cause     `json:"cause"`
	Requester licensing.Requester `json:"requester,omitzero"`
	// Subject is zero for a one-off request, which has no object.
	Subject Subject `json:"subject,omitzero"`
	// Base is the revision of the subject that the transaction was computed from; State is what it becomes.
	Base    int64             `json:"base,omitempty"`
	State   State             `json:"state,omitzero"`
	Entries []licensing.Entry `json:"entries,omitempty"`
	Units   []UnitEntry       `json:"units,omitempty"`
	text    []byte            // the JSON form, made once
}

// UnitEntry is one movement of units of a limitation: +1 for a provisioned user, -1 for a revoked one.
type UnitEntry struct {
	ActivationID string           `json:"activationId"`
	LimitationID string           `json:"limitationId"`
	Units        licensing.Tokens `json:"units"`
}

// Receipt is the answer given for an idempotency key.
type Receipt struct {
	// Key is the key's fingerprint.
	Key string `json:"key"`
	// Digest is that of the request's digest, which tells the same request from another one under the same key.
	Digest string          `json:"digest"`
	Time   time.Time       `json:"time"`
	Answer json.RawMessage `json:"answer"`
	text   []byte          // the JSON form, made once
}

func (t *Transaction) hasSubject() bool { return t.Subject != Subject{} }

// through follows the open transactions of a subject from the state that was read.
func (a *Account) through(subject Subject, state State) State { return through(a.Open, subject, state) }

func through(open []*Transaction, subject Subject, state State) State {
	for _, transaction := range open { // in commit order, so that one pass follows the whole chain
		if transaction.Subject == subject && transaction.Base == state.Revision() {
			state = transaction.State
		}
	}
	return state
}

// Clone is a copy that shares only immutable parts.
func (a *Account) Clone() *Account {
	clone := *a
	clone.Commits, clone.Books, clone.Balances = maps.Clone(a.Commits), a.Books.Clone(), maps.Clone(a.Balances)
	clone.Open = append([]*Transaction(nil), a.Open...)
	clone.Receipts = append([]*Receipt(nil), a.Receipts...)
	clone.Pages = append([]*ReceiptPage(nil), a.Pages...)
	return &clone
}
