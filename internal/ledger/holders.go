package ledger

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/licensing-operator/licensing-operator/internal/licensing"
)

// Holder is a named user of a license.
type Holder struct {
	User Subject
	// License is the license, with the user as its object's spec says. What is held is the ledger's own knowledge.
	License licensing.UserLicense
}

// roster tells who the requesters of one round are on the licenses of the instance. Nobody is looked for unless an item
// that is asked for requires a unit.
type roster struct {
	worker *worker
	now    time.Time
	// known are the requesters so far, by their value.
	known map[string]enrollment
	// read are the users that were read live, with what came of it.
	read map[Subject]error
}

type enrollment struct {
	holders []Holder
	fresh   bool
	err     error
}

func (r *roster) required(c *command, catalog catalogResult) []licensing.Requirement {
	if len(c.items) == 0 {
		return nil
	}
	return catalog.catalog.Requirements(c.items, r.now)
}

// enroll makes sure that it is known who the requesters of the commands are, and what they hold.
func (r *roster) enroll(commands []*command, catalog catalogResult, fresh bool) {
	var (
		asking  []*command
		unknown []licensing.Requester
	)
	for _, command := range commands {
		if r.required(command, catalog) == nil {
			continue
		}
		if r.known == nil {
			r.known, r.read = map[string]enrollment{}, map[Subject]error{}
		}
		asking = append(asking, command)
		known, found := r.known[command.requester.Value]
		if !found || fresh && !known.fresh {
			r.known[command.requester.Value] = enrollment{fresh: fresh} // so that each is read once
			unknown = append(unknown, command.requester)
		}
	}
	if len(asking) > 0 {
		r.readHolders(unknown, fresh)
		r.readUsers(asking, catalog)
	}
}

func (r *roster) readHolders(requesters []licensing.Requester, fresh bool) {
	found := make([]enrollment, len(requesters))
	var reads errgroup.Group
	reads.SetLimit(maxReads)
	for i, requester := range requesters {
		reads.Go(func() error {
			ctx, cancel := r.worker.storeContext()
			defer cancel()
			holders, err := r.worker.ledger.store.Holders(ctx, r.worker.id, requester, fresh)
			if err != nil {
				err = fmt.Errorf("%w: who holds licenses: %w", ErrUnavailable, err)
			}
			found[i] = enrollment{holders, fresh, err}
			return nil
		})
	}
	_ = reads.Wait() // failures are per requester
	for i, requester := range requesters {
		r.known[requester.Value] = found[i]
	}
}

// readUsers reads live, after the account, what is not known of the users. Who lacks a unit is about to take one, or to be
// refused: a user who was deleted must do neither.
func (r *roster) readUsers(asking []*command, catalog catalogResult) {
	var wanted []Subject
	for _, command := range asking {
		required := r.required(command, catalog)
		for _, holder := range r.known[command.requester.Value].holders {
			state, known := r.worker.states[holder.User]
			_, read := r.read[holder.User]
			if !read && (!known || lacks(state, required)) {
				r.read[holder.User] = nil
				wanted = append(wanted, holder.User)
			}
		}
	}
	_, failures := r.worker.readLive(wanted)
	maps.Copy(r.read, failures)
}

func lacks(state State, required []licensing.Requirement) bool {
	return state.User == nil || slices.ContainsFunc(required, func(requirement licensing.Requirement) bool {
		_, held := state.User.Holding(requirement.LimitationID)
		return !held
	})
}

// refresh reads live who the requester of the first command is, and in the same time those of some that come after it: what
// the first one is refused, they may be too.
func (r *roster) refresh(commands []*command, catalog catalogResult) {
	var stale []*command
	for _, command := range commands {
		if !r.isFresh(command, catalog) {
			stale = append(stale, command)
		}
		if len(stale) == maxReads {
			break
		}
	}
	r.enroll(stale, catalog, true)
}

func (r *roster) isFresh(c *command, catalog catalogResult) bool {
	return r.required(c, catalog) == nil || r.known[c.requester.Value].fresh
}

// holders are the requester's, as the account and the users are now. A user who is gone holds nothing.
func (r *roster) holders(c *command, catalog catalogResult) ([]Holder, error) {
	if r.required(c, catalog) == nil {
		return nil, nil
	}
	if _, found := r.known[c.requester.Value]; !found {
		r.enroll([]*command{c}, catalog, false)
	}
	known := r.known[c.requester.Value]
	if known.err != nil {
		return nil, known.err
	}
	holders := make([]Holder, 0, len(known.holders))
	for _, holder := range known.holders {
		switch err := r.read[holder.User]; {
		case errors.Is(err, ErrSubjectGone):
		case err != nil:
			return nil, err
		default:
			holders = append(holders, holder.on(r.worker.account, r.worker.states[holder.User]))
		}
	}
	return holders, nil
}

// on is the holder with what the account says is held.
func (h Holder) on(account *Account, state State) Holder {
	declared := h.License.User
	h.License.User = License{UserID: declared.UserID, Name: declared.Name, Active: declared.Active}.user(state)
	h.License.Held = make(map[string]int64, len(h.License.Limitations))
	for _, limitation := range h.License.Limitations {
		key := LimitationKey{ActivationID: h.License.LineItem.ActivationID, LimitationID: limitation.ID}
		h.License.Held[limitation.ID] = account.Balances[key].Held()
	}
	return h
}
