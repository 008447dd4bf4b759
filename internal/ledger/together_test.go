package ledger_test

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/licensing-operator/licensing-operator/internal/ledger"
	"github.com/licensing-operator/licensing-operator/internal/ledger/ledgertest"
	"github.com/licensing-operator/licensing-operator/internal/licensing"
)

func statuses(items []licensing.ItemResult) (statuses []licensing.ItemStatus) {
	for _, item := range items {
		statuses = append(statuses, item.Status)
	}
	return statuses
}

func TestTokensAndUnitComeTogether(t *testing.T) {
	for _, test := range []struct {
		name          string
		tokens, units int64
		items         []string
		// inOneOff and inSession are what becomes of the items; used and held what the account says then.
		inOneOff, inSession         []licensing.ItemStatus
		usedOneOff, usedSession     licensing.Tokens
		heldByOneOff, heldBySession int64
	}{
		{"enough of both", 10, 1, []string{desk}, []licensing.ItemStatus{licensing.ItemGranted}, []licensing.ItemStatus{licensing.ItemGranted}, deskRate, deskRate, 1, 1},
		{"too few tokens", 9, 1, []string{desk}, []licensing.ItemStatus{licensing.ItemInsufficientTokens}, []licensing.ItemStatus{licensing.ItemInsufficientTokens}, 0, 0, 0, 0},
		{"no unit", 10, 0, []string{desk}, []licensing.ItemStatus{licensing.ItemUserNotProvisioned}, []licensing.ItemStatus{licensing.ItemUserNotProvisioned}, 0, 0, 0, 0},
		{"too few tokens for another item", 10, 1, []string{desk, "cheap"},
			[]licensing.ItemStatus{licensing.ItemGranted, licensing.ItemInsufficientTokens}, []licensing.ItemStatus{licensing.ItemNotCharged, licensing.ItemInsufficientTokens}, deskRate, 0, 1, 0},
		{"an open item beside one without a unit", 11, 0, []string{"cheap", desk},
			[]licensing.ItemStatus{licensing.ItemGranted, licensing.ItemUserNotProvisioned}, []licensing.ItemStatus{licensing.ItemNotCharged, licensing.ItemUserNotProvisioned}, licensing.Token, 0, 0, 0},
		{"two items of one limitation", 11, 1, []string{desk, visit},
			[]licensing.ItemStatus{licensing.ItemGranted, licensing.ItemGranted}, []licensing.ItemStatus{licensing.ItemGranted, licensing.ItemGranted}, 11 * licensing.Token, 11 * licensing.Token, 1, 1},
		{"an item that takes none along", 11, 1, []string{visit}, []licensing.ItemStatus{licensing.ItemUserNotProvisioned}, []licensing.ItemStatus{licensing.ItemUserNotProvisioned}, 0, 0, 0, 0},
	} {
		t.Run(test.name+", one-off", func(t *testing.T) {
			inBubble(t, 0, func(w *world) {
				w.sellDesks(test.tokens, test.units)
				r := w.replica("a").open()
				ann := r.user("ann")
				answer, err := r.buys("ann", "", test.items...)
				w.succeeds(err)
				if diff := cmp.Diff(test.inOneOff, statuses(answer.Items)); diff != "" {
					w.Errorf("(-want +got):\n%s", diff)
				}
				w.checkInvariants()
				w.expectUsed(test.usedOneOff)
				w.expectUnits(test.heldByOneOff)
				if w.holds(ann) != (test.heldByOneOff == 1) {
					w.Error("the user's object says something else")
				}
			})
		})
		t.Run(test.name+", session", func(t *testing.T) {
			inBubble(t, 0, func(w *world) {
				w.sellDesks(test.tokens, test.units)
				r, session := w.replica("a").open(), w.session()
				ann := r.user("ann")
				answer := w.written(r.uses(session, "ann", "", test.items...))
				if diff := cmp.Diff(test.inSession, statuses(answer.Items)); diff != "" {
					w.Errorf("(-want +got):\n%s", diff)
				}
				w.checkInvariants()
				w.expectUsed(test.usedSession)
				w.expectUnits(test.heldBySession)
				if w.holds(ann) != (test.heldBySession == 1) {
					w.Error("the user's object says something else")
				}
			})
		})
	}
}

