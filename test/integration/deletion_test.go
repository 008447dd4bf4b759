package integration

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/licensing-operator/licensing-operator/api/v1alpha1"
	"github.com/licensing-operator/licensing-operator/internal/ledger"
	"github.com/licensing-operator/licensing-operator/internal/licensing"
	"github.com/licensing-operator/licensing-operator/test/cluster"
)

var deletions = []story{
	{"a deleted session is refunded in proportion to the time left", deletedSession},
	{"a session that never claimed is deleted at once", deletedUnused},
	{"a namespace goes away with everything in it, in any order", deletedNamespace},
	{"an instance that is deleted and created again finds its balances", recreatedInstance},
}

// checkClosed checks that the session's last transaction closed it at the given time, with the refund of that time.
func checkClosed(t *testing.T, p cluster.Producer, session *v1alpha1.Session, earliest, latest time.Time) {
	t.Helper()
	var made []*ledger.Transaction
	cluster.Eventually(t, "the transaction that closes the session", func(context.Context) error {
		made = nil
		for _, transaction := range shared.History.Transactions(p.Account()) {
			if transaction.Subject.UID == string(session.UID) {
				made = append(made, transaction)
			}
		}
		if len(made) < 2 || made[len(made)-1].Cause != licensing.CauseClosed {
			return fmt.Errorf("%d transactions", len(made))
		}
		return nil
	})
	before, closing := made[len(made)-2], made[len(made)-1]
	at := closing.State.Session.TerminatedAt
	if at.Before(earliest) || at.After(latest) {
		t.Errorf("closed at %s, want from %s to %s", at, earliest, latest)
	}
	period := before.State.Session
	left, whole := period.ChargedUntil.Sub(at).Milliseconds(), period.ChargedUntil.Sub(period.PeriodStart).Milliseconds()
	if len(closing.Entries) != len(period.Items) {
		t.Fatalf("%d refunds for %d items", len(closing.Entries), len(period.Items))
	}
	for i, item := range period.Items {
		want := item.Charges[0].Tokens * licensing.Tokens(left) / licensing.Tokens(whole)
		if refund := closing.Entries[i]; refund.Kind != licensing.EntryRefund || refund.Item != item.Name || refund.Tokens != want {
			t.Errorf("%s of %s %s, want a refund of %s", refund.Kind, refund.Tokens, refund.Item, want)
		}
	}
}

func deletedSession(t *testing.T, p cluster.Producer) {
	p.Sells(t, 1000)
	p.Claim(t, "lisa-barry", published)
	session := p.Granted(t, "lisa-barry")
	before := time.Now().Truncate(time.Second)
	p.Delete(t, "lisa-barry", &v1alpha1.Session{})
	p.Gone(t, "lisa-barry", &v1alpha1.Session{})
	checkClosed(t, p, session, before, time.Now())
	checkInvariants(t, p)
}

func deletedUnused(t *testing.T, p cluster.Producer) {
	p.Sells(t, 1000)
	p.Claim(t, "idle", "[]")
	p.Session(t, "idle", cluster.Says(v1alpha1.ConditionReady, "True Halted: the session is halted and uses nothing"))
	p.Delete(t, "idle", &v1alpha1.Session{})
	p.Gone(t, "idle", &v1alpha1.Session{})
	// Its Instance does not even exist.
	orphan := shared.NewProducer(t, "delete", nil)
	orphan.Claim(t, "orphan", published)
	orphan.Session(t, "orphan", func(session *v1alpha1.Session) error { return nil })
	orphan.Delete(t, "orphan", &v1alpha1.Session{})
	orphan.Gone(t, "orphan", &v1alpha1.Session{})
	checkInvariants(t, p)
}

