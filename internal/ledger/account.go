package ledger

import (
	"encoding/json"
	"fmt"
	"maps"
	"strings"
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
	// Movements counts the movements of tokens and units since the account was opened, each of which has a usage record: sums
	// do not show that records are missing that make up for each other. It is nil where the beginning is not known.
	Movements *int64
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

// UnmarshalText is the inverse of MarshalText. The seats of a group are the one limitation with a slash in its id.
func (k *LimitationKey) UnmarshalText(text []byte) error {
	joined := string(text)
	cut := strings.LastIndexByte(joined, '/')
	if cut < 0 {
		return fmt.Errorf("%q has no slash between activation id and limitation id", text)
	}
	if ofSeats := "/" + licensing.SeatID; strings.HasSuffix(joined[:cut], ofSeats) {
		cut -= len(ofSeats)
	}
	k.ActivationID, k.LimitationID = joined[:cut], joined[cut+1:]
	return nil
}

// NewAccount is an account that was never charged.
func NewAccount(id AccountID) *Account {
	return &Account{
		ID: id, Commits: map[string]Commit{}, Books: licensing.NewBooks(), Balances: map[LimitationKey]licensing.Balance{}, Movements: new(int64),
	}
}

// SubjectKind is the kind of object that a transaction is about.
type SubjectKind string

// The kinds of subjects.
const (
	SessionSubject SubjectKind = "Session"
	UserSubject    SubjectKind = "UserProvisioning"
	// ActivationSubject is a client of a license. It holds what users hold.
	ActivationSubject SubjectKind = "Activation"
	// ConsumptionSubject is the record of a consumption, which its own transaction makes. It is named after that.
	ConsumptionSubject SubjectKind = "Consumption"
)

// Subject is the object whose status a transaction is written through to. The UID tells an object from a later one of
// the same name.
type Subject struct {
	Kind      SubjectKind `json:"kind"`
	Namespace string      `json:"namespace"`
	Name      string      `json:"name"`
	UID       string      `json:"uid"`
}

// State is the state of a subject: one of its fields is set. None is, of a record that does not exist.
type State struct {
	Session *licensing.Session `json:"session,omitempty"`
	// User is a named user's, or a client's.
	User        *licensing.NamedUser   `json:"user,omitempty"`
	Consumption *licensing.Consumption `json:"consumption,omitempty"`
}

// Revision counts the transactions on the subject.
func (s State) Revision() int64 {
	switch {
	case s.Session != nil:
		return s.Session.Revision
	case s.User != nil:
		return s.User.Revision
	case s.Consumption != nil:
		return s.Consumption.Revision
	}
	return 0
}

// Transaction is one movement, all of it or nothing. It is immutable.
type Transaction struct {
	ID       string    `json:"id"`
	Sequence int64     `json:"sequence"`
	Time     time.Time `json:"time"`
	// Key is the idempotency key of the request, if it had one.
	Key string `json:"key,omitempty"`
	// CorrelationID is the id of the transaction without which this one would not have been made, if there is one: that
	// which charges the tokens along with which a unit is taken.
	CorrelationID string          `json:"correlationId,omitempty"`
	Cause         licensing.Cause `json:"cause"`
	// Caller is who sent the request, as authenticated. It is empty for what time has brought about.
	Caller    string              `json:"caller,omitempty"`
	Requester licensing.Requester `json:"requester,omitzero"`
	// Subject is zero for a one-off request, which has no object, and for a denial, which changes none. About is whose
	// request was denied.
	Subject Subject  `json:"subject,omitzero"`
	About   *Subject `json:"about,omitempty"`
	// Base is the revision of the subject that the transaction was computed from; State is what it becomes.
	Base    int64             `json:"base,omitempty"`
	State   State             `json:"state,omitzero"`
	Entries []licensing.Entry `json:"entries,omitempty"`
	Units   []UnitEntry       `json:"units,omitempty"`
	// Denials are what was refused: of what was asked for together with the entries, or all of it.
	Denials []Denial `json:"denials,omitempty"`
	text    []byte   // the JSON form, made once
}

// UnitEntry is one movement of units of a limitation: +1 for a provisioned user, -1 for a revoked one, the value of a
// consumption.
type UnitEntry struct {
	ActivationID string           `json:"activationId"`
	LimitationID string           `json:"limitationId"`
	Units        licensing.Tokens `json:"units"`
	// Period is the one of the balance in which a consumption counts. A newer one than the balance's begins at LastReset
	// and from zero.
	Period    int64     `json:"period,omitempty"`
	LastReset time.Time `json:"lastReset,omitzero"`
}

func (e UnitEntry) key() LimitationKey {
	return LimitationKey{ActivationID: e.ActivationID, LimitationID: e.LimitationID}
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
