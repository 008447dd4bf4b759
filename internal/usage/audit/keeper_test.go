package audit_test

import (
	"context"
	"fmt"
	"iter"
	"slices"
	"sync"
	"time"

	"github.com/licensing-operator/licensing-operator/internal/ledger"
	"github.com/licensing-operator/licensing-operator/internal/ledger/ledgertest"
	"github.com/licensing-operator/licensing-operator/internal/licensing"
	"github.com/licensing-operator/licensing-operator/internal/usage"
	"github.com/licensing-operator/licensing-operator/internal/usage/audit"
)

// keeper takes transactions as the outbox does: into the store or, while that is down, onto a page that is drained later.
// The totals are kept beside the records, as a store keeps them. It is all of one account.
type keeper struct {
	id     ledger.AccountID
	memory *ledgertest.Memory

	mu      sync.Mutex
	down    bool
	slow    time.Duration
	records []usage.Record
	// summed are the records that are in the sums, as they were stored.
	summed  []usage.Record
	ids     map[string]bool
	totals  usage.Totals
	waiting []usage.Record
	// shown is what line items say is used, accepted the difference that is accepted.
	shown    map[string]licensing.Tokens
	accepted string
	// keptFrom is since when nothing was dropped.
	keptFrom time.Time
	// between is called before each reading, for what happens meanwhile.
	between func(reading string)
}

var (
	_ ledger.Recorder = (*keeper)(nil)
	_ audit.Records   = (*keeper)(nil)
	_ audit.Ledger    = (*keeper)(nil)
)

func newKeeper(memory *ledgertest.Memory, id ledger.AccountID) *keeper {
	return &keeper{id: id, memory: memory, ids: map[string]bool{}, totals: usage.Totals{
		Used: map[string]licensing.Tokens{}, Allocations: map[usage.ActionKey]licensing.Tokens{}, Units: map[usage.LimitationKey]licensing.Balance{},
	}}
}

func (k *keeper) Record(_ context.Context, id ledger.AccountID, transactions []*ledger.Transaction) error {
	k.mu.Lock()
	slow := k.slow
	k.mu.Unlock()
	time.Sleep(slow)
	k.mu.Lock()
	defer k.mu.Unlock()
	for _, transaction := range transactions {
		for _, record := range usage.RecordsOf(id, transaction) {
			record = record.Sealed()
			if k.down || len(k.waiting) > 0 {
				k.waiting = append(k.waiting, record)
				continue
			}
			k.append(record)
		}
	}
	return nil
}

// append wants the lock.
func (k *keeper) append(record usage.Record) {
	if k.ids[record.ID] {
		return
	}
	k.ids[record.ID] = true
	k.totals.Records++
	k.totals.Position += 3 // with gaps, as a store that counts all accounts together
	record.Position = k.totals.Position
	k.totals.Sequence = max(k.totals.Sequence, record.Sequence)
	k.records, k.summed = append(k.records, record), append(k.summed, record)
	k.totals.Used[record.ActivationID] += record.Used()
	if record.ActionID != "" {
		k.totals.Allocations[usage.ActionKey{ActivationID: record.ActivationID, ActionID: record.ActionID}] += record.Used()
	}
	if record.LimitationID == "" || record.Kind == usage.Denial {
		return
	}
	key := usage.LimitationKey{ActivationID: record.ActivationID, LimitationID: record.LimitationID}
	balance := k.totals.Units[key]
	if record.Period > balance.Period {
		balance = licensing.Balance{LastReset: record.PeriodStart, Period: record.Period}
	}
	if record.Period == 0 || record.Period == balance.Period {
		balance.Consumed += record.Units
	}
	if record.Period == balance.Period && !record.PeriodStart.IsZero() {
		balance.LastReset = record.PeriodStart
	}
	k.totals.Units[key] = balance
}

// drain moves at most n records from the pages into the store, which is first done twice over, as after a crash.
func (k *keeper) drain(n int) {
	k.mu.Lock()
	defer k.mu.Unlock()
	n = min(n, len(k.waiting))
	for _, record := range k.waiting[:n] {
		k.append(record)
	}
	if n%2 == 0 {
		k.waiting = slices.Clone(k.waiting[n:])
	}
}

func (k *keeper) fail(down bool) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.down = down
}

