package outbox

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/licensing-operator/licensing-operator/internal/kubestore"
	"github.com/licensing-operator/licensing-operator/internal/ledger"
	"github.com/licensing-operator/licensing-operator/internal/usage"
	"github.com/licensing-operator/licensing-operator/internal/usage/outbox"
)

func TestWithAStoreThatAnswersThereAreNoPages(t *testing.T) {
	s, account := openStore(t), newAccount(t)
	pages := 0
	s.before = func([]usage.Record) { pages += len(pagesOf(t, account)) }
	patient := options(s)
	patient.Patience = time.Minute
	box, _ := start(t, patient)
	for n := range 20 {
		record(t, box, account, n+1, n+1)
	}
	wantStored(t, s, account, 20)
	if pages > 0 {
		t.Errorf("%d pages were made", pages)
	}
}

func TestAStoreThatIsDownForAWhileCostsNothingButItsRecordsWait(t *testing.T) {
	s := openStore(t)
	box, _ := start(t, options(s))
	ids := []ledger.AccountID{newAccount(t), newAccount(t), newAccount(t)}
	var everybody sync.WaitGroup
	for _, account := range ids {
		everybody.Go(func() {
			for n := range 60 {
				record(t, box, account, 2*n+1, 2*n+2)
				switch n {
				case 10:
					s.off.Store(true)
				case 45:
					s.off.Store(false)
				}
			}
		})
	}
	everybody.Wait()
	for _, account := range ids {
		wantStored(t, s, account, 120)
	}
}

func TestAStoreThatDoesNotAnswerIsNotWaitedFor(t *testing.T) {
	s, account := openStore(t), newAccount(t)
	var asked atomic.Int64
	s.before = func([]usage.Record) { asked.Add(1) }
	box, _ := start(t, options(s))
	s.stuck.Store(true)
	record(t, box, account, 1, 1)
	record(t, box, account, 2, 2)
	if times := asked.Load(); times != 1 {
		t.Errorf("the store was asked %d times although it was known by then", times)
	}
	if pages := pagesOf(t, account); len(pages) != 2 {
		t.Errorf("there are %d pages, want 2", len(pages))
	}
	if state := box.StateOf(account); state.Waiting.Records != 2 || state.Down == "" {
		t.Errorf("the state is %+v", state)
	}
	s.stuck.Store(false)
	wantStored(t, s, account, 2)
	eventually(t, func() error {
		if state := box.StateOf(account); state.Waiting.Records != 0 || state.All.Bytes != 0 || state.Down != "" {
			return fmt.Errorf("the state is %+v", state)
		}
		return nil
	})
}

func TestAPageIsDeletedOnlyWhenTheStoreHasIt(t *testing.T) {
	s, account := openStore(t), newAccount(t)
	s.off.Store(true)
	var mu sync.Mutex
	seen := 0
	s.before = func(records []usage.Record) {
		if records[0].Instance != account.Name || s.off.Load() {
			return
		}
		mu.Lock()
		defer mu.Unlock()
		seen++
		held := map[int64]bool{}
		for _, page := range pagesOf(t, account) {
			for sequence := page.First; sequence <= page.Last; sequence++ {
				held[sequence] = true
			}
		}
		for _, record := range records {
			if !held[record.Sequence] {
				t.Errorf("record %s is in no page, and not in the store", record.ID)
			}
		}
	}
	box, _ := start(t, options(s))
	for n := range 5 {
		record(t, box, account, n+1, n+1)
	}
	s.off.Store(false)
	wantStored(t, s, account, 5)
	if seen == 0 {
		t.Error("no append was seen")
	}
}

func TestWhereThereIsNoRoomRecordsAreNotAcknowledged(t *testing.T) {
	s, account, idle := openStore(t), newAccount(t), newAccount(t)
	s.off.Store(true)
	o := options(s)
	o.MaxBytes = 12 << 10
	box, _ := start(t, o)
	n, err := 0, error(nil)
	for ; err == nil && n < 100; n++ {
		err = box.Record(t.Context(), account, transactions(account, n+1, n+1))
	}
	if !errors.Is(err, ledger.ErrRecordFull) {
		t.Fatalf("after %d records: %v", n, err)
	}
	if state := box.StateOf(idle); !state.Full || state.Continues || !box.Pressed(idle) {
		t.Errorf("the state is %+v", state)
	}
	s.off.Store(false)
	// The ledger asks again until it is done.
	eventually(t, func() error { return box.Record(t.Context(), account, transactions(account, n, n)) })
	wantStored(t, s, account, n)
	if state := box.StateOf(account); state.Full || state.Lost != 0 {
		t.Errorf("the state is %+v", state)
	}
}

func TestWhereThatIsWantedRecordsAreLostRatherThanChargingStopped(t *testing.T) {
	s, account := openStore(t), newAccount(t)
	s.off.Store(true)
	o := options(s)
	o.MaxBytes, o.DropWhenFull = 12<<10, true
	lost := &losses{}
	o.Observer = lost
	box, _ := start(t, o)
	for n := range 30 {
		record(t, box, account, n+1, n+1)
	}
	state := box.StateOf(account)
	if !state.Full || !state.Continues || state.Lost == 0 || state.Lost != int64(lost.count) {
		t.Errorf("the state is %+v, %d were counted", state, lost.count)
	}
	s.off.Store(false)
	eventually(t, func() error {
		if got := len(stored(t, s.Store, account)); got != 30-lost.count {
			return fmt.Errorf("%d are stored, %d were lost, of 30", got, lost.count)
		}
		return nil
	})
}

