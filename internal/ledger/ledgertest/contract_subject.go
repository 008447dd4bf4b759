package ledgertest

import (
	"encoding/json"
	"time"

	"github.com/licensing-operator/licensing-operator/internal/ledger"
	"github.com/licensing-operator/licensing-operator/internal/licensing"
)

// fullSession has every field set, each to a value that no other one has. Not all go together in a real session.
func fullSession() licensing.Session {
	return licensing.Session{
		Revision: 5, State: licensing.Active,
		Requester: licensing.Requester{Type: "user", Value: "LisaBarry", Dictionary: map[string]string{"department": "<R&D>"}},
		Items: []licensing.SessionItem{{
			RequestedItem: licensing.RequestedItem{
				Name: "item", Version: "1.0", Count: 1_500_000,
				Variables: map[string]licensing.Tokens{"size": 2_250_000}, MetaData: json.RawMessage(`{"project":"x"}`),
			},
			Charges: []licensing.LineItemCharge{
				{ActivationID: "activation-1", Rate: 10_000_001, Tokens: 3_333_333, RateTable: "2.0", Series: "series"},
				{ActivationID: "activation-2", ActionID: "action", Rate: 20_000_000, Tokens: 7_000_000, RateTable: "1.0"},
			},
		}, {
			RequestedItem: licensing.RequestedItem{Name: "plain", Count: licensing.One},
			Charges:       []licensing.LineItemCharge{{ActivationID: "activation-1", Rate: 0, Tokens: 0, RateTable: "2.0", Series: "series"}},
		}},
		Declared:    licensing.Declaration{Generation: 3, Digest: "0123456789abcdef"},
		PeriodStart: at(1), ChargedUntil: at(2), LastAutomaticCharge: at(3), HeartbeatDeadline: at(4), LastAccess: at(5), IdleSince: at(6),
		TerminatedAt: at(7), TerminatedReason: licensing.Closed,
		Charged: 123_456_789, Refunded: 1,
	}
}

func (c contract) newSession() {
	session := c.CreateSession(c, c.id)
	sighting := c.read(session)
	c.equal(sighting.State.Revision(), int64(0))
	c.equal(sighting.LastHeartbeat, time.Time{})
	c.equal(sighting.Renewed, false)
	c.equal(sighting.ID, session.UID)
	c.equal(sighting.Created.IsZero(), false)
	user := c.CreateUser(c, c.id, "activation", "new-user")
	c.equal(c.read(user).State.Revision(), int64(0))
}

func (c contract) goneSubject() {
	for _, subject := range []ledger.Subject{c.CreateSession(c, c.id), c.CreateUser(c, c.id, "activation", "gone-user")} {
		c.Delete(c, subject)
		_, err := c.store.Read(c.Context(), subject)
		c.fails(err, ledger.ErrSubjectGone)
		c.fails(c.store.Write(c.Context(), step(subject, 0, licensing.NewSession(at(0)))), ledger.ErrSubjectGone)
	}
}

func (c contract) recreatedSubject() {
	old := c.CreateSession(c, c.id)
	young := c.Recreate(c, old)
	_, err := c.store.Read(c.Context(), old)
	c.fails(err, ledger.ErrSubjectGone)
	c.fails(c.store.Write(c.Context(), step(old, 0, licensing.NewSession(at(0)))), ledger.ErrSubjectGone)
	c.equal(c.read(young).State.Revision(), int64(0))
}

func (c contract) writesOnce() {
	session := c.CreateSession(c, c.id)
	first := step(session, 0, licensing.NewSession(at(0)))
	c.write(first)
	c.fails(c.store.Write(c.Context(), first), ledger.ErrRevision)
	c.equal(c.read(session).State, first.State)
}

func (c contract) writesAtBaseOnly() {
	session := c.CreateSession(c, c.id)
	c.fails(c.store.Write(c.Context(), step(session, 1, licensing.NewSession(at(0)))), ledger.ErrRevision)
	c.equal(c.read(session).State.Revision(), int64(0))
}

func (c contract) lateWrite() {
	session := c.CreateSession(c, c.id)
	late := step(session, 1, fullSession())
	c.write(step(session, 0, licensing.NewSession(at(0))))
	c.write(step(session, 1, licensing.NewSession(at(1))))
	latest := step(session, 2, licensing.NewSession(at(2)))
	c.write(latest)
	c.fails(c.store.Write(c.Context(), late), ledger.ErrRevision)
	c.equal(c.read(session).State, latest.State)
}

