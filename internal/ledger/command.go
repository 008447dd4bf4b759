package ledger

import (
	"context"
	"encoding/json"
	"iter"
	"time"

	"github.com/google/uuid"

	"github.com/licensing-operator/licensing-operator/internal/licensing"
)

// command is one request in the queue of an account.
type command struct {
	ctx  context.Context //nolint:containedctx // the caller's, to skip a request that nobody waits for
	done chan error
	// answer is written before done is signaled.
	answer any

	// open lets a missing account of an Instance that never had one be created.
	open bool
	// fresh wants the stored account, not the replica's last view of it.
	fresh bool
	// subject is what the request is about; zero for a request without an object.
	subject Subject
	// reads tells that the command never changes anything. It is evaluated before those of its batch that do, so that it
	// sees the account at a commit, and also while the open list is full.
	reads bool
	// caller is who asks, for the record.
	caller string
	// at is the time that the request is about, if it is not the time at which it is decided.
	at time.Time
	// prices tells that the decision depends on what is on sale.
	prices bool
	// requester asks for the items, which may require that the requester holds units.
	requester licensing.Requester
	items     []licensing.RequestedItem
	// generation is that of the spec that declares the request; zero if none does.
	generation int64
	// live wants the subject read now, for what is not in the account: its heartbeat.
	live bool
	// begins is a listing that reads the account; listing is one that is to be decided on.
	begins, listing *listing
	once            Idempotency
	// again makes the answer of what is remembered of it by idempotency key.
	again func(json.RawMessage) (any, error)
	// evaluate decides on the account as it stands. It must be pure: it may be called again on a newer account.
	evaluate func(*view) proposal
}

// view is what a command is evaluated on.
type view struct {
	account  *Account
	catalog  licensing.Catalog
	sighting Sighting
	state    State
	// holders are the requester's licenses, if an item requires one.
	holders []Holder
	// listed are the states of everything that was listed.
	listed map[Subject]State
	terms  licensing.Terms
	// now is when the decision is made; at is the time that it is about, not after now.
	now, at time.Time
}

// session is the session's state, seen through the open transactions.
func (v *view) session() licensing.Session {
	if v.state.Session == nil {
		return licensing.NewSession(v.at)
	}
	return *v.state.Session
}

// lastHeartbeat is the session's, which was read live.
func (v *view) lastHeartbeat() time.Time {
	if v.sighting.Renewed {
		return v.at // seen now; it is recorded when its watch event is handled
	}
	return v.sighting.LastHeartbeat
}

// proposal is what a command wants committed, and the answer that its caller gets then.
type proposal struct {
	answer any
	// remember is what to keep of the answer by the request's idempotency key. An answer that is put off has none.
	remember any
	// denied answers are given only on the newest catalog and account: a refusal must not be out of date.
	denied bool
	// exact answers are given only on the newest account: they say that there is nothing to do, which another replica's
	// commit may have made untrue.
	exact bool
	// transaction is nil when nothing changes.
	transaction *Transaction
	// also are committed with the transaction, or not at all.
	also []*Transaction
	// denial is what to record of a refusal that changes nothing. It may be left out.
	denial     *Transaction
	unrecorded bool
	// err is why there is no proposal.
	err error
}

// transactions are all of them.
func (p proposal) transactions() iter.Seq[*Transaction] {
	return func(yield func(*Transaction) bool) {
		if p.denial != nil && !yield(p.denial) || p.transaction == nil || !yield(p.transaction) {
			return
		}
		for _, transaction := range p.also {
			if !yield(transaction) {
				return
			}
		}
	}
}

// attempt is one evaluation of a batch, and the commit made of it.
type attempt struct {
	commitID  string
	proposals []proposal
	// errs are the answers of commands that could not be evaluated.
	errs     []error
	commands []*command
	// transactions are the new ones, in order.
	transactions []*Transaction
	// exact tells that an answer must rest on the newest account.
	exact bool
	// receipts tells that answers are to be remembered.
	receipts bool
	// full tells that commands were put back because there is no room for them now.
	full bool
	// unknown is a commit whose answer was lost.
	unknown bool
}

// reply answers every command of the attempt.
func (w *worker) reply(to *attempt) {
	for i, command := range to.commands {
		command.answer = to.proposals[i].answer
		if to.proposals[i].unrecorded && to.errs[i] == nil {
			w.ledger.options.Observer.DenialUnrecorded(w.id)
		}
		command.done <- to.errs[i]
	}
}

func fail(commands []*command, err error) {
	for _, command := range commands {
		command.done <- err
	}
}

// newTransaction fills in what the ledger knows.
func (v *view) newTransaction(c *command, cause licensing.Cause) *Transaction {
	return &Transaction{
		ID: uuid.NewString(), Sequence: v.account.Sequence + 1, Time: v.now, Key: c.once.Key, Cause: cause,
		Caller: c.caller, Subject: c.subject, Base: v.state.Revision(),
	}
}
