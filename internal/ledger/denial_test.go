package ledger_test

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/google/uuid"

	"github.com/licensing-operator/licensing-operator/internal/ledger"
	"github.com/licensing-operator/licensing-operator/internal/licensing"
)

// denials are the transactions that say what was refused, alone or beside what was granted.
func (w *world) denials() (denials []*ledger.Transaction) {
	w.Helper()
	w.checkInvariants()
	for _, transaction := range w.recording.Transactions(w.id) {
		if len(transaction.Denials) > 0 {
			denials = append(denials, transaction)
		}
	}
	return denials
}

// waits asks for a user who waits behind somebody to whom a unit was refused.
func (w *world) waits(r *replica, user ledger.Subject, userID string) ledger.UserAnswer {
	w.Helper()
	result := r.Batch(w.Context(), w.id, []ledger.Request{ledger.Waiting{
		User: user, License: license(userID, 1), Refusal: licensing.Provisioned{RefusedBy: "feature", Message: "none left"},
	}})[0]
	w.succeeds(result.Err)
	return result.User
}

func TestEveryRefusalIsInOneTransaction(t *testing.T) {
	// What the message says is tested where it is made.
	short := cmp.Options{cmpopts.IgnoreFields(ledger.Denial{}, "Message"), cmpopts.EquateEmpty()}
	tooMany := ledger.Denial{Item: "item", Count: 3 * licensing.One, Reason: "InsufficientTokens", Required: 30 * licensing.Token, Available: 20 * licensing.Token}
	unit := func(limitationID, reason string) ledger.Denial {
		return ledger.Denial{ActivationID: "license", LimitationID: limitationID, Count: licensing.One, Reason: reason, Required: licensing.Token}
	}
	user := func(w *world, r *replica, userID string) ledger.Subject {
		subject := w.memory.CreateUser(w, w.id, "license", userID)
		_, err := r.takeSeat(subject, userID, licensing.Seating{})
		w.succeeds(err)
		return subject
	}
	tests := map[string]struct {
		ask   func(w *world, r *replica) (about ledger.Subject)
		cause licensing.Cause
		by    licensing.Requester
		want  []ledger.Denial
	}{
		"a one-off request, with what it brought along": {func(w *world, r *replica) ledger.Subject {
			wanted := items("item", 3)
			wanted[0].MetaData = json.RawMessage(`{"job":7}`)
			answer, err := r.OneOff(w.Context(), w.id, ledger.OneOffRequest{Requester: lisa, Items: wanted})
			w.succeeds(err)
			if denials := w.denials(); len(denials) != 1 || answer.CorrelationID != denials[0].ID {
				w.Errorf("the answer names %s, recorded is %v", answer.CorrelationID, denials)
			}
			return ledger.Subject{}
		}, licensing.CauseRefused, lisa, []ledger.Denial{func() ledger.Denial { d := tooMany; d.MetaData = json.RawMessage(`{"job":7}`); return d }()}},
		"an item of a one-off request beside one that is charged": {func(w *world, r *replica) ledger.Subject {
			wanted := append(items("cheap", 1), items("unknown", 2)...)
			_, err := r.OneOff(w.Context(), w.id, ledger.OneOffRequest{Requester: lisa, Items: wanted})
			w.succeeds(err)
			w.expectUsed(licensing.Token)
			return ledger.Subject{}
		}, licensing.CauseOneOff, lisa, []ledger.Denial{{Item: "unknown", Count: 2 * licensing.One, Reason: "ItemNotFound"}}},
		"a claim": {func(w *world, r *replica) ledger.Subject {
			session := w.session()
			_, err := r.claim(session, 1, 3)
			w.succeeds(err)
			return session
		}, licensing.CauseRefused, licensing.Requester{}, []ledger.Denial{tooMany}},
		"a request on a session": {func(w *world, r *replica) ledger.Subject {
			session := w.session()
			answer, err := r.request(session, "", 3)
			w.succeeds(err)
			if denials := w.denials(); len(denials) != 1 || answer.CorrelationID != denials[0].ID || answer.Transaction != nil {
				w.Errorf("the answer is %+v, recorded is %v", answer, denials)
			}
			return session
		}, licensing.CauseRefused, lisa, []ledger.Denial{tooMany}},
		"a request that ends the session": {func(w *world, r *replica) ledger.Subject {
			session := w.session()
			_, err := r.Access(w.Context(), w.id, session, licensing.Access{Requester: lisa, Items: items("item", 3)}, ledger.Idempotency{})
			w.succeeds(err)
			return session
		}, licensing.CauseDenied, lisa, []ledger.Denial{tooMany}},
		"an automatic charge": {func(w *world, r *replica) ledger.Subject {
			session := w.session()
			w.written(r.request(session, "", 2))
			time.Sleep(time.Hour)
			w.written(r.advance(session))
			return session
		}, licensing.CauseNotAffordable, lisa, []ledger.Denial{{Item: "item", Count: 2 * licensing.One, Reason: "InsufficientTokens", Required: 20 * licensing.Token}}},
		"a seat": {func(w *world, r *replica) ledger.Subject {
			ann := w.memory.CreateUser(w, w.id, "license", "ann")
			_, err := r.takeSeat(ann, "ann", seats(0))
			w.succeeds(err)
			return ann
		}, licensing.CauseRefused, requester("ann"), []ledger.Denial{unit("#seat", ledger.DeniedByUserLimit)}},
		"a seat in a group": {func(w *world, r *replica) ledger.Subject {
			ann := w.memory.CreateUser(w, w.id, "license", "ann")
			_, err := r.takeSeat(ann, "ann", red(0))
			w.succeeds(err)
			return ann
		}, licensing.CauseRefused, requester("ann"), []ledger.Denial{unit("#seat/red", ledger.DeniedByGroupLimit)}},
		"a unit": {func(w *world, r *replica) ledger.Subject {
			ann := user(w, r, "ann")
			_, err := r.provisionAlone(ann, license("ann", 0))
			w.succeeds(err)
			return ann
		}, licensing.CauseRefused, requester("ann"), []ledger.Denial{unit("feature", ledger.DeniedByLimit)}},
		"a unit that somebody else comes first for": {func(w *world, r *replica) ledger.Subject {
			ann := user(w, r, "ann")
			answer := w.waits(r, ann, "ann")
			if answer.Granted || answer.Message != "none left" {
				w.Errorf("answered %+v", answer)
			}
			return ann
		}, licensing.CauseRefused, requester("ann"), []ledger.Denial{unit("feature", ledger.DeniedByLimit)}},
		"a token": {func(w *world, r *replica) ledger.Subject {
			device := w.memory.CreateActivation(w, w.id, "license", "device")
			_, err := r.provisionAlone(device, token("device", 0))
			w.succeeds(err)
			return device
		}, licensing.CauseRefused, requester("device"), []ledger.Denial{unit("#token", ledger.DeniedByTokenLimit)}},
		"a consumption": {func(w *world, r *replica) ledger.Subject {
			w.consumes(r, 8)
			_, err := r.consume("", 3)
			w.succeeds(err)
			return ledger.Subject{}
		}, licensing.CauseRefused, requester("ann"), []ledger.Denial{{
			ActivationID: "license", LimitationID: "calls", Count: 3 * licensing.One, Reason: ledger.DeniedByLimit,
			Required: 3 * licensing.Token, Available: 2 * licensing.Token,
		}}},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			inBubble(t, 20, func(w *world) {
				about := test.ask(w, w.replica("a").open())
				denials := w.denials()
				if len(denials) != 1 {
					w.Fatalf("%d transactions with denials, want 1", len(denials))
				}
				denial := denials[0]
				if diff := cmp.Diff(test.want, denial.Denials, short); diff != "" {
					w.Errorf("(-want +got):\n%s", diff)
				}
				for _, refused := range denial.Denials {
					if refused.Message == "" {
						w.Errorf("%+v does not say why", refused)
					}
				}
				if denial.Cause != test.cause || denial.IsDenial() != (test.cause == licensing.CauseRefused) || denial.Requester.Value != test.by.Value {
					w.Errorf("%s of %q, want %s of %q", denial.Cause, denial.Requester.Value, test.cause, test.by.Value)
				}
				subject := denial.Subject
				if denial.About != nil {
					subject = *denial.About
				}
				if subject != about {
					w.Errorf("it is about %v, want %v", subject, about)
				}
			})
		})
	}
}

