package outbox

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/licensing-operator/licensing-operator/internal/ledger"
	"github.com/licensing-operator/licensing-operator/internal/usage"
)

// A backlog may take an hour. Meanwhile the store is there for everybody else, and what is moved makes room.
func TestWhatIsMovedMakesRoomAtOnce(t *testing.T) {
	b := newBench(t)
	b.spill.put(t, "a", numbers(1, mostTogether)...)
	b.spill.put(t, "b", numbers(1, mostTogether)...)
	b.setUp(usage.ErrUnavailable)
	seen := false
	b.store.refuse = func(record usage.Record) bool {
		switch {
		case record.Instance == "a" && record.Sequence == 1:
			b.mu.Lock()
			b.sum.maxBytes = b.sum.all.Bytes
			b.mu.Unlock()
			if err := b.reserve(good, 1); err == nil {
				t.Error("there is room before anything was moved")
			}
		case record.Instance == "b" && record.Sequence == 1:
			seen = true
			if state := b.StateOf(good); state.Full || state.Down != "" || state.All.Pages != 1 || state.All.Records != mostTogether || b.down.Load() {
				t.Errorf("after the first page the state is %+v", state)
			}
			if err := b.reserve(good, 1); err != nil {
				t.Error(err)
			}
		}
		return false
	}
	b.look(t)
	if state := b.StateOf(good); !seen || state.All != (Figures{}) {
		t.Errorf("seen %t, in the end %+v", seen, state)
	}
}

// slow is a bench with a large page of each of four accounts, of which two are a turn. It notes whose pages were moved.
func slow(t *testing.T) (b *bench, order *[]string) {
	t.Helper()
	b, order = newBench(t), new([]string)
	b.store.refuse = func(record usage.Record) bool {
		if record.Sequence%mostTogether == 1 {
			*order = append(*order, record.Instance)
			b.clock.Step(turn/2 + time.Second)
		}
		return false
	}
	for _, account := range []string{"a", "b", "c", "d"} {
		b.spill.put(t, account, numbers(1, mostTogether)...)
	}
	return b, order
}

// When the store fails now and then each account goes by itself, and none is left out either.
func TestATurnAfterAFailureGoesOnToo(t *testing.T) {
	b, order := slow(t)
	b.failed = &ledger.AccountID{Namespace: "shop", Name: "a"}
	b.look(t)
	b.spill.put(t, "b", numbers(mostTogether+1, 2*mostTogether)...)
	b.look(t)
	if diff := cmp.Diff([]string{"b", "c", "d", "a"}, *order); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
}

// After a turn pages are listed again, and the next turn begins with those who have not had theirs.
func TestTheNextTurnBeginsBehindTheLast(t *testing.T) {
	b, order := slow(t)
	if again := b.look(t); !again {
		t.Error("the first turn does not want another")
	}
	if diff := cmp.Diff([]string{"a", "b"}, *order); diff != "" {
		t.Errorf("the first turn (-want +got)\n%s", diff)
	}
	b.spill.put(t, "a", numbers(mostTogether+1, 2*mostTogether)...)
	b.look(t)
	b.look(t)
	if diff := cmp.Diff([]string{"a", "b", "c", "d", "a"}, *order); diff != "" {
		t.Errorf("all turns (-want +got)\n%s", diff)
	}
}
