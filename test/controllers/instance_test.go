package controllers

import (
	"fmt"
	"testing"

	corev1 "k8s.io/api/core/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/licensing-operator/licensing-operator/api/v1alpha1"
	"github.com/licensing-operator/licensing-operator/internal/kubestore"
	"github.com/licensing-operator/licensing-operator/internal/ledger"
	"github.com/licensing-operator/licensing-operator/internal/licensing"
)

func instances(t *testing.T, p producer) {
	p.sells(t)
	wait(t, p, "acme", &v1alpha1.Instance{}, "entitled 100 used 0 available 100, sessions 0 active 0 idle", summary)
	figures(t, "the only instance is the default", *get(t, p, "acme", &v1alpha1.Instance{}).Status.Default, true)
	p.apply(t, "Instance", "acme-2", `{accountID: ACME, shortName: Acme, default: true}`)
	wait(t, p, "acme", &v1alpha1.Instance{}, "false", func(instance *v1alpha1.Instance) string { return fmt.Sprint(*instance.Status.Default) })

	p.apply(t, "Session", "lisa", `{instanceRef: {name: acme}, requester: {type: user, value: Lisa}}`)
	wait(t, p, "acme", &v1alpha1.Instance{}, "entitled 100 used 0 available 100, sessions 0 active 1 idle", summary)
	p.claim(t, "lisa", 10)
	wait(t, p, "acme", &v1alpha1.Instance{}, "entitled 100 used 30 available 70, sessions 1 active 0 idle", summary)
	wait(t, p, "tokens", &v1alpha1.LineItem{}, "used 30, available 70", func(lineItem *v1alpha1.LineItem) string {
		return fmt.Sprintf("used %s, available %s", lineItem.Status.Used, lineItem.Status.Available)
	})

	// The quantity first, then the overdraft, then all is used up.
	p.apply(t, "LineItem", "tokens", tokens("overdraft: {type: Number, limit: 20}"))
	wait(t, p, "acme", &v1alpha1.Instance{}, "entitled 100 used 30 available 90, sessions 1 active 0 idle", summary)
	p.apply(t, "Session", "omar", `{instanceRef: {name: acme}, requester: {type: user, value: Omar}}`)
	p.claim(t, "omar", 30)
	wait(t, p, "tokens", &v1alpha1.LineItem{}, "Exhausted=True TokensUsedUp: 120 used of quantity 100 and overdraft 20", func(lineItem *v1alpha1.LineItem) string {
		return condition(lineItem.Status.Conditions, v1alpha1.ConditionExhausted)
	})
	p.claim(t, "lisa", 0)
	wait(t, p, "acme", &v1alpha1.Instance{}, "sessions 1 active 1 idle", sessionCounts)
}