// deletedNamespace does what the namespace controller does, which is not part of this control plane.
func deletedNamespace(t *testing.T, p cluster.Producer) {
	producers := []cluster.Producer{p, shared.NewProducer(t, "delete", nil), shared.NewProducer(t, "delete", nil)}
	for _, p := range producers {
		p.Sells(t, 1000)
		p.Claim(t, "lisa-barry", published)
		p.Claim(t, "halted", "[]")
		p.Granted(t, "lisa-barry")
		p.Delete(t, p.Namespace, &corev1.Namespace{})
		contents := []client.Object{
			&v1alpha1.RateTable{}, &v1alpha1.Instance{}, &v1alpha1.LineItem{}, &v1alpha1.Session{}, &v1alpha1.UserProvisioning{},
			&v1alpha1.AccessKey{}, &v1alpha1.TenantConfiguration{},
		}
		rand.Shuffle(len(contents), func(i, j int) { contents[i], contents[j] = contents[j], contents[i] })
		for _, kind := range contents {
			// The policies learn a moment later that the namespace goes away.
			cluster.Eventually(t, fmt.Sprintf("the deletion of every %T", kind), func(ctx context.Context) error {
				return p.Client.DeleteAllOf(ctx, kind, client.InNamespace(p.Namespace))
			})
		}
	}
	for _, p := range producers {
		for _, list := range []client.ObjectList{&v1alpha1.RateTableList{}, &v1alpha1.InstanceList{}, &v1alpha1.LineItemList{}, &v1alpha1.SessionList{}} {
			cluster.Eventually(t, fmt.Sprintf("an empty %T", list), func(ctx context.Context) error {
				if err := p.Client.List(ctx, list, client.InNamespace(p.Namespace), client.Limit(1)); err != nil {
					return err
				}
				if names := objects(list); len(names) > 0 {
					return fmt.Errorf("there are %v", names)
				}
				return nil
			})
		}
		checkInvariants(t, p)
	}
}

func recreatedInstance(t *testing.T, p cluster.Producer) {
	p.Sells(t, 1000)
	p.Claim(t, "lisa-barry", published)
	p.Granted(t, "lisa-barry")
	p.Delete(t, "lisa-barry", &v1alpha1.Session{})
	p.Gone(t, "lisa-barry", &v1alpha1.Session{})
	before, _, err := shared.Store.LoadAccount(t.Context(), p.Account())
	if err != nil {
		t.Fatal(err)
	}
	if before.Usage[cluster.ActivationID] == 0 {
		t.Fatal("no time passed at all: there is no balance to find again")
	}
	cluster.Eventually(t, "the instance to be deleted, when it shows no live session", func(ctx context.Context) error {
		return client.IgnoreNotFound(p.Client.Delete(ctx, &v1alpha1.Instance{ObjectMeta: metav1.ObjectMeta{Namespace: p.Namespace, Name: cluster.InstanceName}}))
	})
	p.Gone(t, cluster.InstanceName, &v1alpha1.Instance{})
	// A claim waits for the Instance, it is not refused.
	p.Claim(t, "early", published)
	p.Session(t, "early", cluster.Says(v1alpha1.ConditionGranted, fmt.Sprintf("False InstanceNotFound: spec.instanceRef: there is no Instance %s", p.Account())))
	p.AppliesInstance(t)
	p.Granted(t, "early")
	after, _, err := shared.Store.LoadAccount(t.Context(), p.Account())
	if err != nil {
		t.Fatal(err)
	}
	if got, want := after.Usage[cluster.ActivationID], before.Usage[cluster.ActivationID]+44*licensing.Token; got != want || after.Sequence <= before.Sequence {
		t.Errorf("used %s at commit %d, want %s after commit %d", got, after.Sequence, want, before.Sequence)
	}
	checkInvariants(t, p)
}

// TestDeletionWhileTheOperatorIsDown stops the operator, so that nothing else runs.
func TestDeletionWhileTheOperatorIsDown(t *testing.T) {
	p := shared.NewProducer(t, "down", nil)
	p.Sells(t, 1000)
	p.Claim(t, "lisa-barry", published)
	session := p.Granted(t, "lisa-barry")
	if err := stop(); err != nil {
		t.Fatal(err)
	}
	p.Delete(t, "lisa-barry", &v1alpha1.Session{})
	p.Get(t, "lisa-barry", session)
	requested := session.DeletionTimestamp.Time
	cluster.Eventually(t, "time to pass", func(context.Context) error {
		if time.Since(requested) < 3*time.Second {
			return errors.New("not yet")
		}
		return nil
	})
	if err := start(); err != nil {
		t.Fatal(err)
	}
	p.Gone(t, "lisa-barry", &v1alpha1.Session{})
	// The time of a deletion is known to the second; the next full one counts.
	checkClosed(t, p, session, requested.Add(time.Second), requested.Add(time.Second))
	checkInvariants(t, p)
	if err := p.Client.Get(t.Context(), client.ObjectKeyFromObject(session), session); !apierrors.IsNotFound(err) {
		t.Error("the session is back", err)
	}
}
