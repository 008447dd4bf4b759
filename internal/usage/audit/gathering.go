package audit

import (
	"context"
	"crypto/sha256"
	"fmt"

	"github.com/licensing-operator/licensing-operator/internal/usage"
)

// gathering is evidence that is not complete yet.
type gathering struct {
	Evidence

	records     Records
	mostWaiting int64
	// counted are the records beyond the totals that are in the sums. Millions may wait after a long outage.
	counted map[fingerprint]struct{}
}

// fingerprint stands for the id of a record.
type fingerprint [16]byte

func fingerprintOf(id string) fingerprint {
	sum := sha256.Sum256([]byte(id))
	return fingerprint(sum[:len(fingerprint{})])
}

// readShown comes before the records: these may be ahead of what is shown, and never behind.
func (g *gathering) readShown(ctx context.Context, accounts Ledger) (err error) {
	if len(g.whole()) == 0 {
		return nil
	}
	if g.Shown, err = accounts.Shown(ctx); err != nil {
		return fmt.Errorf("read what the line items say is used: %w", err)
	}
	return nil
}

// addSpilled looks up as many records at once as it keeps.
func (g *gathering) addSpilled(ctx context.Context, accounts Ledger) error {
	waiting, read := batch{}, int64(0)
	for record, err := range accounts.Spilled(ctx) {
		if err != nil {
			return fmt.Errorf("read the records that wait for the store: %w", err)
		}
		if read++; g.mostWaiting > 0 && read > g.mostWaiting {
			return fmt.Errorf("%w: there are more than %d", ErrManyWaiting, g.mostWaiting)
		}
		if !waiting.has(record.TransactionID) && len(waiting.ids) >= idsAtOnce || len(waiting.records) >= recordsAtOnce {
			if err := g.addWaiting(ctx, waiting); err != nil {
				return err
			}
			waiting = batch{}
		}
		waiting.add(record)
	}
	return g.addWaiting(ctx, waiting)
}

// addWaiting leaves out what is in the store meanwhile.
func (g *gathering) addWaiting(ctx context.Context, waiting batch) error {
	stored, err := g.lookUp(ctx, waiting.ids)
	if err != nil {
		return err
	}
	for _, record := range waiting.records {
		known, found := stored[record.ID]
		where := &g.Spilled
		g.examine(record, "which waits for the store")
		if found {
			where = &g.Stored
			g.compare(record, known)
		}
		if g.inTotals(known) {
			continue
		}
		if err := g.count(record, where); err != nil {
			return err
		}
	}
	return nil
}

func (g *gathering) addStored(ctx context.Context, _ Ledger) error {
	query := queryOf(g.account())
	query.After = g.Totals.Position
	for record, err := range g.records.Records(ctx, query) {
		if err != nil {
			return fmt.Errorf("read the newest records: %w", err)
		}
		g.examine(record, fmt.Sprintf("at position %d", record.Position))
		if err := g.count(record, &g.Stored); err != nil {
			return err
		}
	}
	return nil
}

// examine holds a record that no replay reads against its seal.
func (g *gathering) examine(record usage.Record, where string) {
	if message := broken(record); message != "" {
		g.alter(record, fmt.Sprintf("record %s %s: %s", record.ID, where, message))
	}
}

// compare holds a record that waits against the one that is stored. Two replicas may refuse an object the same: the first
// denial is stored, with its commit and its figures.
func (g *gathering) compare(waiting, stored usage.Record) {
	repeated := waiting.Kind == usage.Denial && stored.Kind == usage.Denial
	if !repeated && waiting.Sealed().Seal != stored.Sealed().Seal {
		g.alter(waiting, fmt.Sprintf("record %s which waits for the store says something else than at position %d, where it is stored", waiting.ID, stored.Position))
	}
}

func (g *gathering) alter(record usage.Record, message string) {
	g.altered.add(Finding{
		Kind: RecordAltered, RecordID: record.ID, TransactionID: record.TransactionID, ActivationID: record.ActivationID, Message: message,
	})
}

// addOpen counts open transactions that nobody has recorded yet.
func (g *gathering) addOpen(ctx context.Context, _ Ledger) error {
	if g.Account == nil || g.Account.ID != g.ID {
		return nil
	}
	var open batch
	for _, transaction := range g.Account.Open {
		for _, record := range usage.RecordsOf(g.ID, transaction) {
			open.add(record)
		}
	}
	stored, err := g.lookUp(ctx, open.ids)
	if err != nil {
		return err
	}
	for _, record := range open.records {
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
	id := fingerprintOf(record.ID)
	if _, found := g.counted[id]; found {
		return nil
	}
	g.counted[id] = struct{}{}
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

const (
	// idsAtOnce fit a URL.
	idsAtOnce = 50
	// recordsAtOnce bound a batch whose transactions have many records each.
	recordsAtOnce = 1000
)

// lookUp finds the records of transactions that are stored, by id.
func (g *gathering) lookUp(ctx context.Context, transactions []string) (map[string]usage.Record, error) {
	stored := map[string]usage.Record{}
	for len(transactions) > 0 {
		ids := transactions[:min(idsAtOnce, len(transactions))]
		transactions = transactions[len(ids):]
		query := queryOf(g.account())
		query.TransactionIDs = ids
		for found, err := range g.records.Records(ctx, query) {
			if err != nil {
				return nil, fmt.Errorf("look up records: %w", err)
			}
			stored[found.ID] = found
		}
	}
	return stored, nil
}

// batch is records with the transactions that they are of, in order.
type batch struct {
	records []usage.Record
	ids     []string
}

// has tells whether the newest record is of the transaction.
func (b *batch) has(transaction string) bool {
	return len(b.ids) > 0 && b.ids[len(b.ids)-1] == transaction
}

func (b *batch) add(record usage.Record) {
	if !b.has(record.TransactionID) {
		b.ids = append(b.ids, record.TransactionID)
	}
	b.records = append(b.records, record)
}