// lostAccount loses what the status remembers, which nobody may gloss over.
func lostAccount(t *testing.T, p producer) {
	healthy := func(instance *v1alpha1.Instance) string {
		return condition(instance.Status.Conditions, v1alpha1.ConditionLedgerHealthy)
	}
	const inOrder = "LedgerHealthy=True LedgerInOrder: the account is there, in sequence and unaltered"
	p.sells(t)
	wait(t, p, "acme", &v1alpha1.Instance{}, inOrder, healthy)
	p.apply(t, "Session", "lisa", `{instanceRef: {name: acme}, requester: {type: user, value: Lisa}}`)
	p.claim(t, "lisa", 10)
	wait(t, p, "acme", &v1alpha1.Instance{}, "entitled 100 used 30 available 70, sessions 1 active 0 idle", summary)
	account := ledger.AccountID{Namespace: string(p), Name: "acme"}
	// The last commit takes the finished transaction off the account.
	wait(t, p, "acme", &v1alpha1.Instance{}, "swept", func(instance *v1alpha1.Instance) string {
		snapshot, err := books.Snapshot(t.Context(), account, true)
		if err != nil || snapshot.Open > 0 || snapshot.Sequence != *instance.Status.Ledger.Sequence {
			return fmt.Sprint(snapshot.Open, snapshot.Sequence, *instance.Status.Ledger.Sequence, err)
		}
		return "swept"
	})
	remembered := get(t, p, "acme", &v1alpha1.Instance{}).Status

	lost := &corev1.ConfigMap{}
	lost.Namespace, lost.Name = operatorNamespace, kubestore.AccountName(account)
	if err := admin.Delete(t.Context(), lost); err != nil {
		t.Fatal(err)
	}
	incident := fmt.Sprintf("missing-%d", *remembered.Ledger.Sequence)
	wait(t, p, "acme", &v1alpha1.Instance{}, fmt.Sprintf("LedgerHealthy=False AccountMissing: the account is missing; its last known commit is %d. "+
		"Nothing is charged until ConfigMap account.lost-account.acme is put back as it was, or what is there now is accepted (of a missing account nothing: all tokens become available again) with: "+
		"kubectl annotate instance acme -n lost-account licensing-operator.dev/accept-ledger=%s --overwrite", *remembered.Ledger.Sequence, incident), healthy)
	wait(t, p, "tokens", &v1alpha1.LineItem{}, "Bound=False LedgerNotHealthy: the account of instance acme is not in order, nothing is charged: its condition LedgerHealthy says why",
		func(lineItem *v1alpha1.LineItem) string {
			return condition(lineItem.Status.Conditions, v1alpha1.ConditionBound)
		})
	halted := get(t, p, "acme", &v1alpha1.Instance{})
	figures(t, "what is remembered of the account", halted.Status.Ledger, remembered.Ledger)
	figures(t, "the last known figures", halted.Status.Tokens, remembered.Tokens)

	accepted := halted.DeepCopy()
	accepted.Annotations = map[string]string{kubestore.AcceptLedgerAnnotation: incident}
	if err := admin.Patch(t.Context(), accepted, client.MergeFrom(halted)); err != nil {
		t.Fatal(err)
	}
	wait(t, p, "acme", &v1alpha1.Instance{}, inOrder, healthy)
	wait(t, p, "acme", &v1alpha1.Instance{}, "true", func(instance *v1alpha1.Instance) string {
		return fmt.Sprint(*instance.Status.Ledger.Sequence > *remembered.Ledger.Sequence)
	})
	wait(t, p, "tokens", &v1alpha1.LineItem{}, "0", func(lineItem *v1alpha1.LineItem) string { return lineItem.Status.Used.String() })
}

// claim asks the ledger for so many Print; none halts the session.
func (p producer) claim(t *testing.T, name string, count int64) {
	t.Helper()
	session := get(t, p, name, &v1alpha1.Session{})
	var items []licensing.RequestedItem
	if count > 0 {
		items = append(items, licensing.RequestedItem{Name: "Print", Count: licensing.One * licensing.Count(count)})
	}
	answer, err := books.Access(t.Context(), kubestore.AccountOfSession(session), kubestore.SessionSubject(session),
		licensing.Access{Requester: licensing.Requester{Type: "user", Value: name}, Items: items, RollbackOnDeny: true}, ledger.Idempotency{})
	if err != nil || answer.Verdict != licensing.Granted {
		t.Fatalf("claim %d: %v, %s %s", count, err, answer.Verdict, answer.Message)
	}
}

func summary(instance *v1alpha1.Instance) string {
	tokens := tokensOf(instance)
	return fmt.Sprintf("entitled %s used %s available %s, %s", tokens.Entitled, tokens.Used, tokens.Available, sessionCounts(instance))
}

func sessionCounts(instance *v1alpha1.Instance) string {
	live := instance.Status.LiveSessions
	if live == nil {
		return "sessions unknown"
	}
	return fmt.Sprintf("sessions %d active %d idle", *live.Active, *live.Idle)
}
