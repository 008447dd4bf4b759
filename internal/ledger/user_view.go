package ledger

import (
	"cmp"
	"context"
	"maps"
	"slices"
	"strings"

	"github.com/licensing-operator/licensing-operator/internal/licensing"
)

// UserView is a named user, or a client, as every committed transaction has left it, whether its object shows that yet or
// not. UserID, Name and Active are those of the object.
type UserView struct {
	Subject Subject
	licensing.NamedUser
}

func newUserView(subject Subject, read State, open []*Transaction) UserView {
	view := UserView{Subject: subject}
	if committed := through(open, subject, read); committed.User != nil {
		view.NamedUser = *committed.User
	}
	if read.User != nil {
		view.UserID, view.Name, view.Active = read.User.UserID, read.User.Name, read.User.Active
	}
	return view
}

// User reads a named user or a client: what any replica committed on it before the call is in it.
func (l *Ledger) User(ctx context.Context, id AccountID, user Subject) (UserView, error) {
	c := &command{subject: user, live: true, fresh: true, reads: true}
	c.evaluate = func(v *view) proposal {
		return proposal{answer: newUserView(user, v.sighting.State, v.account.Open)}
	}
	result, err := l.submit(ctx, id, c)
	if neverOpened(err) {
		sighting, err := l.store.Read(ctx, user)
		if err != nil {
			return UserView{}, l.unavailable(err)
		}
		return newUserView(user, sighting.State, nil), nil
	}
	if err != nil {
		return UserView{}, err
	}
	found, _ := result.(UserView)
	return found, nil
}

// Users lists the named users and the clients of a line item, each as User shows it: the users first, by their ids. The
// objects are listed after the account was read and outside its worker.
func (l *Ledger) Users(ctx context.Context, id AccountID, activationID string) ([]UserView, error) {
	committed, err := l.Committed(ctx, id)
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(ctx, l.options.Patience)
	defer cancel()
	states, err := l.store.Users(ctx, id, activationID)
	if err != nil {
		return nil, l.unavailable(err)
	}
	views := make([]UserView, 0, len(states))
	for subject, state := range states {
		views = append(views, newUserView(subject, state, committed.open))
	}
	slices.SortFunc(views, func(a, b UserView) int {
		return cmp.Or(strings.Compare(string(b.Subject.Kind), string(a.Subject.Kind)), strings.Compare(a.UserID, b.UserID), strings.Compare(a.Subject.UID, b.Subject.UID))
	})
	return views, nil
}

// Balances gives the balances of the stored account. Nothing is held or consumed of what has none.
func (l *Ledger) Balances(ctx context.Context, id AccountID) (map[LimitationKey]licensing.Balance, error) {
	result, err := l.submit(ctx, id, &command{fresh: true, reads: true, evaluate: func(v *view) proposal {
		return proposal{answer: maps.Clone(v.account.Balances)}
	}})
	if neverOpened(err) {
		return map[LimitationKey]licensing.Balance{}, nil
	}
	balances, _ := result.(map[LimitationKey]licensing.Balance)
	return balances, err
}
