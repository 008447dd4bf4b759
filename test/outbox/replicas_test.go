package outbox

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/licensing-operator/licensing-operator/internal/kubestore"
	"github.com/licensing-operator/licensing-operator/internal/ledger"
	"github.com/licensing-operator/licensing-operator/internal/usage"
	"github.com/licensing-operator/licensing-operator/internal/usage/outbox"
)

// down is a store that a replica cannot reach.
func down(t *testing.T, s *store) *store {
	t.Helper()
	unreachable := &store{Store: s.Store}
	unreachable.off.Store(true)
	return unreachable
}

func TestPagesOfAReplicaWithoutAStoreAreMovedByAnother(t *testing.T) {
	s, account := openStore(t), newAccount(t)
	start(t, options(s))
	without, _ := start(t, options(down(t, s)))
	for n := range 10 {
		record(t, without, account, n+1, n+1)
	}
	wantStored(t, s, account, 10)
}

func TestAReplicaThatDoesNotLeadLeavesPagesToTheLeaderForAWhile(t *testing.T) {
	s, account := openStore(t), newAccount(t)
	without, stop := start(t, options(down(t, s)))
	made := transactions(account, 1, 1)
	made[0].Time = time.Now()
	if err := without.Record(t.Context(), account, made); err != nil {
		t.Fatal(err)
	}
	stop()
	o := options(s)
	o.Leads, o.Grace = func() bool { return false }, 2*time.Second
	start(t, o)
	wantStored(t, s, account, 1)
	if took := time.Since(made[0].Time); took < o.Grace {
		t.Errorf("it took the page after %s", took)
	}
}

func TestAReplicaThatDoesNotLeadMovesWhatALeaderWithoutAStoreKeepsMerging(t *testing.T) {
	s, account := openStore(t), newAccount(t)
	leader, _ := start(t, options(down(t, s)))
	o := options(s)
	// So long after it was made no page of the leader's is there any more: it has been merged.
	o.Leads, o.Grace = func() bool { return false }, 3*time.Second
	start(t, o)
	sequence, began := 0, time.Now()
	for ; len(stored(t, s.Store, account)) == 0; sequence++ {
		if time.Since(began) > 2*time.Minute {
			t.Fatal("nothing is moved")
		}
		made := transactions(account, sequence+1, sequence+1)
		made[0].Time = time.Now()
		if err := leader.Record(t.Context(), account, made); err != nil {
			t.Fatal(err)
		}
	}
	wantStored(t, s, account, sequence)
}

func TestWhatAnEarlierProcessHasSpilledComesFirst(t *testing.T) {
	s, account := openStore(t), newAccount(t)
	before, stop := start(t, options(down(t, s)))
	for n := range 5 {
		record(t, before, account, n+1, n+1)
	}
	stop()
	// The next one has never heard of the account, and the store answers.
	box := outbox.New(options(s))
	t.Cleanup(box.Close)
	recorded := make(chan error, 1)
	go func() { recorded <- box.Record(t.Context(), account, transactions(account, 6, 6)) }()
	select {
	case err := <-recorded:
		t.Fatalf("it recorded before it knew of the pages: %v", err)
	case <-time.After(200 * time.Millisecond):
	}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() { defer close(done); _ = box.Start(ctx) }()
	t.Cleanup(func() { cancel(); <-done })
	if err := <-recorded; err != nil {
		t.Fatal(err)
	}
	wantStored(t, s, account, 6)
}

func TestTwoReplicasThatMoveTheSamePagesStoreThemOnce(t *testing.T) {
	s := openStore(t)
	without, stop := start(t, options(down(t, s)))
	ids := []ledger.AccountID{newAccount(t), newAccount(t), newAccount(t), newAccount(t)}
	var everybody sync.WaitGroup
	for _, account := range ids {
		everybody.Go(func() {
			for n := range 14 { // fewer than are merged
				record(t, without, account, n+1, n+1)
			}
		})
	}
	everybody.Wait()
	stop()
	start(t, options(s))
	start(t, options(s))
	for _, account := range ids {
		wantStored(t, s, account, 14)
	}
}

