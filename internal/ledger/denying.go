package ledger

// Denials go through the account like everything that is recorded, so that a crash loses none, and cost next to nothing when
// they share the commit of others. But they must not take what is there for charges: they never fill more than half of the
// open list, and are left out while the record says that it cannot keep up. They are answered all the same.

// admitDenial gives the denial if it is to be committed.
func (w *worker) admitDenial(next *proposal) {
	denial, options := next.denial, w.ledger.options
	switch {
	case denial == nil:
	case !w.ledger.RecordsDenials(), w.denied.has(denial.ID):
		next.denial = nil
	case options.Pressed(w.id):
		next.denial, next.unrecorded = nil, true
	case w.openBytes+denial.size() > options.OpenBytes/2:
		next.denial, next.unrecorded = nil, true
		if answer, ok := next.answer.(outcome); ok && w.openBytes > 0 && w.recordWorks() {
			answer.User.NotRecorded = true
			next.answer = answer
			next.unrecorded = !denial.mayBeRepeated() // an object asks again, a call does not
		}
	}
}

// RecordsDenials tells whether anybody keeps what was refused.
func (l *Ledger) RecordsDenials() bool { return l.options.Recorder != nil && !l.options.NoDenials }

// size is that of the transaction in the open list. What cannot be encoded is found when it is committed.
func (t *Transaction) size() int {
	text, err := t.encoded()
	if err != nil {
		return 0
	}
	return len(text)
}

// forgetDenials forgets those of a commit that failed. If it has landed all the same, they are open.
func (w *worker) forgetDenials(failed *attempt) {
	for _, transaction := range failed.transactions {
		w.denied.remove(transaction.ID)
	}
}

// rememberDenials makes the denials of the open list known.
func (w *worker) rememberDenials() {
	for _, transaction := range w.account.Open {
		if transaction.mayBeRepeated() {
			w.denied.add(transaction.ID)
		}
	}
}

// maxDenials bounds how many ids of denials are remembered, of which twice as many are for a while. What is
// forgotten is committed again under the same id.
const maxDenials = 1024

// recentIDs remembers the last ids that it was told of.
type recentIDs struct {
	young, old map[string]bool
}

func (r *recentIDs) has(id string) bool { return r.young[id] || r.old[id] }

func (r *recentIDs) add(id string) {
	if r.young == nil || len(r.young) >= maxDenials {
		r.old, r.young = r.young, make(map[string]bool)
	}
	r.young[id] = true
}

func (r *recentIDs) remove(id string) {
	delete(r.young, id)
	delete(r.old, id)
}
