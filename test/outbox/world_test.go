package outbox

import (
	"context"
	"fmt"
	"path/filepath"
	"sync/atomic"
	"testing"
	"time"

	"github.com/go-logr/logr"
	"github.com/google/go-cmp/cmp"
	"k8s.io/utils/clock"

	"github.com/licensing-operator/licensing-operator/internal/ledger"
	"github.com/licensing-operator/licensing-operator/internal/licensing"
	"github.com/licensing-operator/licensing-operator/internal/usage"
	"github.com/licensing-operator/licensing-operator/internal/usage/outbox"
	"github.com/licensing-operator/licensing-operator/internal/usage/sqlstore"
)

// store is a real one with a switch.
type store struct {
	usage.Store
	// off has it say that it is not available, stuck has it say nothing.
	off, stuck atomic.Bool
	// refuse tells what it cannot take; before is called before each append.
	refuse func(usage.Record) bool
	// breaks tells on which record it fails as if it were not there.
	breaks func(usage.Record) bool
	before func([]usage.Record)
}

func (s *store) Append(ctx context.Context, records []usage.Record) error {
	if s.before != nil {
		s.before(records)
	}
	if err := s.answer(ctx); err != nil {
		return err
	}
	for _, record := range records {
		if s.breaks != nil && s.breaks(record) {
			return fmt.Errorf("%w: out of order", usage.ErrUnavailable)
		}
		if s.refuse != nil && s.refuse(record) {
			return fmt.Errorf("record %s: %w", record.ID, usage.ErrConflict)
		}
	}
	return s.Store.Append(ctx, records)
}

func (s *store) Ping(ctx context.Context) error {
	if err := s.answer(ctx); err != nil {
		return err
	}
	return s.Store.Ping(ctx)
}

func (s *store) answer(ctx context.Context) error {
	if s.stuck.Load() {
		<-ctx.Done()
		return ctx.Err()
	}
	if s.off.Load() {
		return fmt.Errorf("%w: switched off", usage.ErrUnavailable)
	}
	return nil
}

func openStore(t *testing.T) *store {
	t.Helper()
	opened, err := sqlstore.OpenSQLite(t.Context(), filepath.Join(t.TempDir(), "usage.db"), sqlstore.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = opened.Close() })
	return &store{Store: opened}
}

// newAccount is one that no other test uses.
func newAccount(t *testing.T) ledger.AccountID {
	t.Helper()
	return ledger.AccountID{Namespace: "example-producer", Name: fmt.Sprintf("i%d", accounts.Add(1))}
}

var accounts atomic.Int64

func options(s usage.Store) outbox.Options {
	return outbox.Options{
		Store: s, Spill: spill, Clock: clock.RealClock{}, Log: logr.Discard(),
		Interval: 50 * time.Millisecond, IdleInterval: 100 * time.Millisecond, Patience: 500 * time.Millisecond, Retry: 200 * time.Millisecond,
	}
}

// start has an outbox run until the test ends, or until the function is called.
func start(t *testing.T, o outbox.Options) (*outbox.Outbox, func()) {
	t.Helper()
	box := outbox.New(o)
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() { defer close(done); _ = box.Start(ctx) }()
	stop := func() { cancel(); <-done; box.Close() }
	t.Cleanup(stop)
	return box, stop
}

// transactions are charges of one token each, with these sequence numbers.
func transactions(account ledger.AccountID, first, last int) (made []*ledger.Transaction) {
	for sequence := first; sequence <= last; sequence++ {
		made = append(made, &ledger.Transaction{
			ID: fmt.Sprintf("%s-%d", account.Name, sequence), Sequence: int64(sequence), Cause: licensing.CauseAccess,
			Time:      time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC).Add(time.Duration(sequence) * time.Millisecond),
			Requester: licensing.Requester{Type: "user", Value: "LisaBarry"},
			Entries: []licensing.Entry{{
				Kind: licensing.EntryCharge, Item: "PhotoPrint", Count: 1_000_000, Rate: 1_000_000, RateTable: "prices-1",
				ActivationID: "ACT01-Elastic", Tokens: 1_000_000,
			}},
		})
	}
	return made
}

func record(t *testing.T, box *outbox.Outbox, account ledger.AccountID, first, last int) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	if err := box.Record(ctx, account, transactions(account, first, last)); err != nil {
		t.Fatal(err)
	}
}

// stored are the sequences of an account's records, in the order of the store.
func stored(t *testing.T, s usage.Store, account ledger.AccountID) (sequences []int) {
	t.Helper()
	query := usage.Query{Namespace: account.Namespace, Instances: []string{account.Name}}
	for record, err := range s.Records(t.Context(), query) {
		if err != nil {
			t.Fatal(err)
		}
		sequences = append(sequences, int(record.Sequence))
	}
	return sequences
}

func pagesOf(t *testing.T, account ledger.AccountID) (pages []outbox.Page) {
	t.Helper()
	all, err := spill.List(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, page := range all {
		if page.Account == account {
			pages = append(pages, page)
		}
	}
	return pages
}

func upTo(last int) (sequences []int) {
	for sequence := range last {
		sequences = append(sequences, sequence+1)
	}
	return sequences
}

// wantStored waits until the store has exactly the first so many, in order, and no page is left.
func wantStored(t *testing.T, s *store, account ledger.AccountID, last int) {
	t.Helper()
	eventually(t, func() error {
		if pages := pagesOf(t, account); len(pages) > 0 {
			return fmt.Errorf("%d pages of %s are left", len(pages), account)
		}
		return nil
	})
	if diff := cmp.Diff(upTo(last), stored(t, s.Store, account)); diff != "" {
		t.Errorf("records of %s in the store (-want +got)\n%s", account, diff)
	}
}

func eventually(t *testing.T, check func() error) {
	t.Helper()
	var err error
	for deadline := time.Now().Add(2 * time.Minute); time.Now().Before(deadline); time.Sleep(20 * time.Millisecond) {
		if err = check(); err == nil {
			return
		}
	}
	t.Fatal(err)
}
