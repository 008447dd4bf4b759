package audit

import (
	"context"
	"errors"
	"fmt"
	"iter"

	"github.com/licensing-operator/licensing-operator/internal/ledger"
	"github.com/licensing-operator/licensing-operator/internal/licensing"
	"github.com/licensing-operator/licensing-operator/internal/usage"
	"github.com/licensing-operator/licensing-operator/internal/usage/opaque"
)

// Ledger is where the account of one Instance is read, live.
type Ledger interface {
	// Anchor is what the Instance remembers of its account.
	Anchor(ctx context.Context) (ledger.Anchor, error)
	// Account fails with ledger.ErrAccountMissing, or with ledger.ErrTampered and the account as far as it can be read.
	Account(ctx context.Context) (*ledger.Account, error)
	// Spilled are records that were acknowledged and wait for the store, in order.
	Spilled(ctx context.Context) iter.Seq2[usage.Record, error]
	// Shown is what the status of the Instance's line items says is used, by activation id.
	Shown(ctx context.Context) (map[string]licensing.Tokens, error)
	// AcceptedDifference is the id of the difference that an administrator has accepted; empty if none was.
	AcceptedDifference(ctx context.Context) (string, error)
}

// ErrManyWaiting reports that more records wait for the store than are to be read.
var ErrManyWaiting = errors.New("too many records wait for the store")

// ErrHidden reports that the caller of the data access API is not shown in which order records were stored.
var ErrHidden = errors.New("positions of records are hidden from whoever may see single Instances only: to compare an account with its records " +
	"takes a caller who may see those of all of the namespace")

// Evidence is an account, and everything recorded of it, at one moment.
type Evidence struct {
	ID     ledger.AccountID
	Anchor ledger.Anchor
	// Account is nil if there is none to be read; Trouble says what is wrong with it as a whole.
	Account *ledger.Account
	Trouble error
	// Shown is what the line items' status says is used. It is read only if something is wrong with the account as a whole.
	Shown map[string]licensing.Tokens

	// Totals are the store's, up to its position.
	Totals usage.Totals
	// Committed adds what was recorded or is open beyond them, up to the account's commit: what the account must say.
	// Recorded adds all of it: what it must say when it is lost or went back.
	Committed, Recorded Sums
	// Stored, Spilled and Open are how many records beyond the totals were found where, up to the account's commit.
	Stored, Spilled, Open int64
	// Known are the stored records of the account's open transactions, by id.
	Known map[string]usage.Record

	// altered are the records beyond the totals that are not what was recorded.
	altered findings
	// sums are the store's sums that are not its totals, uncompared is why they were not compared.
	sums       []Finding
	uncompared string
}

// Gather reads an account and its records while both move on. The totals come first, then the account, then what waits for
// the store, then what was stored since the totals: whatever the account has let go of was in the store, or waited for it,
// when it was read. What is newer than the account is told by its commit.
//
// It fails with ErrManyWaiting if more than mostWaiting records wait; with 0 it reads any number of them. Of each one it
// remembers a few bytes.
func Gather(ctx context.Context, id ledger.AccountID, records Records, accounts Ledger, mostWaiting int64) (Evidence, error) {
	g := gathering{
		records: records, mostWaiting: mostWaiting, counted: map[fingerprint]struct{}{},
		Evidence: Evidence{ID: id, Known: map[string]usage.Record{}},
	}
	var err error
	if g.Totals, err = records.Totals(ctx, g.account()); err != nil {
		return Evidence{}, fmt.Errorf("read the totals of the records: %w", err)
	}
	if err := ordered(g.Totals); err != nil {
		return Evidence{}, err
	}
	g.Committed, g.Recorded = SumsOf(g.Totals), SumsOf(g.Totals)
	if g.Anchor, err = accounts.Anchor(ctx); err != nil { // before the account, so that it is never ahead of that
		return Evidence{}, fmt.Errorf("read what the Instance remembers: %w", err)
	}
	g.Account, g.Trouble = accounts.Account(ctx)
	if g.Trouble != nil && !errors.Is(g.Trouble, ledger.ErrAccountMissing) && !errors.Is(g.Trouble, ledger.ErrTampered) {
		return Evidence{}, fmt.Errorf("read the account: %w", g.Trouble)
	}
	for _, step := range []func(context.Context, Ledger) error{g.readShown, g.addSpilled, g.addStored, g.addOpen} {
		if err := step(ctx, accounts); err != nil {
			return Evidence{}, err
		}
	}
	return g.Evidence, nil
}

// ordered wants positions by which it can be told what comes first.
func ordered(totals usage.Totals) error {
	if opaque.Is(totals.Position) {
		return ErrHidden
	}
	return nil
}

func (e Evidence) account() usage.Account {
	return usage.Account{Namespace: e.ID.Namespace, Instance: e.ID.Name}
}

// sequence is the commit up to which the account speaks.
func (e Evidence) sequence() int64 {
	if e.Account == nil {
		return 0
	}
	return e.Account.Sequence
}
