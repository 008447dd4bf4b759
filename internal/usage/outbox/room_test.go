package outbox

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/licensing-operator/licensing-operator/internal/ledger"
	"github.com/licensing-operator/licensing-operator/internal/usage"
)

// filled is a bench of which a refused account has taken all that it may, of a bound of so many pages.
func filled(t *testing.T, pages int64) *bench {
	t.Helper()
	b := newBench(t)
	b.options.Leads = func() bool { return false } // so that they are not merged
	b.store.refuse = func(record usage.Record) bool { return record.Instance == bad.Name }
	b.sum.maxBytes = pages * b.spill.put(t, bad.Name, 1).Bytes
	b.look(t)
	for sequence := int64(2); ; sequence++ {
		b.clock.Step(time.Second)
		err := b.Record(t.Context(), bad, commit(sequence))
		if errors.Is(err, ledger.ErrRecordFull) {
			if !strings.Contains(err.Error(), usage.ErrConflict.Error()) {
				t.Errorf("it does not say why: %v", err)
			}
			return b
		}
		if err != nil || sequence > 2*pages {
			t.Fatalf("after %d records: %v", sequence, err)
		}
	}
}

func TestAnAccountThatTheStoreRefusesLeavesHalfOfTheRoomToOthers(t *testing.T) {
	b := filled(t, 100)
	state := b.StateOf(bad)
	if !state.Full || !b.Pressed(bad) || !state.NearlyFull() || state.All.Bytes > state.MaxBytes/2 || state.All.Bytes < state.MaxBytes*45/100 {
		t.Errorf("pressed %t, the state is %+v", b.Pressed(bad), state)
	}
	// Others go straight to the store, and do not notice.
	if state := b.StateOf(good); state.Full || b.Pressed(good) {
		t.Errorf("pressed %t, the state is %+v", b.Pressed(good), state)
	}
	if err := b.Record(t.Context(), good, commit(1)); err != nil {
		t.Fatal(err)
	}
	// The rest is theirs when it does not answer.
	b.store.down.Store(true)
	b.setUp(usage.ErrUnavailable)
	sequence := int64(2)
	for ; ; sequence++ {
		b.clock.Step(time.Second)
		pressed := b.Pressed(good)
		if waiting := b.StateOf(good).Waiting.Bytes; pressed != (waiting >= (state.MaxBytes-state.All.Bytes)/2) {
			t.Errorf("pressed is %t when %d bytes wait", pressed, waiting)
		}
		if err := b.Record(t.Context(), good, commit(sequence)); err != nil {
			if !errors.Is(err, ledger.ErrRecordFull) || !strings.Contains(err.Error(), usage.ErrUnavailable.Error()) {
				t.Fatal(err)
			}
			break
		}
	}
	if pages := len(b.spill.of(good)); pages < 45 || !b.StateOf(good).Full {
		t.Errorf("there is room for %d pages, the state is %+v", pages, b.StateOf(good))
	}
	b.store.down.Store(false)
	b.setUp(nil)
	b.look(t)
	b.look(t)
	if diff := cmp.Diff(numbers(1, sequence-1), b.store.sequences(good.Name)); diff != "" || b.StateOf(good).Full || b.Pressed(good) {
		t.Errorf("the state is %+v; (-want +got)\n%s", b.StateOf(good), diff)
	}
}

func TestAnAccountThatTheStoreTakesAgainHasAllTheRoom(t *testing.T) {
	b := filled(t, 20)
	b.store.refuse = nil
	b.look(t)
	b.clock.Step(b.options.Retry)
	b.look(t) // the first page is tried again
	b.store.down.Store(true)
	b.setUp(usage.ErrUnavailable)
	if state := b.StateOf(bad); state.Full || state.Refused != "" || state.RefusedBytes != 0 {
		t.Errorf("the state is %+v", state)
	}
	for sequence := range int64(8) {
		b.clock.Step(time.Second)
		if err := b.Record(t.Context(), bad, commit(100+sequence)); err != nil {
			t.Fatal(err)
		}
	}
	if state := b.StateOf(bad); state.All.Bytes <= state.MaxBytes*refusedShare/100 {
		t.Errorf("the state is %+v", state)
	}
}

// What refused accounts take is counted at each list, and between lists as well.
func TestWhatRefusedAccountsTakeIsWhatTheirPagesTake(t *testing.T) {
	b := filled(t, 20)
	taken := b.StateOf(bad).RefusedBytes
	if waiting := b.StateOf(bad).Waiting.Bytes; taken != waiting {
		t.Errorf("pages of refused accounts take %d bytes, want %d", taken, waiting)
	}
	b.look(t)
	if again := b.StateOf(bad).RefusedBytes; again != taken {
		t.Errorf("after a list they take %d bytes, want %d", again, taken)
	}
	page := b.spill.of(bad)[0]
	b.uncount([]loadedPage{{Page: page}})
	if less := b.StateOf(bad).RefusedBytes; less != taken-page.Bytes {
		t.Errorf("without a page of %d bytes they take %d of %d", page.Bytes, less, taken)
	}
	b.setRefused(good, usage.ErrConflict)
	b.setRefused(bad, nil)
	if none := b.StateOf(bad).RefusedBytes; none != 0 {
		t.Errorf("they take %d bytes when the account is not refused any more", none)
	}
}
