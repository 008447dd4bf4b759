package ledgertest

import (
	"github.com/licensing-operator/licensing-operator/internal/ledger"
	"github.com/licensing-operator/licensing-operator/internal/licensing"
)

func (c contract) listed() map[ledger.Subject]ledger.Sighting {
	c.Helper()
	sessions, err := c.store.Sessions(c.Context(), c.id)
	c.succeeds(err)
	return sessions
}

func (c contract) sessions() {
	c.equal(len(c.listed()), 0)
	untouched, active, beaten, gone := c.CreateSession(c, c.id), c.CreateSession(c, c.id), c.CreateSession(c, c.id), c.CreateSession(c, c.id)
	c.CreateSession(c, c.CreateInstance(c))
	c.write(step(active, 0, fullSession()))
	c.Renew(c, beaten)
	c.succeeds(c.store.RecordHeartbeat(c.Context(), beaten, at(1), c.read(beaten)))
	c.Delete(c, gone)
	want := map[ledger.Subject]ledger.Sighting{}
	for _, session := range []ledger.Subject{untouched, active, beaten} {
		want[session] = c.read(session)
	}
	c.equal(c.listed(), want)
}

func (c contract) endedSessions() {
	running, ended := c.CreateSession(c, c.id), c.CreateSession(c, c.id)
	c.write(step(ended, 0, fullSession()))
	c.write(step(ended, 1, licensing.Session{State: licensing.Terminated, TerminatedAt: at(1), TerminatedReason: licensing.Closed}))
	sessions := c.listed()
	if _, listed := sessions[running]; !listed || len(sessions) != 1 {
		c.Fatalf("listed %v, want %s alone", sessions, running.Name)
	}
}
