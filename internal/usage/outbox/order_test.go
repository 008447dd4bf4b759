package outbox

import (
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/licensing-operator/licensing-operator/internal/ledger"
	"github.com/licensing-operator/licensing-operator/internal/licensing"
)

// commit is a transaction of one record.
func commit(sequence int64) []*ledger.Transaction {
	return []*ledger.Transaction{{
		ID: fmt.Sprintf("t-%d", sequence), Sequence: sequence, Cause: licensing.CauseAccess, Time: time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC),
		Entries: []licensing.Entry{{Kind: licensing.EntryCharge, Item: "PhotoPrint", Count: 1_000_000, Rate: 1_000_000, Tokens: 1_000_000}},
	}}
}

func TestAPageThatIsBeingMadeWhilePagesAreListedIsNotOvertaken(t *testing.T) {
	b := newBench(t)
	b.look(t)
	b.store.down.Store(true)
	b.look(t)
	creating, create, listed := make(chan struct{}), make(chan struct{}), make(chan struct{})
	b.spill.creating = func() { close(creating); <-create }
	b.spill.listing = func() { close(listed) }
	recorded, looked := make(chan error, 1), make(chan error, 1)
	go func() { recorded <- b.Record(t.Context(), good, commit(1)) }()
	<-creating
	b.store.down.Store(false)
	go func() {
		_, err := b.tend(t.Context())
		looked <- err
	}()
	<-listed // without the page
	close(create)
	for _, done := range []chan error{recorded, looked} {
		if err := <-done; err != nil {
			t.Fatal(err)
		}
	}
	b.spill.creating, b.spill.listing = nil, nil
	b.clock.Step(time.Minute) // nobody waits for company
	if err := b.Record(t.Context(), good, commit(2)); err != nil {
		t.Fatal(err)
	}
	for b.Outbox.busy() {
		b.look(t)
	}
	if diff := cmp.Diff(numbers(1, 2), b.store.sequences(good.Name)); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
}

func TestAPageThatIsListedBeforeItIsCountedIsCountedOnce(t *testing.T) {
	b := newBench(t)
	b.look(t)
	b.store.down.Store(true)
	b.look(t)
	b.spill.created = func() { b.look(t) }
	if err := b.Record(t.Context(), good, commit(1)); err != nil {
		t.Fatal(err)
	}
	if state := b.StateOf(good); state.Waiting.Pages != 1 || state.All.Pages != 1 {
		t.Errorf("the state is %+v", state)
	}
}

func TestWhatIsBehindAPageThatSomebodyElseHasTakenWaitsForTheNextList(t *testing.T) {
	b := newBench(t)
	var pages []Page
	for sequence := range int64(4) {
		pages = append(pages, b.spill.put(t, good.Name, sequence+1))
	}
	// Another replica merges the first pages when they are listed here.
	b.spill.listing = func() {
		b.spill.listing = nil
		b.spill.put(t, good.Name, 1, 2)
		for _, page := range pages[:2] {
			if err := b.spill.Delete(t.Context(), page); err != nil {
				t.Error(err)
			}
		}
	}
	for range 3 {
		b.look(t)
	}
	if diff := cmp.Diff(numbers(1, 4), b.store.sequences(good.Name)); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
}

func TestFollowersGoByTheAgeOfRecordsAndNotOfPages(t *testing.T) {
	b := newBench(t)
	b.options.Leads = func() bool { return false }
	now := b.clock.Now()
	// A leader without a store merges this account's pages, so that they never are old.
	merged := Page{Account: bad, Oldest: now.Add(-time.Hour), Name: "merged"}
	fresh := Page{Account: good, Oldest: now.Add(-time.Second), Name: "fresh"}
	if diff := cmp.Diff([]Page{merged}, b.due([]Page{merged, fresh})); diff != "" {
		t.Errorf("due (-want +got)\n%s", diff)
	}
}