func TestTheUnitIsTakenOnceAndStays(t *testing.T) {
	inBubble(t, 0, func(w *world) {
		w.sellDesks(1000, 1)
		a, b, session := w.replica("a").open(), w.replica("b").open(), w.session()
		ann := a.user("ann")
		first := w.written(a.uses(session, "ann", "claim", desk))
		// The same request again, on the replica that did not decide it.
		again, err := b.uses(session, "ann", "claim", desk)
		w.succeeds(err)
		if diff := cmp.Diff(first.Items, again.Items); diff != "" || again.CorrelationID != first.CorrelationID {
			w.Errorf("the repeat is answered another way (-first +again):\n%s", diff)
		}
		want := []licensing.HeldUnit{{ActivationID: "license", LimitationID: "feature", Taken: true}}
		if diff := cmp.Diff(want, again.Items[0].Units); diff != "" {
			w.Errorf("units (-want +got):\n%s", diff)
		}
		w.written(b.uses(session, "ann", "", desk, visit))
		if _, err := b.buys("ann", "", desk); err != nil {
			w.Fatal(err)
		}
		time.Sleep(90 * time.Minute)
		w.written(a.advance(session))
		w.written(b.closeSession(session))
		w.checkInvariants()
		w.expectUnits(1)
		if taken := w.taken(); len(taken) != 1 || taken[0].CorrelationID != first.CorrelationID || taken[0].Subject != ann || !w.holds(ann) {
			w.Errorf("%d units were taken along", len(taken))
		}
	})
}

func TestTwoLimitationsAreTwoTransactionsOfTheUser(t *testing.T) {
	inBubble(t, 0, func(w *world) {
		w.sellDesks(1000, 1)
		r, session := w.replica("a").open(), w.session()
		ann := r.user("ann")
		answer := w.written(r.uses(session, "ann", "", desk, locker))
		if taken := licensing.TakenUnits(answer.Items); len(taken) != 2 {
			w.Fatalf("takes %v: %s", taken, answer.Message)
		}
		w.checkInvariants()
		sighting, err := w.memory.Read(w.Context(), ann)
		w.succeeds(err)
		user := sighting.State.User
		feature, _ := user.Holding("feature")
		storage, _ := user.Holding("storage")
		if len(user.Holdings) != 3 || feature.TransactionID == storage.TransactionID {
			w.Errorf("the user holds %+v", user.Holdings)
		}
		for _, taken := range w.taken() {
			if taken.ID != feature.TransactionID && taken.ID != storage.TransactionID {
				w.Errorf("transaction %s gave %v, the user's are %s and %s", taken.ID, taken.Units, feature.TransactionID, storage.TransactionID)
			}
		}
	})
}

func TestARevokedUnitCutsNoSessionOff(t *testing.T) {
	inBubble(t, 0, func(w *world) {
		w.sellDesks(1000, 1)
		r, session := w.replica("a").open(), w.session()
		ann := r.user("ann")
		w.written(r.uses(session, "ann", "", desk))
		revoked, err := r.revoke(ann, license("ann", 1))
		w.succeeds(err)
		bob, err := r.provision(r.user("bob"), license("bob", 1))
		w.succeeds(err)
		if !revoked.Changed || !bob.Granted {
			w.Fatalf("revoked is %v: %s", revoked.Changed, bob.Message)
		}
		time.Sleep(time.Hour)
		if charged := w.written(r.advance(session)); charged.Cause != licensing.CauseAutomaticCharge {
			w.Errorf("the running session: %s", charged.Cause)
		}
		if asked := w.written(r.uses(session, "ann", "", desk)); asked.Verdict != licensing.Denied {
			w.Errorf("the next request: %s", asked.Verdict)
		}
		w.checkInvariants()
	})
}

func TestAPreviewTellsOfTheUnitAndTakesNone(t *testing.T) {
	inBubble(t, 0, func(w *world) {
		w.sellDesks(20, 1)
		r, session := w.replica("a").open(), w.session()
		r.user("ann")
		r.user("bob")
		for range 2 {
			access, err := r.PreviewAccess(w.Context(), w.id, session, licensing.Access{Requester: requester("ann"), Items: each([]string{desk})})
			w.succeeds(err)
			oneOff, err := r.PreviewOneOff(w.Context(), w.id, ledger.OneOffRequest{Requester: requester("bob"), Items: each([]string{desk})})
			w.succeeds(err)
			for _, results := range [][]licensing.ItemResult{access.Items, oneOff.Items} {
				if len(licensing.TakenUnits(results)) != 1 {
					w.Errorf("the preview tells of no unit: %+v", results)
				}
			}
			w.expectUnits(0)
		}
		w.written(r.uses(session, "ann", "", desk))
		oneOff, err := r.PreviewOneOff(w.Context(), w.id, ledger.OneOffRequest{Requester: requester("bob"), Items: each([]string{desk})})
		w.succeeds(err)
		if got := oneOff.Items[0].Status; got != licensing.ItemUserNotProvisioned {
			w.Errorf("the preview says %s of a unit that another user took", got)
		}
		w.checkInvariants()
	})
}

