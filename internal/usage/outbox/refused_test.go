package outbox

import (
	"testing"
	"time"

	"github.com/go-logr/logr"
	"github.com/google/go-cmp/cmp"
	clocktesting "k8s.io/utils/clock/testing"

	"github.com/licensing-operator/licensing-operator/internal/ledger"
	"github.com/licensing-operator/licensing-operator/internal/usage"
)

// bench is an outbox whose pages are looked after when the test says so.
type bench struct {
	*Outbox

	spill *shelf
	store *memory
	clock *clocktesting.FakeClock
}

func newBench(t *testing.T) *bench {
	t.Helper()
	b := &bench{spill: newShelf(), store: newMemory(), clock: clocktesting.NewFakeClock(time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC))}
	b.Outbox = New(Options{Store: b.store, Spill: b.spill, Clock: b.clock, Log: logr.Discard()})
	t.Cleanup(b.Close)
	return b
}

func (b *bench) look(t *testing.T) (again bool) {
	t.Helper()
	again, err := b.tend(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return again
}

var (
	bad  = ledger.AccountID{Namespace: "shop", Name: "bad"}
	good = ledger.AccountID{Namespace: "shop", Name: "good"}
)

func numbers(first, last int64) (sequences []int64) {
	for sequence := first; sequence <= last; sequence++ {
		sequences = append(sequences, sequence)
	}
	return sequences
}

// refusing is a bench with many pages of an account of which the store refuses the second.
func refusing(t *testing.T) *bench {
	t.Helper()
	b := newBench(t)
	b.store.refuse = func(record usage.Record) bool { return record.Instance == bad.Name && record.Sequence == 2 }
	for sequence := range int64(300) {
		b.spill.put(t, bad.Name, sequence+1)
	}
	return b
}

func TestHoweverManyPagesOfARefusedAccountThereAreTheyAreNotReadToMoveThoseOfOthers(t *testing.T) {
	b := refusing(t)
	b.options.Leads = func() bool { return false } // so that they are not merged
	b.look(t)                                      // it is refused for the first time
	read, tried := b.spill.loads[bad], b.store.tried[bad.Name]
	for round := range int64(5) {
		b.spill.put(t, good.Name, round+1)
		b.look(t)
		if diff := cmp.Diff(numbers(1, round+1), b.store.sequences(good.Name)); diff != "" {
			t.Fatalf("others' records (-want +got)\n%s", diff)
		}
	}
	if more, again := b.spill.loads[bad]-read, b.store.tried[bad.Name]-tried; more > 0 || again > 0 {
		t.Errorf("%d pages were read and %d appends tried of an account that was refused a moment ago", more, again)
	}
	b.clock.Step(b.options.Retry)
	b.look(t)
	if more := b.spill.loads[bad] - read; more != 1 {
		t.Errorf("%d pages of the refused account were read to try it again", more)
	}
	if pages := len(b.spill.of(bad)); pages != 299 {
		t.Errorf("there are %d pages of the refused account, want all 299", pages)
	}
}

func TestAnAccountOfWhichAPageIsRefusedIsReadNoFurther(t *testing.T) {
	b := newBench(t)
	b.store.refuse = func(record usage.Record) bool { return record.Instance == bad.Name }
	most := numbers(1, mostTogether)
	for page := range int64(4) { // each is as much as is moved together
		for i := range most {
			most[i] = page*mostTogether + int64(i) + 1
		}
		b.spill.put(t, bad.Name, most...)
	}
	b.look(t)
	if read := b.spill.loads[bad]; read != 1 {
		t.Errorf("%d pages were read, want the one that is refused", read)
	}
}

func TestPagesOfARefusedAccountAreMergedWhileTheStoreTakesThoseOfOthers(t *testing.T) {
	b := refusing(t)
	b.spill.put(t, good.Name, 1)
	for b.look(t) {
		continue
	}
	pages := b.spill.of(bad)
	if len(pages) != 2 || pages[0].Records != 1 || pages[1].Records != 298 {
		t.Errorf("there are %d pages, want the refused one and the one of all behind it", len(pages))
	}
	if state := b.StateOf(bad); state.Refused == "" || state.Down != "" {
		t.Errorf("the state is %+v", state)
	}
	b.store.refuse = nil
	b.clock.Step(b.options.Retry)
	for b.look(t) {
		continue
	}
	if diff := cmp.Diff(numbers(1, 300), b.store.sequences(bad.Name)); diff != "" || len(b.spill.of(bad)) > 0 {
		t.Errorf("%d pages are left; records (-want +got)\n%s", len(b.spill.of(bad)), diff)
	}
	if state := b.StateOf(bad); state.Refused != "" {
		t.Errorf("the state is %+v", state)
	}
}

func TestPagesAreMergedAroundOneThatCannotBeRead(t *testing.T) {
	b := refusing(t)
	b.look(t)
	altered := b.spill.of(bad)[100]
	b.spill.contents[altered.Hash] = []byte("altered")
	for b.look(t) {
		continue
	}
	var got []int
	for _, page := range b.spill.of(bad) {
		got = append(got, page.Records)
	}
	if diff := cmp.Diff([]int{1, 99, 1, 198}, got); diff != "" {
		t.Errorf("records of pages (-want +got)\n%s", diff)
	}
	read := b.spill.loads[bad]
	b.look(t)
	if more := b.spill.loads[bad] - read; more > 0 {
		t.Errorf("%d pages are read in vain again and again", more)
	}
}
