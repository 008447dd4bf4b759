package integration

import (
	"context"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
	eventsv1 "k8s.io/api/events/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/licensing-operator/licensing-operator/api/v1alpha1"
	"github.com/licensing-operator/licensing-operator/test/cluster"
)

const published = `[{item: PhotoPrint, version: "1.0", count: 10}, {item: CADPrint, version: "2.0", count: 2}]`

// TestStories comes first: what follows stops the operator or looks at what is left.
func TestStories(t *testing.T) {
	t.Run("claims", func(t *testing.T) {
		tell(t, "claim", []story{
			{"a claim is charged to the token, and everything shows it", claimIsCharged},
			{"objects that are applied in any order end in a granted claim", anyOrder},
		})
		tell(t, "change", changes)
		tell(t, "short", timers)
		tell(t, "delete", deletions)
		tell(t, "share", sharing)
		tell(t, "rules", rules)
		tell(t, "seats", seats)
		tell(t, "denials", denials)
		tell(t, "account", incidents)
	})
}

func claimIsCharged(t *testing.T, p cluster.Producer) {
	p.Sells(t, 1000)
	p.Claim(t, "lisa-barry", published)
	session := p.Granted(t, "lisa-barry")

	charge := func(item, version, count, rate, tokens string) v1alpha1.ChargedItem {
		return v1alpha1.ChargedItem{
			Item: item, Version: version, Count: v1alpha1.Decimal(count), Tokens: v1alpha1.Decimal(tokens),
			LineItems: []v1alpha1.LineItemCharge{{
				ActivationID: cluster.ActivationID, Rate: v1alpha1.Decimal(rate), Tokens: v1alpha1.Decimal(tokens),
				RateTable: "1", Series: "PublicationApps",
			}},
		}
	}
	want := []v1alpha1.ChargedItem{charge("PhotoPrint", "1.0", "10", "3", "30"), charge("CADPrint", "2.0", "2", "7", "14")}
	if diff := cmp.Diff(want, session.Status.Items); diff != "" {
		t.Errorf("status.items (-want +got):\n%s", diff)
	}
	if got := session.Status.Totals.Charged; got != "44" {
		t.Errorf("charged %s, want 44", got)
	}
	if got := session.Status.ChargedUntil.Sub(session.Status.PeriodStart.Time); got != terms(p.Account()).Period {
		t.Errorf("charged for %s", got)
	}
	cluster.Eventually(t, "the producer to see 44 tokens used and 956 available", func(ctx context.Context) error {
		var lineItem v1alpha1.LineItem
		var instance v1alpha1.Instance
		if err := p.Read(ctx, cluster.LineItemName, &lineItem); err != nil {
			return err
		}
		if err := p.Read(ctx, cluster.InstanceName, &instance); err != nil {
			return err
		}
		got := fmt.Sprint(lineItem.Status.Used, " ", lineItem.Status.Available)
		if tokens := instance.Status.Tokens; tokens != nil {
			got += fmt.Sprint(" ", tokens.Used, " ", tokens.Available)
		}
		if sessions := instance.Status.LiveSessions; sessions != nil && sessions.Active != nil {
			got += fmt.Sprint(" ", *sessions.Active)
		}
		if want := "44 956 44 956 1"; got != want {
			return fmt.Errorf("used and available of line item and instance, active sessions: %s, want %s", got, want)
		}
		return nil
	})
	event(t, p, "lisa-barry", corev1.EventTypeNormal, "Granted")
	checkInvariants(t, p)
}

// event waits for an event about a session.
func event(t *testing.T, p cluster.Producer, session, kind, reason string) *eventsv1.Event {
	t.Helper()
	var found eventsv1.Event
	cluster.Eventually(t, "event "+reason, func(ctx context.Context) error {
		var list eventsv1.EventList
		if err := p.Client.List(ctx, &list, client.InNamespace(p.Namespace)); err != nil {
			return err
		}
		var others []string
		for _, event := range list.Items {
			if event.Regarding.Name == session && event.Type == kind && event.Reason == reason {
				found = event
				return nil
			}
			others = append(others, event.Type+" "+event.Reason+" of "+event.Regarding.Name)
		}
		return fmt.Errorf("there are %s", strings.Join(others, ", "))
	})
	return &found
}

func anyOrder(t *testing.T, p cluster.Producer) {
	producers := []cluster.Producer{p}
	for range 5 {
		producers = append(producers, shared.NewProducer(t, "claim", nil))
	}
	for i, p := range producers {
		steps := []func(){
			func() { p.Claim(t, "eager", published) },
			func() { p.AppliesInstance(t) },
			func() { p.AppliesLineItem(t, 1000) },
			func() { p.AppliesRateTable(t) },
		}
		if i == 0 {
			// One object at a time, each seen by the operator before the next one.
			for step, waitsFor := range []string{"InstanceNotFound", "NoUsableLineItem", "NoUsableLineItem"} {
				steps[step]()
				p.Session(t, "eager", func(session *v1alpha1.Session) error {
					got := cluster.Condition(session.Status.Conditions, v1alpha1.ConditionReconciling)
					if !strings.HasPrefix(got, "True "+waitsFor) {
						return fmt.Errorf("reconciling is %q, want it to wait for %s", got, waitsFor)
					}
					return nil
				})
			}
			steps[3]()
			continue
		}
		rand.Shuffle(len(steps), func(i, j int) { steps[i], steps[j] = steps[j], steps[i] })
		for _, step := range steps {
			step()
		}
	}
	for _, p := range producers {
		p.Granted(t, "eager")
		checkInvariants(t, p)
	}
}

// TestHundredsOfClaims has the machine for itself.
func TestHundredsOfClaims(t *testing.T) {
	tell(t, "rush", []story{
		{"of hundreds of claims for the last tokens exactly as many are granted as there are tokens", lastTokens},
	})
}

func lastTokens(t *testing.T, p cluster.Producer) {
	const tokens, claims = 100, 300
	p.Sells(t, tokens)
	if err := p.Rush(t.Context(), claims); err != nil {
		t.Fatal(err)
	}
	granted := 0
	for i := range claims {
		session := p.Session(t, cluster.RushName(i), cluster.Decided)
		if session.Status.State == v1alpha1.SessionActive {
			granted++
		} else if want := "False NotEnoughTokens: denied: item Seat: count 1 at rate 1 requires 1 tokens, 0 are available"; cluster.Says(v1alpha1.ConditionGranted, want)(session) != nil {
			t.Errorf("%s says %s", session.Name, cluster.Condition(session.Status.Conditions, v1alpha1.ConditionGranted))
		}
	}
	if granted != tokens {
		t.Errorf("%d claims were granted for %d tokens", granted, tokens)
	}
	checkInvariants(t, p)
}
