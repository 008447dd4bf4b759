package outbox

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/licensing-operator/licensing-operator/internal/ledger"
	"github.com/licensing-operator/licensing-operator/internal/usage"
)

// commits are transactions of one record each, as many as do not wait for company.
func commits(first int64) (made []*ledger.Transaction) {
	for sequence := first; sequence < first+few; sequence++ {
		made = append(made, commit(sequence)...)
	}
	return made
}

// recordsAtEachList has an account record once more whenever its pages were just listed. It gives the next sequence.
func recordsAtEachList(t *testing.T, b *bench, account ledger.AccountID) *int64 {
	t.Helper()
	next := new(int64(2))
	b.spill.put(t, account.Name, 1)
	b.store.down.Store(true)
	b.look(t)
	b.store.down.Store(false)
	b.spill.listing = func() {
		b.clock.Step(time.Second)
		if err := b.Record(t.Context(), account, commit(*next)); err != nil {
			t.Error(err)
		}
		*next++
	}
	return next
}

func TestAnAccountThatNeverStopsRecordingGoesStraightToTheStoreAgain(t *testing.T) {
	for name, leads := range map[string]bool{"of the leader": true, "of a follower, whose pages the leader moves": false} {
		t.Run(name, func(t *testing.T) {
			b := newBench(t)
			b.options.Leads = func() bool { return leads }
			// The age of records is not what a follower steps in for.
			b.options.Grace = 100 * 365 * 24 * time.Hour
			next := recordsAtEachList(t, b, good)
			for range 10 {
				b.look(t)
			}
			if b.lane(good).spilled.Load() || len(b.spill.of(good)) > 0 {
				t.Errorf("%d pages, and what is recorded becomes pages still", len(b.spill.of(good)))
			}
			if diff := cmp.Diff(numbers(1, *next-1), b.store.sequences(good.Name)); diff != "" {
				t.Errorf("(-want +got)\n%s", diff)
			}
		})
	}
}

// Somebody records without a pause while the store comes back, and until everything goes straight there.
func TestRecordsKeepTheirOrderWhileAnAccountIsHandedOver(t *testing.T) {
	b := newBench(t)
	b.look(t)
	b.store.down.Store(true)
	b.look(t)
	stop, stopped := make(chan struct{}), make(chan int64)
	go func() {
		for first := int64(1); ; first += few {
			if err := b.Record(t.Context(), good, commits(first)); err != nil {
				t.Error(err)
			}
			select {
			case <-stop:
				stopped <- first + few - 1
				return
			default:
			}
		}
	}()
	for len(b.spill.of(good)) <= fewPages {
		time.Sleep(time.Millisecond)
	}
	b.store.down.Store(false)
	for looks := 0; looks == 0 || b.lane(good).spilled.Load(); looks++ {
		if looks > 1000 {
			t.Fatal("it is never handed over")
		}
		b.look(t)
	}
	close(stop)
	last := <-stopped
	if diff := cmp.Diff(numbers(1, last), b.store.sequences(good.Name)); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
}

// failing is a shelf that fails once when it is told to, before it has done what is asked or after.
type failing struct {
	*shelf

	list, load, remove func() error
}

func (f *failing) ListOf(ctx context.Context, account ledger.AccountID) ([]Page, error) {
	if err := f.list(); err != nil {
		return nil, err
	}
	return f.shelf.ListOf(ctx, account)
}

func (f *failing) Load(ctx context.Context, page Page) ([]byte, error) {
	if err := f.load(); err != nil {
		return nil, err
	}
	return f.shelf.Load(ctx, page)
}

func (f *failing) Delete(ctx context.Context, page Page) error {
	if err := f.remove(); err != nil {
		return err
	}
	return f.shelf.Delete(ctx, page)
}

// once fails the first time.
func once(err error) func() error {
	var failed atomic.Bool
	return func() error {
		if failed.Swap(true) {
			return nil
		}
		return err
	}
}

