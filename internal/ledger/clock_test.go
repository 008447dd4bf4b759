package ledger_test

import (
	"fmt"
	"sync/atomic"
	"testing"
	"time"

	"k8s.io/utils/clock"

	"github.com/licensing-operator/licensing-operator/internal/ledger"
	"github.com/licensing-operator/licensing-operator/internal/ledger/ledgertest"
	"github.com/licensing-operator/licensing-operator/internal/licensing"
)

// settable is a clock whose time of day can be set. The location of what it tells stands for the monotonic reading: it has
// the offset of then, and is lost in UTC.
type settable struct {
	clock.RealClock

	zone atomic.Pointer[time.Location]
}

func newSettable() *settable {
	c := &settable{}
	c.set(0)
	return c
}

// set has the time of day go before or behind the true one.
func (c *settable) set(offset time.Duration) {
	c.zone.Store(time.FixedZone("monotonic", int(offset.Seconds())))
}

func (c *settable) Now() time.Time { return ahead(time.Now().In(c.zone.Load()), 1) }

func (c *settable) Since(t time.Time) time.Duration {
	if t.Location().String() != "monotonic" {
		return c.Now().Sub(t)
	}
	return time.Since(ahead(t, -1))
}

// ahead moves a time by the offset of its location, so many times.
func ahead(t time.Time, times int) time.Time {
	_, offset := t.Zone()
	return t.Add(time.Duration(times*offset) * time.Second)
}

func by(c clock.Clock) func(*ledger.Options) {
	return func(o *ledger.Options) { o.Clock = c }
}

func TestADeadReplicasTransactionIsFinishedWhenTheTimeOfDayIsSetBack(t *testing.T) {
	inBubble(t, 10, func(w *world) {
		c := newSettable()
		a, b := w.replica("a", by(c)).open(), w.replica("b", by(c)).open()
		a.client.Inject(func(call ledgertest.Call) (fault ledgertest.Fault) {
			if call.Op == ledgertest.OpWrite {
				a.client.KillLocked()
				fault.Before = ledgertest.ErrKilled
			}
			return fault
		})
		session := w.session()
		answer, err := a.claim(session, 1, 1)
		w.succeeds(err)
		_, err = b.Snapshot(w.Context(), w.id, true)
		w.succeeds(err)
		c.set(-time.Hour)
		time.Sleep(2*time.Second + 2*time.Second) // RedoAfter, and some more
		sighting, err := w.memory.Read(w.Context(), session)
		w.succeeds(err)
		if answer.Verdict != licensing.Granted || sighting.State.Session == nil || sighting.State.Session.State != licensing.Active {
			t.Errorf("the claim was answered %s, and the session shows %+v", answer.Verdict, sighting.State.Session)
		}
	})
}

func TestTheInstanceIsAskedAgainWhenTheTimeOfDayIsSetBack(t *testing.T) {
	inBubble(t, 100, func(w *world) {
		c, anchors := newSettable(), 0
		a, b := w.replica("a", by(c)).open(), w.replica("b").open()
		a.client.Inject(func(call ledgertest.Call) (fault ledgertest.Fault) {
			if call.Op == ledgertest.OpAnchor {
				anchors++
			}
			return fault
		})
		c.set(-time.Hour)
		for range 3 {
			time.Sleep(2 * time.Second)
			_, err := b.oneOff("", 1)
			w.succeeds(err)
			_, err = a.Snapshot(w.Context(), w.id, true)
			w.succeeds(err)
		}
		if anchors < 3 {
			t.Errorf("asked %d times what the Instance remembers, want every time", anchors)
		}
	})
}

func TestAPageIsStoredAgainWhenTheTimeOfDayIsSetBack(t *testing.T) {
	inBubble(t, 10_000, func(w *world) {
		c := newSettable()
		engine := w.replica("a", tinyPages, by(c)).open()
		engine.client.Inject(func(call ledgertest.Call) (fault ledgertest.Fault) {
			if call.Op == ledgertest.OpCreatePage {
				fault.Before = ledgertest.ErrLost
			}
			return fault
		})
		engine.buy(0, 30)
		engine.client.Inject(nil)
		c.set(-time.Hour)
		time.Sleep(2 * time.Second)
		for n := range 3 {
			_, err := engine.oneOff(fmt.Sprint("later ", n), 1)
			w.succeeds(err)
			time.Sleep(time.Millisecond)
		}
		if len(w.account().Pages) == 0 {
			t.Error("no page is listed")
		}
	})
}

// ages observes how old transactions were when their objects showed them.
type ages struct {
	ledger.Unobserved

	seen, negative atomic.Int64
}

func (o *ages) WrittenThrough(_ ledger.AccountID, age time.Duration) {
	o.seen.Add(1)
	if age < 0 {
		o.negative.Add(1)
	}
}

func TestNothingIsYoungerThanNew(t *testing.T) {
	inBubble(t, 10, func(w *world) {
		c, observer := newSettable(), &ages{}
		r := w.replica("a", by(c), func(o *ledger.Options) { o.Observer = observer }).open()
		r.client.Inject(slow(ledgertest.OpWrite, 100*time.Millisecond))
		answer, err := r.claim(w.session(), 1, 1)
		w.succeeds(err)
		c.set(-time.Hour)
		<-answer.Written
		if observer.seen.Load() != 1 || observer.negative.Load() > 0 {
			t.Errorf("%d transactions, of which %d are from the future", observer.seen.Load(), observer.negative.Load())
		}
	})
}