func TestWhatIsNotRefusedIsNoDenial(t *testing.T) {
	tests := map[string]func(w *world, r *replica){
		"a preview of a one-off request": func(w *world, r *replica) {
			_, err := r.PreviewOneOff(w.Context(), w.id, ledger.OneOffRequest{Items: items("item", 3)})
			w.succeeds(err)
		},
		"a preview of a claim": func(w *world, r *replica) {
			_, err := r.PreviewAccess(w.Context(), w.id, w.session(), licensing.Access{Items: items("item", 3)})
			w.succeeds(err)
		},
		"a request on a session that has ended": func(w *world, r *replica) {
			session := w.session()
			w.written(r.closeSession(session))
			_, err := r.request(session, "", 1)
			w.succeeds(err)
		},
		"a revocation of what is not held": func(w *world, r *replica) {
			_, err := r.revoke(w.memory.CreateUser(w, w.id, "license", "ann"), license("ann", 1))
			w.succeeds(err)
		},
		"who waits for what another replica has given meanwhile": func(w *world, r *replica) {
			ann := w.memory.CreateUser(w, w.id, "license", "ann")
			_, err := r.takeSeat(ann, "ann", licensing.Seating{})
			w.succeeds(err)
			given, err := r.provisionAlone(ann, license("ann", 1))
			w.succeeds(err)
			if answer := w.waits(r, ann, "ann"); !answer.Granted || answer.Holding != given.Holding {
				w.Errorf("answered %+v, was given %+v", answer, given)
			}
		},
		"a consumption that makes no sense": func(w *world, r *replica) {
			_, err := r.consume("", 0)
			w.refuses(err, licensing.InvalidValue)
		},
	}
	for name, ask := range tests {
		t.Run(name, func(t *testing.T) {
			inBubble(t, 20, func(w *world) {
				ask(w, w.replica("a").open())
				if denials := w.denials(); len(denials) > 0 {
					w.Errorf("recorded as %+v", denials)
				}
			})
		})
	}
}