func TestARefusalForLackOfAUnitRestsOnLiveReads(t *testing.T) {
	tests := []struct {
		name string
		// change makes possible what the replica that is asked believes to be impossible.
		change func(w *world, elsewhere *replica)
	}{
		{"the limit was raised", func(w *world, _ *replica) { w.memory.SetLiveLicenses(w.id, licenseFor(2)) }},
		{"the unit became free", func(w *world, elsewhere *replica) {
			_, err := elsewhere.revoke(w.memory.FindUser("bob"), license("bob", 1))
			w.succeeds(err)
		}},
		{"the user was given the unit", func(w *world, elsewhere *replica) {
			_, err := elsewhere.provision(w.memory.FindUser("ann"), license("ann", 2))
			w.succeeds(err)
		}},
		{"the item was opened to everyone", func(w *world, _ *replica) {
			catalog := selling(1000)
			table, _ := catalog.RateTables.Effective("series", time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC))
			table.Rates[licensing.ItemKey{Name: desk}] = licensing.FixedRate(deskRate)
			w.memory.SetLiveCatalog(w.id, catalog)
		}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			inBubble(t, 0, func(w *world) {
				w.sellDesks(1000, 1)
				a, b := w.replica("a").open(), w.replica("b").open()
				a.user("ann")
				if _, err := a.provision(a.user("bob"), license("bob", 1)); err != nil {
					w.Fatal(err)
				}
				refused, err := b.buys("ann", "", desk)
				w.succeeds(err)
				if got := statuses(refused.Items); got[0] != licensing.ItemUserNotProvisioned {
					w.Fatalf("%s before the change", got)
				}
				test.change(w, a)
				answer, err := b.buys("ann", "", desk)
				w.succeeds(err)
				if !granted(answer) {
					w.Errorf("refused: %s", answer.Items[0].Message)
				}
				w.checkInvariants()
			})
		})
	}
}

func TestAUserWhoWasDeletedTakesNothing(t *testing.T) {
	inBubble(t, 0, func(w *world) {
		w.sellDesks(1000, 2)
		r := w.replica("a").open()
		ann := r.user("ann")
		w.settle()
		w.memory.Delete(w, ann)
		answer, err := r.buys("ann", "", desk)
		w.succeeds(err)
		if got := statuses(answer.Items); got[0] != licensing.ItemUserNotProvisioned {
			w.Errorf("%s for a user who is gone", got)
		}
		w.expectUnits(0)
		w.expectUsed(0)
	})
}

func TestWhatCannotBeWrittenDownTakesNothing(t *testing.T) {
	inBubble(t, 0, func(w *world) {
		w.sellDesks(1000, 2)
		r := w.replica("a").open()
		r.user("ann")
		items := each([]string{desk})
		items[0].MetaData = json.RawMessage("{")
		if _, err := r.OneOff(w.Context(), w.id, ledger.OneOffRequest{Requester: requester("ann"), Items: items}); err == nil {
			w.Error("a transaction that has no JSON form was accepted")
		}
		w.expectUnits(0)
		w.expectUsed(0)
		if answer, err := r.buys("ann", "", desk); err != nil || !granted(answer) {
			w.Errorf("%v, %v", answer, err)
		}
		w.checkInvariants()
		w.expectUnits(1)
	})
}

// Who asks for open items pays nothing for the requirements of others.
func TestNobodyIsLookedForUnlessAnItemRequiresIt(t *testing.T) {
	inBubble(t, 0, func(w *world) {
		w.sellDesks(15, 1)
		r, session := w.replica("a").open(), w.session()
		asked := 0
		r.client.Inject(func(call ledgertest.Call) (fault ledgertest.Fault) {
			if call.Op == ledgertest.OpHolders {
				asked++
			}
			return fault
		})
		w.written(r.uses(session, "ann", "", "item"))
		w.written(r.uses(session, "ann", "", "item", "cheap"))
		if _, err := r.buys("ann", "", "item", "cheap"); err != nil {
			w.Fatal(err)
		}
		time.Sleep(time.Hour)
		w.written(r.advance(session))
		if asked != 0 {
			w.Errorf("holders were looked for %d times", asked)
		}
		if _, err := r.buys("ann", "", desk); err != nil {
			w.Fatal(err)
		}
		if asked != 2 {
			w.Errorf("holders were looked for %d times before a refusal, want a look at the cache and a live one", asked)
		}
	})
}

func TestBothTransactionsCountAgainstTheOpenBound(t *testing.T) {
	inBubble(t, 0, func(w *world) {
		w.sellDesks(1000, 2)
		opened := &openedBytes{}
		r := w.replica("a", func(o *ledger.Options) { o.Observer = opened }).open()
		r.user("ann")
		w.settle()
		r.client.Inject(neverWrites)
		if _, err := r.buys("ann", "", desk); err != nil {
			w.Fatal(err)
		}
		account, _, err := w.memory.LoadAccount(w.Context(), w.id)
		w.succeeds(err)
		want := 0
		for _, transaction := range account.Open {
			text, err := json.Marshal(transaction)
			w.succeeds(err)
			want += len(text)
		}
		if len(account.Open) != 2 || opened.bytes.Load() != int64(want) {
			w.Errorf("%d transactions of %d bytes are open, %d are counted", len(account.Open), want, opened.bytes.Load())
		}
		r.client.Inject(nil)
		w.checkInvariants()
	})
}