// delay has records come later.
func (k *keeper) delay(slow time.Duration) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.slow = slow
}

func (k *keeper) step(reading string) {
	if k.between != nil {
		k.between(reading)
	}
}

func (k *keeper) Records(_ context.Context, query usage.Query) iter.Seq2[usage.Record, error] {
	k.step("records")
	k.mu.Lock()
	records := slices.Clone(k.records)
	k.mu.Unlock()
	return func(yield func(usage.Record, error) bool) {
		for _, record := range records {
			if record.Position <= query.After || (query.TransactionIDs != nil && !slices.Contains(query.TransactionIDs, record.TransactionID)) {
				continue
			}
			if !yield(record, nil) {
				return
			}
		}
	}
}

func (k *keeper) Totals(context.Context, usage.Account) (usage.Totals, error) {
	k.step("totals")
	k.mu.Lock()
	defer k.mu.Unlock()
	totals := k.totals
	sums := audit.SumsOf(totals).Clone()
	totals.Used, totals.Units, totals.Allocations = sums.Usage, map[usage.LimitationKey]licensing.Balance{}, map[usage.ActionKey]licensing.Tokens{}
	for key, balance := range sums.Balances {
		totals.Units[usage.LimitationKey(key)] = balance
	}
	for key, tokens := range sums.Allocations {
		totals.Allocations[usage.ActionKey(key)] = tokens
	}
	return totals, nil
}

func (k *keeper) Aggregate(_ context.Context, aggregation usage.Aggregation) (buckets []usage.Bucket, _ error) {
	k.step("sums")
	k.mu.Lock()
	defer k.mu.Unlock()
	at := map[string]int{}
	for _, record := range k.summed {
		key := make([]string, len(aggregation.By))
		for i, by := range aggregation.By {
			key[i] = valueOf(by, record)
		}
		id := fmt.Sprintf("%q", key)
		if _, found := at[id]; !found {
			at[id], buckets = len(buckets), append(buckets, usage.Bucket{Key: key})
		}
		bucket := &buckets[at[id]]
		bucket.Records++
		switch {
		case record.Kind == usage.Refund:
			bucket.Refunded = bucket.Refunded.Add(record.Tokens.Sum())
		case record.MovesUnits():
			bucket.Units = bucket.Units.Add(record.Units.Sum())
		case record.Kind != usage.Denial:
			bucket.Charged = bucket.Charged.Add(record.Tokens.Sum())
		}
	}
	return buckets, nil
}

func valueOf(by usage.Dimension, record usage.Record) string {
	switch by {
	case usage.ByMonth:
		return record.Time.UTC().Format("2006-01") + "-01T00:00:00Z"
	case usage.ByLineItem:
		return record.ActivationID
	case usage.ByRequester:
		return record.RequesterValue
	default:
		return record.Item
	}
}

func (k *keeper) KeptFrom(_ context.Context, query usage.Query) (time.Time, error) {
	k.step("dropped")
	k.mu.Lock()
	defer k.mu.Unlock()
	if !query.From.Before(k.keptFrom) {
		return time.Time{}, nil
	}
	return k.keptFrom, nil
}

// retain drops whole months, with their sums.
func (k *keeper) retain(before time.Time) {
	old := func(record usage.Record) bool { return record.Time.Before(before) }
	k.keptFrom = before
	k.records, k.summed = slices.DeleteFunc(k.records, old), slices.DeleteFunc(k.summed, old)
}

func (k *keeper) Anchor(ctx context.Context) (ledger.Anchor, error) {
	return k.memory.Anchor(ctx, k.id)
}

func (k *keeper) Account(ctx context.Context) (*ledger.Account, error) {
	k.step("account")
	account, _, err := k.memory.LoadAccount(ctx, k.id)
	return account, err
}

func (k *keeper) Shown(context.Context) (map[string]licensing.Tokens, error) { return k.shown, nil }

func (k *keeper) AcceptedDifference(context.Context) (string, error) { return k.accepted, nil }

func (k *keeper) Spilled(context.Context) iter.Seq2[usage.Record, error] {
	k.step("spilled")
	k.mu.Lock()
	waiting := slices.Clone(k.waiting)
	k.mu.Unlock()
	return func(yield func(usage.Record, error) bool) {
		for _, record := range waiting {
			if !yield(record, nil) {
				return
			}
		}
	}
}