func TestWhatAnObjectAsksForIsDeniedOnceUntilSomethingChanges(t *testing.T) {
	inBubble(t, 20, func(w *world) {
		a, b := w.replica("a").open(), w.replica("b").open()
		session := w.session()
		for range 3 {
			_, err := a.claim(session, 1, 3)
			w.succeeds(err)
		}
		w.settle()
		before := w.commits()
		_, err := a.claim(session, 1, 3)
		w.succeeds(err)
		if w.settle(); w.commits() != before {
			w.Error("a denial that is known was committed again")
		}
		_, err = b.claim(session, 1, 3)
		w.succeeds(err)
		_, err = w.replica("restarted").claim(session, 1, 3)
		w.succeeds(err)
		if denials := w.denials(); len(denials) != 1 {
			t.Errorf("%d denials of one claim", len(denials))
		}
		_, err = b.claim(session, 2, 4) // the spec asks for something else
		w.succeeds(err)
		w.written(b.claim(session, 3, 2))
		_, err = a.claim(session, 4, 3)
		w.succeeds(err)
		if denials := w.denials(); len(denials) != 3 {
			t.Errorf("%d denials of three claims", len(denials))
		}
	})
}

// The unit that a user lists, lists no more and lists again is asked for twice, although nothing has happened to the user.
func TestWhatAUserAsksForIsDeniedOnceAGeneration(t *testing.T) {
	feature := func(generation int64) ledger.License {
		asking := license("ann", 0)
		asking.Generation = generation
		return asking
	}
	tests := map[string]func(user ledger.Subject, generation int64) ledger.Request{
		"a unit": func(user ledger.Subject, generation int64) ledger.Request {
			return ledger.Provisioning{User: user, License: feature(generation), Origin: licensing.DeclaredHolding}
		},
		"a unit that somebody else comes first for": func(user ledger.Subject, generation int64) ledger.Request {
			return ledger.Waiting{User: user, License: feature(generation), Refusal: licensing.Provisioned{RefusedBy: "feature", Message: "none left"}}
		},
		"a seat": func(user ledger.Subject, generation int64) ledger.Request {
			return ledger.Seating{User: user, License: feature(generation), Limits: seats(0)}
		},
	}
	for name, request := range tests {
		t.Run(name, func(t *testing.T) {
			inBubble(t, 0, func(w *world) {
				a, b := w.replica("a").open(), w.replica("b").open()
				ann := w.memory.CreateUser(w, w.id, "license", "ann")
				if name != "a seat" {
					_, err := a.takeSeat(ann, "ann", licensing.Seating{})
					w.succeeds(err)
				}
				for _, generation := range []int64{1, 1, 2, 3} {
					for _, r := range []*replica{a, b} {
						result := r.Batch(w.Context(), w.id, []ledger.Request{request(ann, generation)})[0]
						w.succeeds(result.Err)
						if result.User.Granted {
							w.Errorf("granted %+v", result.User)
						}
						w.settle()
					}
				}
				if denials := w.denials(); len(denials) != 3 {
					t.Errorf("%d denials of three generations", len(denials))
				}
			})
		})
	}
}

func TestACallIsADenialOfItsOwn(t *testing.T) {
	inBubble(t, 20, func(w *world) {
		r, session := w.replica("a").open(), w.session()
		ctx := ledger.WithCaller(w.Context(), "key 7")
		ask := func(key string) string {
			answer, err := r.Access(ctx, w.id, session, licensing.Access{Items: items("item", 3), RollbackOnDeny: true}, ledger.Idempotency{Key: key})
			w.succeeds(err)
			return answer.CorrelationID
		}
		ids := map[string]bool{ask(""): true, ask(""): true, ask("one"): true, ask("one"): true, ask("two"): true}
		denials := w.denials()
		if len(denials) != 4 || len(ids) != 4 {
			t.Errorf("%d denials of four calls, answered as %v", len(denials), ids)
		}
		for _, denial := range denials {
			if !ids[denial.ID] || denial.Caller != "key 7" || uuid.Validate(denial.ID) != nil {
				t.Errorf("denial %s by %q was not answered", denial.ID, denial.Caller)
			}
		}
	})
}
