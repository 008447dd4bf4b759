package licensing

import (
	"math"
	"time"
)

// FloatingRequest asks for a session.
type FloatingRequest struct {
	// SessionID is chosen by the client, which repeats it to renew the session.
	SessionID string
	ClientID  string
	// UserID is required where clients are people.
	UserID string
	// CheckoutMinutes asks for a longer hold than the period. Nil is none.
	CheckoutMinutes *float64
}

// Open opens a session, or renews the one that the client has under the ID. A renewal needs no free place: lowering a
// limit takes nothing from those who have one.
func (r FloatingRegister) Open(terms FloatingTerms, request FloatingRequest, now time.Time) (FloatingRegister, FloatingSession, error) {
	hold, err := request.hold(terms)
	if err != nil {
		return r, FloatingSession{}, err
	}
	r = r.At(now)
	i := r.index(request.ClientID, request.SessionID)
	if err := r.admits(terms, request, i); err != nil {
		return r, FloatingSession{}, err
	}
	if i < 0 {
		i = len(r.Sessions)
		r.Sessions = append(r.Sessions, FloatingSession{ID: request.SessionID, ClientID: request.ClientID, Created: r.Time})
	}
	session := &r.Sessions[i]
	session.UserID, session.Modified = request.UserID, r.Time
	if until := r.Time.Add(hold); until.After(session.Until) {
		session.Until = until // a checkout outlasts the renewals that come after it
	}
	return r, *session, nil
}

// hold is how long the session stays open, in whole seconds.
func (r FloatingRequest) hold(terms FloatingTerms) (time.Duration, error) {
	switch {
	case r.SessionID == "":
		return 0, floatingErrorf(SessionIDRequired, "session_id: is missing but it is required: by it the session is renewed and closed")
	case terms.Users && r.UserID == "":
		return 0, floatingErrorf(UserIDRequired, "user_id: is missing but it is required: the clients of the license are users")
	case r.CheckoutMinutes == nil:
		return min(terms.Period, MaxHold), nil
	case !(*r.CheckoutMinutes > 0): // not a number, too
		return 0, floatingErrorf(CheckoutPeriodInvalid, "checkout_period: %v minutes, must be more than 0", *r.CheckoutMinutes)
	case *r.CheckoutMinutes > MaxHold.Minutes():
		return 0, floatingErrorf(CheckoutPeriodInvalid, "checkout_period: %v minutes, must be at most %v", *r.CheckoutMinutes, MaxHold.Minutes())
	}
	checkout := time.Duration(math.Ceil(*r.CheckoutMinutes*60)) * time.Second
	return min(max(terms.Period, checkout), MaxHold), nil
}

// admits refuses a session that is not to be. The session at the index is the one that is renewed; there is none below
// zero.
func (r FloatingRegister) admits(terms FloatingTerms, request FloatingRequest, renewed int) error {
	ofClient := 0
	for i, s := range r.Sessions {
		if i == renewed {
			continue
		}
		if terms.Users && s.UserID == request.UserID {
			return floatingErrorf(UserHasSession, "user %q has a session on client %q until %s: close it first",
				request.UserID, s.ClientID, s.Until.Format(time.RFC3339))
		}
		if s.ClientID == request.ClientID {
			ofClient++
		}
	}
	open := len(r.Sessions)
	switch {
	case renewed >= 0:
		return nil
	case terms.PerClient > 0 && ofClient >= terms.PerClient:
		return floatingErrorf(ClientSessionLimitReached, "client %q has %d sessions open, of %d that it may have: close one, or wait until one ends",
			request.ClientID, ofClient, terms.PerClient)
	case terms.Enforce && open >= terms.Limit:
		return floatingErrorf(SessionLimitReached, "the license has %d sessions open, of %d that it may have: close one, or wait until one ends", open, terms.Limit)
	case open >= MaxFloatingSessions, r.size()+request.size() > maxRegisterSize:
		return floatingErrorf(TooManySessions, "the license has %d sessions open, of %d that are possible, and fewer when their ids are long", open, MaxFloatingSessions)
	}
	return nil
}

// maxRegisterSize is in bytes of ids and what else is kept of each session, within what one stored object can hold.
const (
	maxRegisterSize = 1_000_000
	sessionSize     = 110
)

func (r FloatingRegister) size() int {
	size := 0
	for _, s := range r.Sessions {
		size += sessionSize + len(s.ID) + len(s.ClientID) + len(s.UserID)
	}
	return size
}

func (r FloatingRequest) size() int {
	return sessionSize + len(r.SessionID) + len(r.ClientID) + len(r.UserID)
}