func (c contract) writesOverSeveral() {
	over := func(subject ledger.Subject, first, last *ledger.Transaction) {
		c.Helper()
		together := *last
		together.Base = first.Base
		c.fails(c.store.Write(c.Context(), last), ledger.ErrRevision)
		c.write(&together)
		c.equal(c.read(subject).State.Revision(), last.State.Revision())
		for _, late := range []*ledger.Transaction{first, last, &together} {
			c.fails(c.store.Write(c.Context(), late), ledger.ErrRevision)
		}
	}
	session, user := c.CreateSession(c, c.id), c.CreateUser(c, c.id, "activation", "ann")
	client := c.CreateActivation(c, c.id, "activation", "device")
	for _, base := range []int64{0, 3} {
		over(session, step(session, base, licensing.NewSession(at(0))), step(session, base+2, fullSession()))
		over(user, userStep(user, base, "ann"), userStep(user, base+2, "ann", holding("one", 1), holding("other", 2)))
		over(client, userStep(client, base, "device"), userStep(client, base+2, "device", holding(licensing.TokenID, 1)))
	}
	c.equal(c.holdings(c.read(user).State), []licensing.Holding{holding("one", 1), holding("other", 2)})
}

func (c contract) heartbeatBetween() {
	session := c.CreateSession(c, c.id)
	c.write(step(session, 0, licensing.NewSession(at(0))))
	c.Renew(c, session)
	c.succeeds(c.store.RecordHeartbeat(c.Context(), session, at(1), c.read(session)))
	c.Renew(c, session)
	next := step(session, 1, fullSession())
	c.write(next)
	sighting := c.read(session)
	c.equal(sighting.State, next.State)
	c.equal(sighting.LastHeartbeat, at(1))
	c.equal(sighting.Renewed, true)
}

func (c contract) sessionRoundTrip() {
	session := c.CreateSession(c, c.id)
	written := step(session, 0, fullSession())
	c.write(written)
	c.equal(c.read(session).State, written.State)
}

func (c contract) removesEmptyFields() {
	session := c.CreateSession(c, c.id)
	c.write(step(session, 0, fullSession()))
	fewer := fullSession()
	fewer.Items = fewer.Items[1:]
	fewer.Items[0].Charges = nil
	bare := []*ledger.Transaction{
		step(session, 1, fewer),
		step(session, 2, licensing.Session{State: licensing.Idle, IdleSince: at(1)}),
		step(session, 3, licensing.Session{State: licensing.Terminated, TerminatedAt: at(1), TerminatedReason: licensing.IdleTooLong}),
	}
	for _, transaction := range bare {
		c.write(transaction)
		c.equal(c.read(session).State, transaction.State)
	}
}

func (c contract) heartbeat() {
	session := c.CreateSession(c, c.id)
	read := c.read(session)
	c.succeeds(c.store.RecordHeartbeat(c.Context(), session, at(1), read))
	c.equal(c.read(session).LastHeartbeat, at(1))
	c.fails(c.store.RecordHeartbeat(c.Context(), session, at(2), read), ledger.ErrConflict)

	read = c.read(session)
	c.write(step(session, 0, licensing.NewSession(at(0))))
	c.fails(c.store.RecordHeartbeat(c.Context(), session, at(3), read), ledger.ErrConflict)
	c.equal(c.read(session).LastHeartbeat, at(1))
	c.succeeds(c.store.RecordHeartbeat(c.Context(), session, at(3), c.read(session)))
	c.equal(c.read(session).LastHeartbeat, at(3))
}

func (c contract) renewal() {
	session := c.CreateSession(c, c.id)
	for beat := 1; beat <= 2; beat++ {
		before := c.read(session)
		c.Renew(c, session)
		c.equal(c.read(session).Renewed, true)
		c.fails(c.store.RecordHeartbeat(c.Context(), session, at(beat), before), ledger.ErrConflict)
		c.succeeds(c.store.RecordHeartbeat(c.Context(), session, at(beat), c.read(session)))
		after := c.read(session)
		c.equal(after.Renewed, false)
		c.equal(after.LastHeartbeat, at(beat))
	}
}

func (c contract) heartbeatGone() {
	session := c.CreateSession(c, c.id)
	read := c.read(session)
	c.Recreate(c, session)
	c.fails(c.store.RecordHeartbeat(c.Context(), session, at(1), read), ledger.ErrSubjectGone)
	c.Delete(c, session)
	c.fails(c.store.RecordHeartbeat(c.Context(), session, at(1), read), ledger.ErrSubjectGone)
}
