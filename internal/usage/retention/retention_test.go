package retention

import (
	"context"
	"errors"
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

// retained is a store that is told only what to drop.
type retained struct {
	usage.Store

	before time.Time
}

func (r *retained) Retain(_ context.Context, before time.Time) error {
	r.before = before
	return nil
}

func TestWhatIsYetToBeSentIsKeptAsLongAgainAndNoLonger(t *testing.T) {
	at := func(month time.Month, day int) time.Time { return time.Date(2026, month, day, 0, 0, 0, 0, time.UTC) }
	const keep = 60 * 24 * time.Hour
	for _, test := range []struct {
		name                 string
		before, unsent, want time.Time
	}{
		{"everything was sent", at(5, 1), time.Time{}, at(5, 1)},
		{"what is to be dropped was sent", at(5, 1), at(5, 2), at(5, 1)},
		{"what is to be dropped was not sent", at(5, 1), at(4, 3), at(4, 3)},
		{"nothing was sent for too long", at(5, 1), at(1, 3), at(5, 1).Add(-keep)},
	} {
		store := &retained{}
		keeper := &Keeper{
			Store: store, Retention: keep, Clock: clocktesting.NewFakeClock(test.before.Add(keep)), Log: testr.New(t),
			Unsent: func(context.Context) (time.Time, error) { return test.unsent, nil },
		}
		if err := keeper.drop(t.Context()); err != nil || !store.before.Equal(test.want) {
			t.Errorf("%s: what was before %s is dropped, want %s; %v", test.name, store.before, test.want, err)
		}
	}
}

func TestNothingIsDroppedWhileNobodyKnowsWhatWasSent(t *testing.T) {
	keeper := &Keeper{
		Retention: time.Hour, Clock: clocktesting.NewFakeClock(time.Date(2026, 5, 1, 0, 0, 0, 0, time.UTC)), Log: testr.New(t),
		Unsent: func(context.Context) (time.Time, error) {
			return time.Time{}, errors.New("the API server does not answer")
		},
	}
	if err := keeper.drop(t.Context()); err == nil { // a store that is asked would panic
		t.Error("there is no error")
	}
}
