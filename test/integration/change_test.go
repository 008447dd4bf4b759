package integration

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/client-go/tools/events"
	"k8s.io/utils/clock"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/reconcile"

	"github.com/licensing-operator/licensing-operator/api/v1alpha1"
	"github.com/licensing-operator/licensing-operator/controllers/session"
	"github.com/licensing-operator/licensing-operator/internal/licensing"
	"github.com/licensing-operator/licensing-operator/test/cluster"
)

var changes = []story{
	{"a changed list of items replaces what is charged", changedItems},
	{"an empty list halts a session, and items resume it", haltAndResume},
	{"a denied change keeps what was granted, and asks again only when told to", deniedChange},
	{"a denied change without rollback ends the session with a refund", deniedWithoutRollback},
	{"an item that no price list has is named", unknownItem},
	{"a heartbeat asks for nothing", heartbeatAsksNothing},
}

const (
	three   = `[{item: SignPrint, version: "1.0", count: 3}]`
	toomany = `[{item: CADPrint, version: "2.0", count: 1000}, {item: SignPrint, version: "1.0", count: 1}]`
	denied  = "denied: item CADPrint 2.0: count 1000 at rate 7 requires 7000 tokens, "
)

// refunded is a check that a session was given back all but what the time that has passed can have cost.
func refunded(tokens int) func(*v1alpha1.Session) error {
	return func(session *v1alpha1.Session) error {
		if session.Status.Totals == nil {
			return fmt.Errorf("no totals")
		}
		most := licensing.Tokens(tokens) * licensing.Token
		got, err := licensing.ParseTokens(session.Status.Totals.Refunded.String())
		if err == nil && (got > most || got < most/10*9) {
			err = fmt.Errorf("refunded %s, want a little less than %s", got, most)
		}
		return err
	}
}

func changedItems(t *testing.T, p cluster.Producer) {
	p.Sells(t, 1000)
	p.Claim(t, "lisa-barry", published)
	first := p.Granted(t, "lisa-barry")
	p.Claim(t, "lisa-barry", three)
	second := p.Granted(t, "lisa-barry")
	if items := second.Status.Items; len(items) != 1 || items[0].Item != "SignPrint" || items[0].Tokens != "12" {
		t.Errorf("items %+v", items)
	}
	if got := second.Status.Totals.Charged; got != "56" {
		t.Errorf("charged %s in all, want 44 + 12", got)
	}
	if err := refunded(44)(second); err != nil {
		t.Error(err)
	}
	if !second.Status.PeriodStart.After(first.Status.PeriodStart.Time) {
		t.Error("the change did not begin a new period")
	}
	checkInvariants(t, p)
}

func haltAndResume(t *testing.T, p cluster.Producer) {
	p.Sells(t, 1000)
	p.Claim(t, "lisa-barry", published)
	p.Granted(t, "lisa-barry")
	p.Claim(t, "lisa-barry", "[]")
	halted := p.Session(t, "lisa-barry", cluster.All(cluster.Is(v1alpha1.SessionIdle), refunded(44),
		cluster.Says(v1alpha1.ConditionGranted, "False Halted: spec.requestedItems is empty: nothing is charged"),
		cluster.Says(v1alpha1.ConditionReady, "True Halted: the session is halted and uses nothing")))
	if halted.Status.Items != nil || halted.Status.NextChargeTime != nil {
		t.Errorf("a halted session holds %v until %v", halted.Status.Items, halted.Status.NextChargeTime)
	}
	p.Claim(t, "lisa-barry", published)
	resumed := p.Session(t, "lisa-barry", cluster.All(cluster.Is(v1alpha1.SessionActive),
		cluster.Says(v1alpha1.ConditionGranted, "True Granted: all requested items are charged")))
	if got := resumed.Status.Totals.Charged; got != "88" {
		t.Errorf("charged %s in all, want twice 44", got)
	}
	checkInvariants(t, p)
}

func deniedChange(t *testing.T, p cluster.Producer) {
	p.Sells(t, 1000)
	p.Claim(t, "lisa-barry", published)
	before := p.Granted(t, "lisa-barry")
	p.Claim(t, "lisa-barry", toomany)
	after := p.Session(t, "lisa-barry", func(session *v1alpha1.Session) error {
		got := cluster.Condition(session.Status.Conditions, v1alpha1.ConditionGranted)
		if !strings.HasPrefix(got, "False NotEnoughTokens: "+denied) || !strings.HasSuffix(got, " are available; the items granted before stay charged") {
			return fmt.Errorf("granted is %q", got)
		}
		return cluster.Is(v1alpha1.SessionActive)(session)
	})
	if after.Status.Revision != before.Status.Revision || len(after.Status.Items) != 2 {
		t.Errorf("a denial changed the session from revision %d to %d, items %v", before.Status.Revision, after.Status.Revision, after.Status.Items)
	}
	refusal := after.Status.Denied.Items
	if len(refusal) != 2 || refusal[0].Required != "7000" || refusal[0].Status != v1alpha1.DeniedItemDenied || refusal[1].Status != v1alpha1.DeniedItemNotCharged {
		t.Errorf("status.denied.items %+v", refusal)
	}
	event(t, p, "lisa-barry", corev1.EventTypeWarning, "NotEnoughTokens")

	// More tokens alone change nothing: a denied request is final until its holder asks again.
	p.AppliesLineItem(t, 10000)
	cluster.Eventually(t, "the operator to see more tokens", func(ctx context.Context) error {
		var lineItem v1alpha1.LineItem
		if err := p.Read(ctx, cluster.LineItemName, &lineItem); err != nil {
			return err
		}
		if lineItem.Status.ObservedGeneration != lineItem.Generation {
			return fmt.Errorf("not yet")
		}
		return nil
	})
	p.Claim(t, "lisa-barry", toomany, "attempt: 1")
	again := p.Granted(t, "lisa-barry")
	if again.Status.Denied != nil || again.Status.Revision != before.Status.Revision+1 {
		t.Errorf("denied %v, revision %d", again.Status.Denied, again.Status.Revision)
	}
	checkInvariants(t, p)
}

