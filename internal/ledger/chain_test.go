package ledger_test

import (
	"fmt"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/licensing-operator/licensing-operator/internal/ledger"
	"github.com/licensing-operator/licensing-operator/internal/ledger/ledgertest"
	"github.com/licensing-operator/licensing-operator/internal/licensing"
)

// writes are the writes to objects that were tried, as "base to revision".
type writes struct {
	mu    sync.Mutex
	tried []string
	fails bool
}

func (w *writes) take(call ledgertest.Call) (fault ledgertest.Fault) {
	if call.Op != ledgertest.OpWrite {
		return fault
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.tried = append(w.tried, fmt.Sprintf("%d to %d", call.Transaction.Base, call.Transaction.State.Revision()))
	if w.fails {
		fault.Before = ledgertest.ErrLost
	}
	return fault
}

// all are those that were tried, and each of them once.
func (w *writes) all() (all, once []string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	once = slices.Clone(w.tried)
	slices.Sort(once)
	return slices.Clone(w.tried), slices.Compact(once)
}

func (w *writes) fail(fails bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.fails = fails
}

// writtenThrough observes how many transactions reached their objects.
type writtenThrough struct {
	ledger.Unobserved

	transactions atomic.Int64
}

func (o *writtenThrough) WrittenThrough(ledger.AccountID, time.Duration) { o.transactions.Add(1) }

// unit is one of the units of a user.
func unit(user ledger.Subject, userID string, n int) ledger.Provisioning {
	license := license(userID, 10)
	license.Limitation.ID = fmt.Sprint("feature ", n)
	return ledger.Provisioning{User: user, License: license, Origin: licensing.ConsumedHolding}
}

// seatAndUnits are six transactions of one user.
func seatAndUnits(user ledger.Subject, userID string) []ledger.Request {
	requests := []ledger.Request{ledger.Seating{User: user, License: license(userID, 10)}}
	for n := range 5 {
		requests = append(requests, unit(user, userID, n))
	}
	return requests
}

func (r *replica) asks(requests []ledger.Request) (written []<-chan struct{}) {
	r.world.Helper()
	for _, result := range r.Batch(r.world.Context(), r.world.id, requests) {
		r.world.succeeds(result.Err)
		written = append(written, result.User.Written)
	}
	return written
}

func (w *world) revision(subject ledger.Subject) int64 {
	w.Helper()
	sighting, err := w.memory.Read(w.Context(), subject)
	w.succeeds(err)
	return sighting.State.Revision()
}

func TestTransactionsOfOneUserAreWrittenAtOnce(t *testing.T) {
	inBubble(t, 0, func(w *world) {
		observer, writes := &writtenThrough{}, &writes{}
		r := w.replica("a", func(o *ledger.Options) { o.Observer = observer }).open()
		r.client.Inject(writes.take)
		users := []ledger.Subject{w.memory.CreateUser(w, w.id, "license", "ann"), w.memory.CreateUser(w, w.id, "license", "bob")}
		for _, written := range r.asks(append(seatAndUnits(users[0], "ann"), seatAndUnits(users[1], "bob")...)) {
			<-written
		}
		for _, user := range users {
			if got := w.revision(user); got != 6 {
				t.Errorf("%s is at revision %d when it is said to be written, want 6", user.Name, got)
			}
		}
		if all, _ := writes.all(); !slices.Equal(all, []string{"0 to 6", "0 to 6"}) {
			t.Errorf("written %v", all)
		}
		if got := observer.transactions.Load(); got != 12 {
			t.Errorf("%d transactions were observed, want 12", got)
		}
		w.checkInvariants()
	})
}

func TestASessionThatChangesFastIsWrittenAsItIsLast(t *testing.T) {
	inBubble(t, 100, func(w *world) {
		writes := &writes{fails: true}
		r, session := w.replica("a").open(), w.session()
		r.client.Inject(writes.take)
		var answers []ledger.SessionAnswer
		for generation, count := range []int{1, 2, 3} {
			answer, err := r.claim(session, int64(generation)+1, count)
			w.succeeds(err)
			answers = append(answers, answer)
			time.Sleep(time.Millisecond) // the first is on its way before there are more
		}
		writes.fail(false)
		for _, answer := range answers {
			<-answer.Written
		}
		want := []string{"0 to 1", "0 to 3"}
		if _, once := writes.all(); !slices.Equal(once, want) {
			t.Errorf("written %v, want %v", once, want)
		}
		w.checkInvariants()
	})
}

// What a replica follows of an object has a gap where another replica's transaction is.
func TestNothingIsWrittenAcrossAGap(t *testing.T) {
	inBubble(t, 0, func(w *world) {
		a, b := w.replica("a", slowRedo).open(), w.replica("b", slowRedo).open()
		ofA, ofB := &writes{fails: true}, &writes{fails: true}
		a.client.Inject(ofA.take)
		b.client.Inject(ofB.take)
		ann := w.memory.CreateUser(w, w.id, "license", "ann")
		all := seatAndUnits(ann, "ann")
		written := slices.Concat(a.asks(all[:2]), b.asks(all[2:3]), a.asks(all[3:]))
		time.Sleep(10 * time.Second)
		ofA.fail(false)
		time.Sleep(10 * time.Second)
		if got := w.revision(ann); got != 2 {
			t.Errorf("before b has written, the user is at revision %d, want 2", got)
		}
		ofB.fail(false)
		for _, written := range written {
			<-written
		}
		w.checkInvariants()
		_, onceA := ofA.all()
		_, onceB := ofB.all()
		if diff := cmp.Diff([][]string{{"0 to 2", "3 to 6"}, {"2 to 3"}}, [][]string{onceA, onceB}); diff != "" {
			t.Errorf("written (-want +got):\n%s", diff)
		}
		w.checkInvariants()
	})
}

// slowRedo leaves to each replica what is its own.
func slowRedo(o *ledger.Options) { o.RedoAfter = time.Hour }

// A replica that died has left the first transactions behind. They come in front of those that wait for them, and all are
// written as one.
func TestWhatIsRedoneIsWrittenWithWhatFollows(t *testing.T) {
	inBubble(t, 0, func(w *world) {
		a, b := w.replica("a").open(), w.replica("b").open()
		a.client.Inject(neverWrites)
		ann := w.memory.CreateUser(w, w.id, "license", "ann")
		all := seatAndUnits(ann, "ann")
		a.asks(all[:3])
		a.client.Kill()
		writes := &writes{}
		b.client.Inject(writes.take)
		for _, written := range b.asks(all[3:]) {
			<-written
		}
		if _, once := writes.all(); !slices.Equal(once, []string{"0 to 6", "3 to 6"}) || w.revision(ann) != 6 {
			t.Errorf("written %v, the user is at revision %d", once, w.revision(ann))
		}
		w.checkInvariants()
	})
}

func TestAPausedWriteOfManyDoesNotOverwriteANewerState(t *testing.T) {
	inBubble(t, 0, func(w *world) {
		a, b := w.replica("a").open(), w.replica("b").open()
		release, landed, first := make(chan struct{}), make(chan struct{}), true
		a.client.Inject(func(call ledgertest.Call) (fault ledgertest.Fault) {
			if call.Op == ledgertest.OpWrite && first {
				first = false
				fault.Held, fault.Landed = release, landed
			}
			return fault
		})
		ann := w.memory.CreateUser(w, w.id, "license", "ann")
		a.asks(seatAndUnits(ann, "ann"))
		for _, written := range b.asks([]ledger.Request{ledger.Release{User: ann, License: license("ann", 10)}}) {
			<-written
		}
		close(release)
		<-landed
		if got := w.revision(ann); got != 7 {
			t.Errorf("the user is at revision %d, want 7", got)
		}
		w.checkInvariants()
		if got := w.balance("feature 0").Consumed; got != 0 {
			t.Errorf("%s units are held by a user who gave everything back", got)
		}
	})
}

// The write of several lands although its answer is lost, and more have come by then.
func TestAWriteOfManyWithAnUnknownOutcomeIsLookedInto(t *testing.T) {
	for _, landed := range []bool{false, true} {
		inBubble(t, 0, func(w *world) {
			r := w.replica("a").open()
			faults := []ledgertest.Fault{{Delay: storeTimeout / 2, Before: ledgertest.ErrLost}}
			want := []string{"0 to 3", "0 to 6"}
			if landed {
				faults[0] = ledgertest.Fault{Delay: storeTimeout / 2, After: ledgertest.ErrLost}
				want[1] = "3 to 6"
			}
			writes := &writes{}
			r.client.Inject(func(call ledgertest.Call) (fault ledgertest.Fault) {
				writes.take(call)
				if call.Op == ledgertest.OpWrite && len(faults) > 0 {
					fault, faults = faults[0], nil
				}
				return fault
			})
			ann := w.memory.CreateUser(w, w.id, "license", "ann")
			all := seatAndUnits(ann, "ann")
			for _, written := range slices.Concat(r.asks(all[:3]), r.asks(all[3:])) {
				<-written
			}
			if all, _ := writes.all(); !slices.Equal(all, want) {
				t.Errorf("written %v, want %v", all, want)
			}
			w.checkInvariants()
		})
	}
}

// A replica dies at each of its calls of the store in turn, and another one goes on in the middle of many transactions of
// the same objects.
func TestACrashLosesNoneOfManyTransactionsOfOneObject(t *testing.T) {
	for _, after := range []bool{false, true} {
		for n, survived := 1, false; !survived; n++ {
			t.Run(fmt.Sprintf("call %d, after it %v", n, after), func(t *testing.T) {
				inBubble(t, 0, func(w *world) {
					w.replica("opener").open().stop()
					s := &shift{w, w.replica("first"), w.replica("second")}
					s.first.client.KillAt(n, after)
					ann := w.memory.CreateUser(w, w.id, "license", "ann")
					s.changesAll(seatAndUnits(ann, "ann"))
					consumed := do(s, func(r *replica) (ledger.ConsumptionAnswer, error) { return r.consume("first", 2) })
					do(s, func(r *replica) (ledger.ConsumptionAnswer, error) { return r.rollBackOnce(consumed.TransactionID) })
					s.changesAll([]ledger.Request{
						ledger.Revocation{User: ann, License: unit(ann, "ann", 0).License}, ledger.Revocation{User: ann, License: unit(ann, "ann", 1).License},
						unit(ann, "ann", 6),
					})
					s.settle()
					do(s, func(r *replica) (ledger.Snapshot, error) { return r.Snapshot(s.Context(), s.id, true) })
					s.settle()
					survived = !s.first.client.Killed()
					w.checkInvariants()
					want := map[licensing.Cause]int{
						licensing.CauseProvisioned: 7, licensing.CauseRevoked: 2, licensing.CauseConsumed: 1, licensing.CauseRolledBack: 1,
					}
					if diff := cmp.Diff(want, w.causes()); diff != "" {
						w.Errorf("transactions (-want +got):\n%s", diff)
					}
					if got := w.revision(ann); got != 9 {
						w.Errorf("the user is at revision %d, want 9", got)
					}
				})
			})
			if n > 500 {
				t.Fatal("the scenario never ends")
			}
		}
	}
}

// changesAll asks for everything until it is decided. What was done already is not done twice.
func (s *shift) changesAll(requests []ledger.Request) {
	s.Helper()
	do(s, func(r *replica) (any, error) {
		for _, result := range r.Batch(s.Context(), s.id, requests) {
			if result.Err != nil {
				return nil, result.Err
			}
		}
		return nil, nil
	})
}
