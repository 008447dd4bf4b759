package outbox

import (
	"errors"
	"fmt"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/licensing-operator/licensing-operator/internal/ledger"
	"github.com/licensing-operator/licensing-operator/internal/usage"
)

// refusals hears of how many accounts the store does not take the records.
type refusals struct {
	Unobserved

	accounts atomic.Int64
}

func (r *refusals) Refused(accounts int) { r.accounts.Store(int64(accounts)) }

// list has the pages listed, and none moved.
func (b *bench) list(t *testing.T) {
	t.Helper()
	made := b.listing()
	pages, err := b.spill.List(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	b.listedNow(pages, made)
	b.listedOnce.Do(func() { close(b.listed) })
}

// crowded is a bench of which others' pages take all the room, with a store that answers and does not take those of bad.
func crowded(t *testing.T, drop bool) (*bench, *refusals) {
	t.Helper()
	b, heard := newBench(t), &refusals{}
	b.options.DropWhenFull, b.options.Observer = drop, heard
	b.spill.put(t, good.Name, numbers(1, mostTogether)...)
	b.list(t)
	b.sum.maxBytes = b.sum.all.Bytes
	b.store.refuse = func(record usage.Record) bool { return record.Instance == bad.Name }
	return b, heard
}

func TestAnAccountThatIsRefusedWhileOthersTakeAllTheRoomSaysSoUntilThereIsRoom(t *testing.T) {
	for _, drop := range []bool{false, true} {
		t.Run(fmt.Sprintf("records are dropped: %t", drop), func(t *testing.T) {
			b, heard := crowded(t, drop)
			told := 0
			b.Notify(func(id ledger.AccountID) {
				if id == bad {
					told++
				}
			})
			for range 3 { // the ledger asks again, and pages are listed
				err := b.Record(t.Context(), bad, commit(1))
				if errors.Is(err, ledger.ErrRecordFull) == drop || !drop && !strings.Contains(err.Error(), usage.ErrConflict.Error()) {
					t.Errorf("the error is %v", err)
				}
				b.list(t)
				if state := b.StateOf(bad); !state.Full || state.Refused != usage.ErrConflict.Error() || !b.Pressed(bad) || heard.accounts.Load() != 1 {
					t.Errorf("pressed %t, %d accounts are refused, the state is %+v", b.Pressed(bad), heard.accounts.Load(), state)
				}
			}
			if !drop && told != 1 {
				t.Errorf("its state changed %d times", told)
			}
			// What the others have is moved, and so it ends.
			b.look(t)
			b.look(t)
			if state := b.StateOf(bad); state.Full || state.Refused != "" || heard.accounts.Load() != 0 || told < 2 {
				t.Errorf("told %d times, %d accounts are refused, with room the state is %+v", told, heard.accounts.Load(), state)
			}
			if err := b.Record(t.Context(), bad, commit(2)); err != nil {
				t.Fatal(err)
			}
			b.look(t)
			if state := b.StateOf(bad); state.Full || state.Refused == "" || state.Waiting.Records != 1 {
				t.Errorf("with a page the state is %+v", state)
			}
		})
	}
}

func TestAnAccountThatTheStoreTakesAgainWithoutAPageIsNotRefusedAnyMore(t *testing.T) {
	b, heard := crowded(t, false)
	if err := b.Record(t.Context(), bad, commit(1)); !errors.Is(err, ledger.ErrRecordFull) {
		t.Fatalf("the error is %v", err)
	}
	b.store.refuse = nil
	if err := b.Record(t.Context(), bad, commit(1)); err != nil {
		t.Fatal(err)
	}
	if state := b.StateOf(bad); state.Full || state.Refused != "" || heard.accounts.Load() != 0 {
		t.Errorf("%d accounts are refused, the state is %+v", heard.accounts.Load(), state)
	}
	if diff := cmp.Diff([]int64{1}, b.store.sequences(bad.Name)); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
}