func TestAReplicaThatStallsBeforeItAppendsDoesNoHarmWhenItGoesOn(t *testing.T) {
	s, account := openStore(t), newAccount(t)
	without, stop := start(t, options(down(t, s)))
	record(t, without, account, 1, 3)
	stop()
	stalled := &store{Store: s.Store}
	reached, resume := make(chan struct{}), make(chan struct{})
	var once sync.Once
	stalled.before = func(records []usage.Record) {
		if records[0].Instance == account.Name {
			once.Do(func() { close(reached); <-resume })
		}
	}
	start(t, options(stalled))
	<-reached // it has read the page
	box, _ := start(t, options(s))
	wantStored(t, s, account, 3)
	record(t, box, account, 4, 4)
	close(resume)
	record(t, box, account, 5, 5)
	time.Sleep(300 * time.Millisecond) // it appends what the store has, and deletes what is gone
	wantStored(t, s, account, 5)
}

func TestPagesThatSayTheSameAreStoredOnce(t *testing.T) {
	s, account := openStore(t), newAccount(t)
	without, stop := start(t, options(down(t, s)))
	// A batch whose answer was lost is recorded again, alone or with others.
	record(t, without, account, 1, 2)
	record(t, without, account, 1, 2)
	record(t, without, account, 1, 4)
	record(t, without, account, 3, 4)
	stop()
	if pages := pagesOf(t, account); len(pages) != 3 {
		t.Errorf("there are %d pages, want 3: the same twice is one", len(pages))
	}
	start(t, options(s))
	wantStored(t, s, account, 4)
}

func TestAPageThatWasAlteredIsKeptAndReported(t *testing.T) {
	s, forged, good := openStore(t), newAccount(t), newAccount(t)
	without, stop := start(t, options(down(t, s)))
	record(t, without, forged, 1, 1)
	record(t, without, good, 1, 1)
	stop()
	page := pagesOf(t, forged)[0]
	object, err := spill.Accounts.Get(t.Context(), page.Name, metav1.GetOptions{})
	if err != nil {
		t.Fatal(err)
	}
	// Its content cannot be changed, so that it is replaced.
	if err := spill.Delete(t.Context(), page); err != nil {
		t.Fatal(err)
	}
	object.ObjectMeta = metav1.ObjectMeta{Name: object.Name, Labels: object.Labels, Annotations: object.Annotations}
	for key := range object.BinaryData {
		object.BinaryData[key] = append(object.BinaryData[key], 0)
	}
	if _, err := spill.Accounts.Create(t.Context(), object, metav1.CreateOptions{}); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = spill.Accounts.Delete(context.Background(), object.Name, metav1.DeleteOptions{})
	})
	box, _ := start(t, options(s))
	wantStored(t, s, good, 1)
	eventually(t, func() error {
		if state := box.StateOf(forged); !strings.Contains(state.Refused, "was altered") {
			return fmt.Errorf("the state is %+v", state)
		}
		return nil
	})
	if len(pagesOf(t, forged)) != 1 || len(stored(t, s.Store, forged)) != 0 {
		t.Error("the page is gone, or was stored")
	}
}

func TestAnObjectThatSaysNonsenseHoldsUpNobody(t *testing.T) {
	s, account := openStore(t), newAccount(t)
	without, stop := start(t, options(down(t, s)))
	record(t, without, account, 1, 1)
	stop()
	page := pagesOf(t, account)[0]
	object, err := spill.Accounts.Get(t.Context(), page.Name, metav1.GetOptions{})
	if err != nil {
		t.Fatal(err)
	}
	object.ObjectMeta = metav1.ObjectMeta{Name: "nonsense", Labels: map[string]string{kubestore.UsageSpillLabel: "true"}}
	object.BinaryData = nil
	if _, err := spill.Accounts.Create(t.Context(), object, metav1.CreateOptions{}); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = spill.Accounts.Delete(context.Background(), "nonsense", metav1.DeleteOptions{}) })
	start(t, options(s))
	wantStored(t, s, account, 1)
}
