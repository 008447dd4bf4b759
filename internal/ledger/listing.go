package ledger

import (
	"context"
	"fmt"
	"maps"
	"slices"

	"github.com/licensing-operator/licensing-operator/internal/licensing"
)

// listing is the users and clients of a line item, or its records of consumptions, and what it takes to see them as every
// committed transaction has left them, although they were listed while commits went on. Long lists hold up nobody so.
//
// The account is read first, and the listing follows each of this replica's commits from then on. The objects are listed
// after that, each at a time of its own if it so happens: only that an object which is there all the time is not missed
// matters, and that no object is shown as it was before. Then every transaction is accounted for, once. One that was
// neither open nor committed since had left the open list, and so it was seen in its object before that was listed. Every
// other one is in open or since, in commit order, and the object's revision tells whether what was listed has it already.
//
// What was not listed was deleted before, or created after. A user of whom a transaction was open had been created before,
// and is gone; what was committed on that user since is based on what is not listed, and changes nothing. A user whose first
// transaction was committed since may have come after: the balance counts the unit, and so does the recount. One who was
// gone all the same, or who goes after being listed, is left to the next recount, as is whoever goes after this one: the
// balance counts the units still, so that nothing is changed. Only a recount takes them off. A listing that was overtaken
// by another one is of no use.
//
// Nor is one that has missed a commit: what another replica committed may have left the open list as well. A listing knows
// the hash of the last commit that it followed, so that whatever made the replica forget its view of the account shows.
type listing struct {
	// ctx ends when nobody waits for the listing any more.
	ctx          context.Context //nolint:containedctx // the caller's, so that what is given up is not followed for ever
	activationID string
	// consumed tells that records of consumptions are listed. A record that is not stored yet is found in open.
	consumed bool
	// inside tells that the worker lists for itself, whenever it decides.
	inside bool

	// states are what was listed.
	states map[Subject]State
	// sequence and hash are those of the last commit that was followed; bytes is the size of since.
	sequence    int64
	hash        string
	open, since []*Transaction
	bytes       int
}

// errLeftBehind reports a listing that is of no use on the account as it is now.
var errLeftBehind = fmt.Errorf("%w: the account was changed while its objects were listed", ErrUnavailable)

// maxListingBytes bounds what is kept for a listing: ten thousand transactions, or more than the time of one makes.
const maxListingBytes = 8 << 20

// begin reads the account.
func (l *listing) begin(account *Account) {
	l.sequence, l.hash = account.Sequence, account.Hash
	l.open, l.since, l.bytes = l.ofSubjects(account.Open), nil, 0
}

// follow takes note of a commit. It tells whether the listing can still be used.
func (l *listing) follow(account *Account, transactions []*Transaction) bool {
	if l.ctx.Err() != nil || account.Sequence != l.sequence+1 || account.PreviousHash != l.hash || slices.ContainsFunc(transactions, l.isOvertakenBy) {
		return false
	}
	kept := l.ofSubjects(transactions)
	for _, transaction := range kept {
		l.bytes += len(transaction.text)
	}
	if l.bytes > maxListingBytes {
		l.since = nil
		return false
	}
	l.since = append(l.since, kept...)
	l.sequence, l.hash = account.Sequence, account.Hash
	return true
}

func (l *listing) isOvertakenBy(transaction *Transaction) bool {
	return transaction.Cause == licensing.CauseRecounted && transaction.moves(l.activationID)
}

// seen are the listed objects on the account as it is being decided on.
func (l *listing) seen(account *Account) (map[Subject]State, error) {
	if l.sequence != account.Sequence || l.hash != account.Hash {
		return nil, errLeftBehind
	}
	next := slices.IndexFunc(account.Open, func(t *Transaction) bool { return t.Sequence > account.Sequence })
	if next < 0 {
		return l.through(l.since), nil
	}
	if uncommitted := account.Open[next:]; !slices.ContainsFunc(uncommitted, l.isOvertakenBy) {
		return l.through(slices.Concat(l.since, l.ofSubjects(uncommitted))), nil
	}
	return nil, errLeftBehind
}

// through follows the transactions from what was listed. Whoever is not listed starts from nothing, if from since.
func (l *listing) through(since []*Transaction) map[Subject]State {
	seen := make(map[Subject]State, len(l.states))
	maps.Copy(seen, l.states)
	for _, transaction := range l.open {
		if _, listed := seen[transaction.Subject]; listed || l.consumed {
			transaction.advance(seen)
		}
	}
	for _, transaction := range since {
		if _, known := seen[transaction.Subject]; known || l.consumed || transaction.moves(l.activationID) {
			transaction.advance(seen)
		}
	}
	return seen
}

// ofSubjects are the transactions on what is listed.
func (l *listing) ofSubjects(transactions []*Transaction) (ofSubjects []*Transaction) {
	for _, transaction := range transactions {
		kind := transaction.Subject.Kind
		if kind == ConsumptionSubject && l.consumed || (kind == UserSubject || kind == ActivationSubject) && !l.consumed {
			ofSubjects = append(ofSubjects, transaction)
		}
	}
	return ofSubjects
}

// advance makes the subject's state that of the transaction, if it is the one that the transaction was based on.
func (t *Transaction) advance(states map[Subject]State) {
	if t.Base == states[t.Subject].Revision() {
		states[t.Subject] = t.State
	}
}

// moves tells whether the transaction changes a balance of the line item.
func (t *Transaction) moves(activationID string) bool {
	return slices.ContainsFunc(t.Units, func(entry UnitEntry) bool { return entry.ActivationID == activationID })
}
