package ledger_test

import (
	"testing"

	"github.com/licensing-operator/licensing-operator/internal/licensing"
)

func TestWhatIsCommittedIsSeenThroughObjectsThatDoNotShowIt(t *testing.T) {
	inBubble(t, 1000, func(w *world) {
		a, b := w.replica("a").open(), w.replica("b").open()
		a.client.Inject(neverWrites)
		ann := w.memory.CreateUser(w, w.id, "license", "ann")
		answer, err := a.provision(ann, license("ann", 2))
		w.succeeds(err)

		committed, err := b.Committed(w.Context(), w.id)
		w.succeeds(err)
		read := licensing.NamedUser{UserID: "ann", Name: "Ann", Active: true}
		view := committed.User(ann, read)
		if holding, holds := view.Holding("feature"); !holds || holding.TransactionID != answer.Holding.TransactionID || view.Name != "Ann" {
			w.Errorf("%+v", view)
		}
		if holder, found := committed.Holder(answer.Holding.TransactionID); !found || holder != ann {
			w.Errorf("held by %+v", holder)
		}
		if holder, found := committed.Holder("another"); found {
			w.Errorf("%+v holds what nobody was given", holder)
		}
		if record, found := committed.Consumption(ann); found {
			w.Errorf("a user is the consumption %+v", record)
		}
		a.client.Inject(nil)
		w.checkInvariants()
	})
}

func TestNothingIsCommittedOnAnAccountThatWasNeverOpened(t *testing.T) {
	inBubble(t, 1000, func(w *world) {
		id := w.id
		id.Name = "never-opened"
		committed, err := w.replica("a").Committed(w.Context(), id)
		w.succeeds(err)
		if holder, found := committed.Holder("any"); found {
			w.Errorf("held by %+v", holder)
		}
	})
}
