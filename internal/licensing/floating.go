package licensing

import (
	"slices"
	"time"
)

// MaxFloatingSessions is how many sessions one license can have open. Its register is one object of bounded size.
const MaxFloatingSessions = 4000

// MaxHold is the longest that a session stays open without being renewed.
const MaxHold = 525_600 * time.Minute

// FloatingTerms say how many clients may work with a license at the same time.
type FloatingTerms struct {
	Limit int
	// Enforce refuses sessions beyond Limit; without it they are only counted.
	Enforce bool
	// Period is how long a session stays open unless it is renewed.
	Period time.Duration
	// PerClient is how many sessions one client may have; zero is as many as there are.
	PerClient int
	// Users makes the clients people, each of whom has one session.
	Users bool
}

// FloatingSession is a place that a client has taken. It is known by its client and its ID together: clients choose the
// IDs, and two that choose the same one must not share a place.
type FloatingSession struct {
	ID       string
	ClientID string
	UserID   string
	// Created and Modified are when it was opened and last renewed.
	Created, Modified time.Time
	// Until is when it ends unless it is renewed.
	Until time.Time
}

// FloatingRegister are the sessions of one license, in the order in which they were opened. It is a value: what changes it
// returns another one. Its times are whole seconds.
type FloatingRegister struct {
	// Time is the latest moment at which anything was decided. Who comes with an earlier one, because its clock is behind,
	// decides at this one, so that it neither keeps what others saw end nor opens what they see as over.
	Time     time.Time
	Sessions []FloatingSession
}

// clockTolerance is how far the clocks of two replicas can be apart without harm.
const clockTolerance = time.Hour

// At is the register at a moment, without the sessions that have ended by then.
func (r FloatingRegister) At(now time.Time) FloatingRegister {
	now = now.UTC().Truncate(time.Second)
	switch {
	case r.Time.Sub(now) > clockTolerance:
		r = r.rewound(now)
	case r.Time.After(now):
		now = r.Time
	}
	ended := func(s FloatingSession) bool { return !now.Before(s.Until) }
	return FloatingRegister{Time: now, Sessions: slices.DeleteFunc(slices.Clone(r.Sessions), ended)}
}

// rewound undoes what a clock that was far ahead has written: such sessions would stay open for as long as it was ahead.
// They are held from now on instead.
func (r FloatingRegister) rewound(now time.Time) FloatingRegister {
	sessions := slices.Clone(r.Sessions)
	for i := range sessions {
		s := &sessions[i]
		if s.Modified.After(now) {
			s.Until = now.Add(s.Until.Sub(s.Modified))
			s.Modified = now
		}
		if s.Created.After(now) {
			s.Created = now
		}
	}
	return FloatingRegister{Time: now, Sessions: sessions}
}

// Count is the number of sessions in the register; ask it of what At returned.
func (r FloatingRegister) Count() int { return len(r.Sessions) }

// Session finds one.
func (r FloatingRegister) Session(clientID, id string) (FloatingSession, bool) {
	if i := r.index(clientID, id); i >= 0 {
		return r.Sessions[i], true
	}
	return FloatingSession{}, false
}

// Close ends a session. One that is not there has ended already.
func (r FloatingRegister) Close(clientID, id string, now time.Time) FloatingRegister {
	r = r.At(now)
	if i := r.index(clientID, id); i >= 0 {
		r.Sessions = slices.Delete(r.Sessions, i, i+1)
	}
	return r
}

// CloseAll ends every session.
func (r FloatingRegister) CloseAll(now time.Time) FloatingRegister {
	return FloatingRegister{Time: r.At(now).Time}
}

// Same tells whether two registers have the same sessions, whenever they were looked at.
func (r FloatingRegister) Same(other FloatingRegister) bool {
	return slices.Equal(r.Sessions, other.Sessions)
}

// LastUntil is when the last of the sessions ends; the time of the register if there is none.
func (r FloatingRegister) LastUntil() time.Time {
	last := r.Time
	for _, s := range r.Sessions {
		if s.Until.After(last) {
			last = s.Until
		}
	}
	return last
}

func (r FloatingRegister) index(clientID, id string) int {
	return slices.IndexFunc(r.Sessions, func(s FloatingSession) bool { return s.ID == id && s.ClientID == clientID })
}
