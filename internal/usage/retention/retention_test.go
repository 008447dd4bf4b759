package retention

import (
	"context"
	"fmt"
	"path/filepath"
	"testing"
	"time"

	"github.com/go-logr/logr/testr"
	clocktesting "k8s.io/utils/clock/testing"

	"github.com/licensing-operator/licensing-operator/internal/usage"
	"github.com/licensing-operator/licensing-operator/internal/usage/sqlstore"
)

func TestMonthsThatAreOverForLongEnoughAreDropped(t *testing.T) {
	store, err := sqlstore.OpenSQLite(t.Context(), filepath.Join(t.TempDir(), "usage.db"), sqlstore.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = store.Close() })
	var records []usage.Record
	for month := time.January; month <= time.March; month++ {
		records = append(records, usage.Record{
			ID: fmt.Sprintf("t-%d/0", month), TransactionID: fmt.Sprintf("t-%d", month), Sequence: int64(month), Kind: usage.Charge, Reason: "Access",
			Time: time.Date(2026, month, 10, 0, 0, 0, 0, time.UTC), Namespace: "shop", Instance: "acme", ActivationID: "ACT01", Tokens: 1,
		})
	}
	if err := store.Append(t.Context(), records); err != nil {
		t.Fatal(err)
	}
	clock := clocktesting.NewFakeClock(time.Date(2026, 3, 15, 0, 0, 0, 0, time.UTC))
	leads := make(chan bool)
	keeper := &Keeper{Store: store, Retention: 31 * 24 * time.Hour, Leads: func() bool { return <-leads }, Clock: clock, Log: testr.New(t)}
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- keeper.Start(ctx) }()
	// What a turn did is seen at the beginning of the next one.
	for _, turn := range []struct {
		leads bool
		want  int
	}{{false, 3}, {true, 3}, {false, 2}} {
		for !clock.HasWaiters() {
			time.Sleep(time.Millisecond)
		}
		clock.Step(interval)
		leads <- turn.leads
		if turn.leads {
			continue
		}
		if got := count(t, store); got != turn.want {
			t.Errorf("%d records are left, want %d", got, turn.want)
		}
	}
	cancel()
	if err := <-done; err != nil {
		t.Error(err)
	}
}

func count(t *testing.T, store usage.Store) (records int) {
	t.Helper()
	for _, err := range store.Records(t.Context(), usage.Query{}) {
		if err != nil {
			t.Fatal(err)
		}
		records++
	}
	return records
}
