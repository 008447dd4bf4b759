package ledger

import (
	"context"
	"errors"
	"fmt"
	"slices"
)

// maxListings is how often objects are listed while commits go on, before the worker lists them and makes none meanwhile.
const maxListings = 3

// onListing decides on a listing that is made outside the account's worker. When that was in vain each time, because other
// replicas keep committing, the worker makes it: so it comes to an end.
func onListing[T any](ctx context.Context, l *Ledger, id AccountID, of listing, decide func(context.Context, *listing) (T, error)) (T, error) {
	ctx, cancel := context.WithTimeout(ctx, l.options.Patience)
	defer cancel()
	for range maxListings {
		answer, err := onListingOutside(ctx, l, id, of, decide)
		if !errors.Is(err, errLeftBehind) {
			return answer, err
		}
	}
	l.options.Log.V(1).Info("Requests wait while objects are listed", "account", id, "lineItem", of.activationID)
	of.ctx, of.inside = ctx, true
	return decide(ctx, &of)
}

func onListingOutside[T any](ctx context.Context, l *Ledger, id AccountID, of listing, decide func(context.Context, *listing) (T, error)) (answer T, err error) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	of.ctx = ctx
	begin := &command{begins: &of, fresh: true, reads: true, evaluate: func(*view) proposal { return proposal{} }}
	if _, err := l.submit(ctx, id, begin); err != nil {
		return answer, err
	}
	if of.states, err = l.list(ctx, id, &of); err != nil {
		return answer, err
	}
	return decide(ctx, &of)
}

// list reads the objects as they are stored.
func (l *Ledger) list(ctx context.Context, id AccountID, of *listing) (states map[Subject]State, err error) {
	what := "users"
	if of.consumed {
		what = "consumptions"
		states, err = l.store.Consumptions(ctx, id, of.activationID)
	} else {
		states, err = l.store.Users(ctx, id, of.activationID)
	}
	if err != nil {
		return nil, fmt.Errorf("%w: list %s: %w", ErrUnavailable, what, err)
	}
	return states, nil
}

// begin reads the account for a listing, which follows the commits from now on.
func (w *worker) begin(l *listing) {
	l.begin(w.account)
	w.dropListing(l)
	w.listings = append(w.listings, l)
}

// dropListing lets a listing follow no more, nor those that were given up.
func (w *worker) dropListing(l *listing) {
	w.listings = slices.DeleteFunc(w.listings, func(other *listing) bool { return other == l || other.ctx.Err() != nil })
}

// listed are the states of what was listed, or is now. Should that be asked once more, because the commit failed, it is of
// the same account or in vain.
func (w *worker) listed(l *listing) (states map[Subject]State, err error) {
	if !l.inside {
		w.dropListing(l)
		return l.seen(w.account)
	}
	l.begin(w.account)
	ctx, cancel := w.storeContext()
	defer cancel()
	if l.states, err = w.ledger.list(ctx, w.id, l); err != nil {
		return nil, err
	}
	return l.through(nil), nil
}

// tellListings tells those who list of a commit.
func (w *worker) tellListings(transactions []*Transaction) {
	w.listings = slices.DeleteFunc(w.listings, func(l *listing) bool { return !l.follow(w.account, transactions) })
}