type losses struct {
	outbox.Unobserved
	count int
}

func (l *losses) Lost(records []usage.Record) { l.count += len(records) }

func TestOneAccountThatTheStoreRefusesHoldsUpNobodyElse(t *testing.T) {
	s, bad, good := openStore(t), newAccount(t), newAccount(t)
	refusing := true
	var mu sync.Mutex
	s.refuse = func(record usage.Record) bool {
		mu.Lock()
		defer mu.Unlock()
		return refusing && record.Instance == bad.Name && record.Sequence == 3
	}
	s.off.Store(true)
	box, _ := start(t, options(s))
	for n := range 6 {
		record(t, box, bad, n+1, n+1)
		record(t, box, good, n+1, n+1)
	}
	s.off.Store(false)
	wantStored(t, s, good, 6)
	eventually(t, func() error {
		if state := box.StateOf(bad); state.Refused == "" || state.Down != "" || state.Waiting.Records != 4 {
			return fmt.Errorf("the state is %+v", state)
		}
		return nil
	})
	record(t, box, bad, 7, 7) // goes on, behind the others
	mu.Lock()
	refusing = false
	mu.Unlock()
	wantStored(t, s, bad, 7)
	eventually(t, func() error {
		if state := box.StateOf(bad); state.Refused != "" {
			return fmt.Errorf("the state is %+v", state)
		}
		return nil
	})
}

func TestListenersAreToldWhenRecordsBeginToWaitAndWhenTheyDoNotAnyMore(t *testing.T) {
	s, account := openStore(t), newAccount(t)
	box, _ := start(t, options(s))
	told := make(chan ledger.AccountID, 100)
	box.Notify(func(id ledger.AccountID) { told <- id })
	s.off.Store(true)
	record(t, box, account, 1, 1)
	for _, step := range []func(){func() { s.off.Store(false) }, func() {}} {
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		select {
		case id := <-told:
			if id != account {
				t.Errorf("told of %s", id)
			}
		case <-ctx.Done():
			t.Fatal("nobody was told")
		}
		cancel()
		step()
	}
}

func TestAnAccountAtWhichTheStoreBreaksDownKeepsNobodyElseFromIt(t *testing.T) {
	s := openStore(t)
	ids := []ledger.AccountID{newAccount(t), newAccount(t), newAccount(t), newAccount(t)}
	bad := ids[1]
	s.breaks = func(record usage.Record) bool { return record.Instance == bad.Name }
	s.off.Store(true)
	box, _ := start(t, options(s))
	for n := range 4 {
		for _, account := range ids {
			record(t, box, account, n+1, n+1)
		}
	}
	s.off.Store(false)
	for _, account := range ids {
		if account != bad {
			wantStored(t, s, account, 4)
		}
	}
	if state := box.StateOf(bad); state.Waiting.Records != 4 {
		t.Errorf("the state is %+v", state)
	}
	for _, page := range pagesOf(t, bad) {
		if err := spill.Delete(t.Context(), page); err != nil {
			t.Fatal(err)
		}
	}
}

// unlisted is a spill of which no list has all pages: while it is made another batch is recorded.
type unlisted struct {
	kubestore.Spill

	recorded atomic.Int64
	stopped  chan struct{}
}

func (u *unlisted) List(ctx context.Context) ([]outbox.Page, error) {
	pages, err := u.Spill.List(ctx)
	for before := u.recorded.Load(); before > 0 && u.recorded.Load() == before; {
		select {
		case <-u.stopped:
			return pages, err
		case <-time.After(time.Millisecond):
		}
	}
	return pages, err
}

func TestAnAccountThatNeverStopsRecordingGoesStraightToTheStoreWhenItIsBack(t *testing.T) {
	s, account := openStore(t), newAccount(t)
	u := &unlisted{Spill: spill, stopped: make(chan struct{})}
	o := options(s)
	o.Spill, o.Patience = u, 2*time.Second
	box, _ := start(t, o)
	s.off.Store(true)
	var stop atomic.Bool
	go func() {
		defer close(u.stopped)
		const batch = 40 // does not wait for company
		for first := 1; !stop.Load(); first += batch {
			if err := box.Record(t.Context(), account, transactions(account, first, first+batch-1)); err != nil {
				t.Error(err)
				return
			}
			u.recorded.Add(batch)
			time.Sleep(50 * time.Millisecond)
		}
	}()
	stopped := func() int { stop.Store(true); <-u.stopped; return int(u.recorded.Load()) }
	t.Cleanup(func() { stopped() })
	eventually(t, func() error {
		if waiting := box.StateOf(account).Waiting; waiting.Pages < 5 {
			return fmt.Errorf("%d pages wait", waiting.Pages)
		}
		return nil
	})
	s.off.Store(false)
	// A page was there at every moment, and now there is none for a while.
	none, before := time.Now(), u.recorded.Load()
	eventually(t, func() error {
		if state, pages := box.StateOf(account), pagesOf(t, account); state.Waiting.Pages > 0 || state.Down != "" || len(pages) > 0 {
			none, before = time.Now(), u.recorded.Load()
			return fmt.Errorf("%d pages are there, the state is %+v", len(pages), state)
		}
		if since, more := time.Since(none), u.recorded.Load()-before; since < time.Second || more < 200 {
			return fmt.Errorf("for %s there are no pages, and %d records came", since, more)
		}
		return nil
	})
	wantStored(t, s, account, stopped())
}