// Wherever it ends, what is on pages stays before what is recorded next. A crash is the same: nothing but pages is kept.
func TestAHandOverThatFailsLeavesTheAccountBehindItsPages(t *testing.T) {
	broken := errors.New("broken")
	refusal := once(broken)
	for name, fail := range map[string]func(*bench, *failing){
		"to list":                      func(_ *bench, f *failing) { f.list = once(broken) },
		"to load":                      func(_ *bench, f *failing) { f.load = once(broken) },
		"because a page was taken":     func(_ *bench, f *failing) { f.load = once(ErrPageGone) },
		"because the store is away":    func(b *bench, _ *failing) { b.store.down.Store(true) },
		"because the store refuses it": func(b *bench, _ *failing) { b.store.refuse = func(usage.Record) bool { return refusal() != nil } },
		"to delete":                    func(_ *bench, f *failing) { f.remove = once(broken) },
	} {
		t.Run(name, func(t *testing.T) {
			b := newBench(t)
			f := &failing{shelf: b.spill, list: once(nil), load: once(nil), remove: once(nil)}
			b.options.Spill = f
			b.spill.put(t, good.Name, 1)
			b.spill.put(t, good.Name, 2)
			b.listedOnce.Do(func() { close(b.listed) })
			b.lane(good).spilled.Store(true)
			fail(b, f)
			if _, err := b.handOver(t.Context(), good, mostTogether); err == nil || !b.lane(good).spilled.Load() {
				t.Errorf("the error is %v, what is recorded becomes pages: %t", err, b.lane(good).spilled.Load())
			}
			b.store.down.Store(false)
			b.clock.Step(time.Minute)
			if err := b.Record(t.Context(), good, commit(3)); err != nil {
				t.Fatal(err)
			}
			for b.lane(good).spilled.Load() {
				b.look(t)
			}
			if err := b.Record(t.Context(), good, commit(4)); err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(numbers(1, 4), b.store.sequences(good.Name)); diff != "" || b.lane(good).spilled.Load() {
				t.Errorf("what is recorded becomes pages: %t; (-want +got)\n%s", b.lane(good).spilled.Load(), diff)
			}
		})
	}
}

func TestNobodysRecordingWaitsUntilManyPagesAreMoved(t *testing.T) {
	for name, put := range map[string]func(*bench){
		"many pages": func(b *bench) {
			for sequence := range int64(fewPages + 1) {
				b.spill.put(t, good.Name, sequence+1)
			}
		},
		"many records": func(b *bench) {
			b.spill.put(t, good.Name, numbers(1, mostTogether)...)
			b.spill.put(t, good.Name, mostTogether+1)
		},
	} {
		t.Run(name, func(t *testing.T) {
			b := newBench(t)
			put(b)
			b.lane(good).spilled.Store(true)
			left, err := b.handOver(t.Context(), good, mostTogether)
			if err != nil || len(left) != len(b.spill.of(good)) || len(b.store.sequences(good.Name)) > 0 || !b.lane(good).spilled.Load() {
				t.Errorf("%d pages are left of %d: %v", len(left), len(b.spill.of(good)), err)
			}
			// They are moved while it records, and then it is handed over.
			if err := b.catchUp(t.Context(), &turns{began: b.clock.Now(), stuck: map[ledger.AccountID]bool{}, atOnce: mostTogether}, good); err != nil {
				t.Fatal(err)
			}
			if len(b.spill.of(good)) > 0 || b.lane(good).spilled.Load() {
				t.Errorf("%d pages are left", len(b.spill.of(good)))
			}
		})
	}
}

func TestAtTheBoundWhatHasFewPagesBeforeItGoesToAStoreThatAnswers(t *testing.T) {
	for _, drop := range []bool{false, true} {
		t.Run(fmt.Sprintf("records are dropped otherwise: %t", drop), func(t *testing.T) {
			b := newBench(t)
			b.options.DropWhenFull = drop
			b.store.down.Store(true)
			b.spill.put(t, good.Name, 1)
			b.spill.put(t, bad.Name, numbers(1, mostTogether)...)
			b.look(t)
			b.sum.maxBytes = b.sum.all.Bytes
			b.clock.Step(time.Minute)
			if err := b.Record(t.Context(), good, commit(2)); errors.Is(err, ledger.ErrRecordFull) == drop {
				t.Errorf("with a store that is down: %v", err)
			}
			lost := b.StateOf(good).Lost
			b.store.down.Store(false)
			b.setUp(nil) // the pages of others have yet to be moved
			if err := b.Record(t.Context(), good, commit(3)); err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff([]int64{1, 3}, b.store.sequences(good.Name)); diff != "" || b.StateOf(good).Lost != lost {
				t.Errorf("%d are lost, %d before; (-want +got)\n%s", b.StateOf(good).Lost, lost, diff)
			}
			if state := b.StateOf(good); state.Waiting.Pages != 0 || state.All.Pages != 1 || b.lane(good).spilled.Load() {
				t.Errorf("the state is %+v", state)
			}
		})
	}
}

func TestAPageThatIsMovedTwiceIsTakenOutOfTheFiguresOnce(t *testing.T) {
	b := newBench(t)
	page := b.spill.put(t, good.Name, 1)
	b.spill.put(t, good.Name, 2)
	b.store.down.Store(true)
	b.look(t)
	for range 2 {
		b.uncount([]loadedPage{{Page: page}})
	}
	if state := b.StateOf(good); state.Waiting.Pages != 1 || state.All.Pages != 1 {
		t.Errorf("the state is %+v", state)
	}
}
