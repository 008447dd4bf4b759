package ledger_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/licensing-operator/licensing-operator/internal/ledger"
	"github.com/licensing-operator/licensing-operator/internal/licensing"
)

func (w *world) units() licensing.Tokens {
	w.Helper()
	account, _, err := w.memory.LoadAccount(w.Context(), w.id)
	w.succeeds(err)
	return account.Balances[ledger.LimitationKey{ActivationID: "license", LimitationID: "feature"}].Consumed
}

func TestARecountFreesTheUnitsOfDeletedUsers(t *testing.T) {
	inBubble(t, 0, func(w *world) {
		a, b := w.replica("a").open(), w.replica("b").open()
		for _, userID := range []string{"ann", "bob"} {
			answer, err := a.provision(w.memory.CreateUser(w, w.id, "license", userID), license(userID, 2))
			w.succeeds(err)
			<-answer.Written
		}
		w.memory.Delete(w, w.memory.FindUser("ann"))
		changed, err := b.Recount(w.Context(), w.id, "license", []string{"feature"})
		w.succeeds(err)
		if !changed || w.units() != licensing.Token {
			w.Errorf("changed is %v, %s units are held", changed, w.units())
		}
		changed, err = a.Recount(w.Context(), w.id, "license", []string{"feature"})
		w.succeeds(err)
		if changed {
			w.Error("a second recount found a difference")
		}
		zoe, err := a.provision(w.memory.CreateUser(w, w.id, "license", "zoe"), license("zoe", 2))
		w.succeeds(err)
		if !zoe.Granted {
			w.Errorf("refused: %s", zoe.Message)
		}
		w.checkInvariants()
		if diff := cmp.Diff(map[licensing.Cause]int{licensing.CauseProvisioned: 3 * 2, licensing.CauseRecounted: 1}, w.causes()); diff != "" {
			w.Errorf("transactions (-want +got):\n%s", diff)
		}
	})
}

func TestARecountRebuildsWhatALostAccountCounted(t *testing.T) {
	inBubble(t, 0, func(w *world) {
		r := w.replica("a").open()
		ann, device := w.memory.CreateUser(w, w.id, "license", "ann"), w.memory.CreateActivation(w, w.id, "license", "device")
		_, err := r.takeSeat(ann, "ann", red(1))
		w.succeeds(err)
		_, err = r.provisionAlone(ann, license("ann", 2))
		w.succeeds(err)
		_, err = r.provisionAlone(device, token("device", 1))
		w.succeeds(err)
		w.settle()
		before, err := r.Balances(w.Context(), w.id)
		w.succeeds(err)
		r.stop()
		w.memory.DeleteAccount(w, w.id)

		r = w.replica("b").open()
		changed, err := r.Recount(w.Context(), w.id, "license", []string{"feature"})
		w.succeeds(err)
		after, err := r.Balances(w.Context(), w.id)
		w.succeeds(err)
		if diff := cmp.Diff(before, after); diff != "" || !changed || len(after) != 4 {
			t.Errorf("changed is %v, balances (-before +after):\n%s", changed, diff)
		}
	})
}

func TestARecountSeesWhatIsNotWrittenThroughYet(t *testing.T) {
	inBubble(t, 0, func(w *world) {
		a := w.replica("a").open()
		a.client.Inject(neverWrites)
		_, err := a.provision(w.memory.CreateUser(w, w.id, "license", "ann"), license("ann", 2))
		w.succeeds(err)
		changed, err := a.Recount(w.Context(), w.id, "license", []string{"feature"})
		w.succeeds(err)
		if changed {
			w.Error("the recount missed a transaction that is open")
		}
		a.client.Inject(nil)
		w.checkInvariants()
	})
}

func TestALimitHoldsWithManyReplicas(t *testing.T) {
	inBubble(t, 0, func(w *world) {
		replicas := []*replica{w.replica("a").open(), w.replica("b").open(), w.replica("c").open()}
		grants := 0
		for n, userID := range []string{"ann", "bob", "eve", "kim", "zoe"} {
			answer, err := replicas[n%3].provision(w.memory.CreateUser(w, w.id, "license", userID), license(userID, 3))
			w.succeeds(err)
			if answer.Granted {
				grants++
			}
		}
		if grants != 3 {
			w.Errorf("%d units were given, the limit is 3", grants)
		}
		w.checkInvariants()
	})
}
