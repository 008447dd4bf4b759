package ledger

import "time"

// Observer is told what the ledger does, for metrics. It is called from many goroutines and must not block.
type Observer interface {
	// Committed reports a commit, how many transactions it made and how long the store took.
	Committed(account AccountID, transactions int, took time.Duration)
	// Conflicted reports a commit that another replica's commit forestalled.
	Conflicted(account AccountID)
	// Unsettled reports a commit whose outcome was unknown at first.
	Unsettled(account AccountID)
	// WrittenThrough reports a transaction that reached its subject, and how old it was by then.
	WrittenThrough(account AccountID, age time.Duration)
	// Opened reports the bytes of the account's open transactions after a commit.
	Opened(account AccountID, bytes int)
	// DenialUnrecorded reports a denial that was answered and left out of the usage record.
	DenialUnrecorded(account AccountID)
	// Halted reports an account on which charging has stopped, and that it goes on again or that the Instance is gone.
	Halted(account AccountID, halted bool)
}

// Unobserved is an Observer that takes no notice.
type Unobserved struct{}

// Committed takes no notice.
func (Unobserved) Committed(AccountID, int, time.Duration) {}

// Conflicted takes no notice.
func (Unobserved) Conflicted(AccountID) {}

// Unsettled takes no notice.
func (Unobserved) Unsettled(AccountID) {}

// WrittenThrough takes no notice.
func (Unobserved) WrittenThrough(AccountID, time.Duration) {}

// Opened takes no notice.
func (Unobserved) Opened(AccountID, int) {}

// DenialUnrecorded takes no notice.
func (Unobserved) DenialUnrecorded(AccountID) {}

// Halted takes no notice.
func (Unobserved) Halted(AccountID, bool) {}