func deniedWithoutRollback(t *testing.T, p cluster.Producer) {
	p.Sells(t, 1000)
	p.Claim(t, "lisa-barry", published)
	before := p.Granted(t, "lisa-barry")
	p.Claim(t, "lisa-barry", toomany, "rollbackOnDeny: false")
	ended := p.Session(t, "lisa-barry", cluster.All(cluster.Is(v1alpha1.SessionTerminated), refunded(44)))
	if got := ended.Status.TerminatedReason; got != v1alpha1.TerminatedDeniedWithoutRollback {
		t.Errorf("terminated because %s", got)
	}
	told := p.Session(t, "lisa-barry", func(session *v1alpha1.Session) error {
		got := cluster.Condition(session.Status.Conditions, v1alpha1.ConditionGranted)
		if !strings.HasPrefix(got, "False Terminated: "+denied) || !strings.HasSuffix(got, "create a new session to claim again") {
			return fmt.Errorf("granted is %q", got)
		}
		return nil
	})
	// An informer may show the end, which the ledger has written, before the denial.
	view := told.DeepCopy()
	view.ResourceVersion, view.Status.Denied, view.Status.Conditions = before.ResourceVersion, nil, before.Status.Conditions
	reconciler := &session.Reconciler{Client: stale{p.Client, view}, Ledger: running.books, Clock: clock.RealClock{}, Events: events.NewFakeRecorder(10)}
	if _, err := reconciler.Reconcile(t.Context(), reconcile.Request{NamespacedName: client.ObjectKeyFromObject(view)}); err != nil {
		t.Fatal(err)
	}
	var after v1alpha1.Session
	if err := p.Read(t.Context(), "lisa-barry", &after); err != nil || after.Status.Denied == nil {
		t.Errorf("denied %v, %v: an older view has taken it back", after.Status.Denied, err)
	}
	checkInvariants(t, p)
}

// stale reads an older view of one session.
type stale struct {
	client.Client

	view *v1alpha1.Session
}

func (s stale) Get(ctx context.Context, key client.ObjectKey, object client.Object, options ...client.GetOption) error {
	if session, ok := object.(*v1alpha1.Session); ok {
		s.view.DeepCopyInto(session)
		return nil
	}
	return s.Client.Get(ctx, key, object, options...)
}

func unknownItem(t *testing.T, p cluster.Producer) {
	p.Sells(t, 1000)
	p.Claim(t, "lisa-barry", `[{item: PhotoAlbum, count: 1}]`)
	p.Session(t, "lisa-barry", cluster.Says(v1alpha1.ConditionGranted, "False ItemNotPriced: denied: item PhotoAlbum: not found in any "+
		"effective rate table of the 1 line items that accept charges; an omitted version matches only an item without version"))
	p.Claim(t, "lisa-barry", published)
	p.Granted(t, "lisa-barry")
	checkInvariants(t, p)
}

func heartbeatAsksNothing(t *testing.T, p cluster.Producer) {
	p.Sells(t, 1000)
	p.Claim(t, "lisa-barry", published)
	before := p.Granted(t, "lisa-barry")
	for i := range 3 {
		beat := time.Unix(int64(i), 0).UTC().Format(time.RFC3339)
		p.Patch(t, "lisa-barry", &v1alpha1.Session{}, fmt.Sprintf(`{"spec":{"heartbeatTime":%q}}`, beat))
		p.Session(t, "lisa-barry", func(session *v1alpha1.Session) error {
			seen := session.Status.Heartbeat
			if seen == nil || seen.Observed == nil || !seen.Observed.Time.Equal(time.Unix(int64(i), 0)) {
				return fmt.Errorf("heartbeat seen: %v", seen)
			}
			return nil
		})
	}
	after := p.Granted(t, "lisa-barry")
	if after.Status.Revision != before.Status.Revision {
		t.Errorf("heartbeats made %d transactions", after.Status.Revision-before.Status.Revision)
	}
	if made := len(shared.History.Transactions(p.Account())); made != 1 {
		t.Errorf("%d transactions, want that of the claim alone", made)
	}
	checkInvariants(t, p)
}
