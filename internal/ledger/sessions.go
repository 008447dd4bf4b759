package ledger

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"strings"
	"time"

	"github.com/licensing-operator/licensing-operator/internal/licensing"
)

// SessionView is a session as every committed transaction has left it, whether its object shows that yet or not.
type SessionView struct {
	Subject Subject
	// ID is the id by which clients know the session.
	ID            string
	Created       time.Time
	State         licensing.Session
	LastHeartbeat time.Time
}

func newSessionView(subject Subject, sighting Sighting, open []*Transaction) SessionView {
	state := licensing.NewSession(sighting.Created)
	if committed := through(open, subject, sighting.State); committed.Session != nil {
		state = *committed.Session
	}
	return SessionView{Subject: subject, ID: sighting.ID, Created: sighting.Created, State: state, LastHeartbeat: sighting.LastHeartbeat}
}

// Session reads a session: what any replica committed on it before the call is in it.
func (l *Ledger) Session(ctx context.Context, id AccountID, session Subject) (SessionView, error) {
	c := &command{subject: session, live: true, fresh: true, reads: true}
	c.evaluate = func(v *view) proposal {
		return proposal{answer: newSessionView(session, v.sighting, v.account.Open)}
	}
	result, err := l.submit(ctx, id, c)
	if neverOpened(err) {
		sighting, err := l.store.Read(ctx, session)
		if err != nil {
			return SessionView{}, l.unavailable(err)
		}
		return newSessionView(session, sighting, nil), nil
	}
	if err != nil {
		return SessionView{}, err
	}
	found, _ := result.(SessionView)
	return found, nil
}

// Sessions lists the sessions of an account that have not ended, newest first, each as Session shows it. The objects are
// listed after the account was read and outside its worker: a long list holds up no charge.
func (l *Ledger) Sessions(ctx context.Context, id AccountID) ([]SessionView, error) {
	committed, err := l.Committed(ctx, id)
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(ctx, l.options.Patience)
	defer cancel()
	sightings, err := l.store.Sessions(ctx, id)
	if err != nil {
		return nil, l.unavailable(err)
	}
	views := make([]SessionView, 0, len(sightings))
	for subject, sighting := range sightings {
		found := newSessionView(subject, sighting, committed.open)
		// Whoever can create a session in another namespace can name any account. Only one that was once granted something
		// is known to be admitted to it.
		stranger := subject.Namespace != id.Namespace && found.State.Revision == 0
		if found.State.State != licensing.Terminated && !stranger {
			views = append(views, found)
		}
	}
	slices.SortFunc(views, func(a, b SessionView) int {
		return cmp.Or(b.Created.Compare(a.Created), strings.Compare(a.ID, b.ID))
	})
	return views, nil
}

// neverOpened tells that there is no account because there has never been one, so that nothing was ever committed.
func neverOpened(err error) bool { return errors.Is(err, ErrAccountMissing) && !isHalted(err) }
