package ledger

import (
	"context"
	"errors"
	"time"

	"github.com/licensing-operator/licensing-operator/internal/licensing"
)

// Version is the store's token for compare-and-swap. It is opaque.
type Version string

// Store errors. Any other error of Commit leaves open whether the commit was made.
var (
	// ErrConflict reports that somebody else committed since the version was read.
	ErrConflict = errors.New("the account was committed by another replica")
	// ErrAccountMissing reports that there is no account object.
	ErrAccountMissing = errors.New("the account does not exist")
	// ErrAccountExists reports that an account object is already there.
	ErrAccountExists = errors.New("the account exists already")
	// ErrSubjectGone reports that the object is deleted, or is another one of the same name.
	ErrSubjectGone = errors.New("the object is gone")
	// ErrRevision reports that the subject is not at the revision that a transaction was based on.
	ErrRevision = errors.New("the object is at another revision")
)

// Anchor is what the Instance's status remembers of its account. An Instance that has seen a ledger never silently
// starts from zero.
type Anchor struct {
	// Sequence and Hash are zero when the Instance has never seen an account.
	Sequence int64
	Hash     string
	// Accepted is the incident that an administrator accepted explicitly, see Incident.
	Accepted string
	// Gone tells that there is no Instance.
	Gone bool
}

// Sighting is what a live read of a subject found.
type Sighting struct {
	State State
	// ID is the id by which clients know the subject, Created when it was made. Sessions only.
	ID      string
	Created time.Time
	// LastHeartbeat is when the server last recorded a heartbeat; zero if never. Sessions only.
	LastHeartbeat time.Time
	// Renewed tells that the holder renewed the session in its spec since the last recorded heartbeat. Sessions only.
	Renewed bool
	// Version names what was read, for RecordHeartbeat.
	Version Version
}

// Store keeps accounts and subjects. Implementations are safe for concurrent use. Reads are live, never from a cache,
// unless said otherwise.
type Store interface {
	// LoadAccount reads the account. It fails with ErrAccountMissing, or with ErrTampered.
	LoadAccount(ctx context.Context, id AccountID) (*Account, Version, error)
	// CreateAccount stores a first account. It fails with ErrAccountExists.
	CreateAccount(ctx context.Context, account *Account) (Version, error)
	// CommitAccount replaces the account if the stored one is at the version. It fails with ErrConflict or
	// ErrAccountMissing; any other error leaves the outcome unknown.
	CommitAccount(ctx context.Context, account *Account, version Version) (Version, error)
	// Anchor reads what the Instance remembers. Of an Instance that is gone nothing but that is known.
	Anchor(ctx context.Context, id AccountID) (Anchor, error)

	// CreateReceiptPage keeps a text under its hash, for longer than any of its receipts counts. It succeeds if the same
	// text is there already, and fails with ErrTampered if there is another one.
	CreateReceiptPage(ctx context.Context, id AccountID, page *ReceiptPage, text string) error
	// LoadReceiptPage reads a page, which the caller verifies. It fails with ErrPageMissing.
	LoadReceiptPage(ctx context.Context, id AccountID, hash string) (text string, err error)

	// Read reads a subject. It fails with ErrSubjectGone, except for the record of a consumption, which is at revision zero
	// when there is none.
	Read(ctx context.Context, subject Subject) (Sighting, error)
	// Write writes a transaction's state through to its subject if that is at the base revision, which may be several
	// revisions before that of the state. It fails with ErrSubjectGone or ErrRevision. The record of a consumption that is
	// not stored is made, whatever the revision: its rollback may come first, and must keep the consumption from being
	// recorded after it.
	Write(ctx context.Context, transaction *Transaction) error
	// Consumptions lists the records of what was consumed of a line item, with those of late that were rolled back.
	Consumptions(ctx context.Context, id AccountID, activationID string) (map[Subject]State, error)
	// Users lists the named users and the clients of a line item with what they hold.
	Users(ctx context.Context, id AccountID, activationID string) (map[Subject]State, error)
	// Sessions lists the sessions of an account, of which those that show that they are TERMINATED may be left out.
	Sessions(ctx context.Context, id AccountID) (map[Subject]Sighting, error)
	// RecordHeartbeat makes a session's heartbeat durable if the session is still as it was read; a renewal in its spec is
	// recorded with it. It fails with ErrConflict or ErrSubjectGone.
	RecordHeartbeat(ctx context.Context, session Subject, at time.Time, read Sighting) error

	// Holders are the licenses of the instance on which there is a named user whose id is the requester's value, in draw
	// order, each with that user. Fresh is as for Catalog.
	Holders(ctx context.Context, id AccountID, requester licensing.Requester, fresh bool) ([]Holder, error)
	// Catalog is what the instance sells from; fresh asks for a live read, else it may lag behind by a cache's delay.
	Catalog(ctx context.Context, id AccountID, fresh bool) (licensing.Catalog, error)
}

// Recorder takes transactions into the usage record. A transaction stays open until the recorder has acknowledged it.
// Recording again what was recorded, by transaction id, must do no harm: delivery is at least once, in commit order.
type Recorder interface {
	Record(ctx context.Context, account AccountID, transactions []*Transaction) error
}
