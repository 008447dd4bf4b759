package audit

import (
	"context"
	"errors"
	"fmt"
	"iter"

	"github.com/licensing-operator/licensing-operator/internal/ledger"
	"github.com/licensing-operator/licensing-operator/internal/usage"
)

// Records is where stored records are read: a usage.Store, or the data access API.
type Records interface {
	Records(ctx context.Context, query usage.Query) iter.Seq2[usage.Record, error]
	Totals(ctx context.Context, account usage.Account) (usage.Totals, error)
}

// Ledger is where the account of one Instance is read, live.
type Ledger interface {
	// Anchor is what the Instance remembers of its account.
	Anchor(ctx context.Context) (ledger.Anchor, error)
	// Account fails with ledger.ErrAccountMissing, or with ledger.ErrTampered and the account as far as it can be read.
	Account(ctx context.Context) (*ledger.Account, error)
	// Spilled are records that were acknowledged and wait for the store, in order.
	Spilled(ctx context.Context) iter.Seq2[usage.Record, error]
}

// Evidence is an account, and everything recorded of it, at one moment.
type Evidence struct {
	ID     ledger.AccountID
	Anchor ledger.Anchor
	// Account is nil if there is none to be read; Trouble says what is wrong with it as a whole.
	Account *ledger.Account
	Trouble error

	// Totals are the store's, up to its position.
	Totals usage.Totals
	// Committed adds what was recorded or is open beyond them, up to the account's commit: what the account must say.
	// Recorded adds all of it: what it must say when it is lost or went back.
	Committed, Recorded Sums
	// Stored, Spilled and Open are how many records beyond the totals were found where, up to the account's commit.
	Stored, Spilled, Open int64
	// Known are the stored records of the account's open transactions, by id.
	Known map[string]usage.Record
}

// Gather reads an account and its records while both move on. The totals come first, then the account, then what waits for
// the store, then what was stored since the totals: whatever the account has let go of was in the store, or waited for it,
// when it was read. What is newer than the account is told by its commit.
func Gather(ctx context.Context, id ledger.AccountID, records Records, accounts Ledger) (Evidence, error) {
	g := gathering{records: records, Evidence: Evidence{ID: id, Known: map[string]usage.Record{}}}
	var err error
	if g.Totals, err = records.Totals(ctx, g.account()); err != nil {
		return Evidence{}, fmt.Errorf("read the totals of the records: %w", err)
	}
	g.Committed, g.Recorded = SumsOf(g.Totals), SumsOf(g.Totals)
	if g.Anchor, err = accounts.Anchor(ctx); err != nil { // before the account, so that it is never ahead of that
		return Evidence{}, fmt.Errorf("read what the Instance remembers: %w", err)
	}
	g.Account, g.Trouble = accounts.Account(ctx)
	if g.Trouble != nil && !errors.Is(g.Trouble, ledger.ErrAccountMissing) && !errors.Is(g.Trouble, ledger.ErrTampered) {
		return Evidence{}, fmt.Errorf("read the account: %w", g.Trouble)
	}
	for _, step := range []func(context.Context, Ledger) error{g.readSpilled, g.readStored, g.addSpilled, g.addOpen} {
		if err := step(ctx, accounts); err != nil {
			return Evidence{}, err
		}
	}
	return g.Evidence, nil
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

// gathering is evidence that is not complete yet.
type gathering struct {
	Evidence

	records Records
	// counted are the records beyond the totals that are in the sums.
	counted map[string]bool
	waiting []usage.Record
}

func (g *gathering) readSpilled(ctx context.Context, accounts Ledger) error {
	for record, err := range accounts.Spilled(ctx) {
		if err != nil {
			return fmt.Errorf("read the records that wait for the store: %w", err)
		}
		g.waiting = append(g.waiting, record)
	}
	return nil
}

func (g *gathering) readStored(ctx context.Context, _ Ledger) error {
	g.counted = map[string]bool{}
	query := usage.Query{Namespace: g.ID.Namespace, Instances: []string{g.ID.Name}, After: g.Totals.Position}
	for record, err := range g.records.Records(ctx, query) {
		if err != nil {
			return fmt.Errorf("read the newest records: %w", err)
		}
		if err := g.count(record, &g.Stored); err != nil {
			return err
		}
	}
	return nil
}

// addSpilled leaves out what has come into the store meanwhile.
func (g *gathering) addSpilled(ctx context.Context, _ Ledger) error {
	stored, err := g.lookUp(ctx, g.waiting)
	if err != nil {
		return err
	}
	for _, record := range g.waiting {
		if g.inTotals(stored[record.ID]) {
			continue
		}
		if err := g.count(record, &g.Spilled); err != nil {
			return err
		}
	}
	return nil
}

// addOpen counts open transactions that nobody has recorded yet.
func (g *gathering) addOpen(ctx context.Context, _ Ledger) error {
	if g.Account == nil || g.Account.ID != g.ID {
		return nil
	}
	var open []usage.Record
	for _, transaction := range g.Account.Open {
		open = append(open, usage.RecordsOf(g.ID, transaction)...)
	}
	stored, err := g.lookUp(ctx, open)
	if err != nil {
		return err
	}
	for _, record := range open {
		known, found := stored[record.ID]
		if found {
			g.Known[record.ID] = known
		}
		if g.inTotals(known) {
			continue
		}
		if err := g.count(record, &g.Open); err != nil {
			return err
		}
	}
	return nil
}

// count adds a record that is not in the totals, once.
func (g *gathering) count(record usage.Record, where *int64) error {
	if g.counted[record.ID] {
		return nil
	}
	g.counted[record.ID] = true
	if record.Sequence <= g.sequence() {
		*where++
		if err := g.Committed.Add(record); err != nil {
			return err
		}
	}
	return g.Recorded.Add(record)
}

func (g *gathering) inTotals(stored usage.Record) bool {
	return stored.Position > 0 && stored.Position <= g.Totals.Position
}

// idsAtOnce fit a URL.
const idsAtOnce = 50

// lookUp finds those of the records that are stored, by id.
func (g *gathering) lookUp(ctx context.Context, records []usage.Record) (map[string]usage.Record, error) {
	stored := map[string]usage.Record{}
	var ids []string
	for i, record := range records {
		if len(ids) == 0 || ids[len(ids)-1] != record.TransactionID {
			ids = append(ids, record.TransactionID)
		}
		if len(ids) < idsAtOnce && i < len(records)-1 {
			continue
		}
		query := usage.Query{Namespace: g.ID.Namespace, Instances: []string{g.ID.Name}, TransactionIDs: ids}
		for found, err := range g.records.Records(ctx, query) {
			if err != nil {
				return nil, fmt.Errorf("look up records: %w", err)
			}
			stored[found.ID] = found
		}
		ids = nil
	}
	return stored, nil
}
