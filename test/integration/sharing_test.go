package integration

import (
	"fmt"
	"testing"

	corev1 "k8s.io/api/core/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/licensing-operator/licensing-operator/api/v1alpha1"
	"github.com/licensing-operator/licensing-operator/test/cluster"
)

var sharing = []story{
	{"without leave only the own namespace may claim", notShared},
	{"every namespace may claim where all are allowed", sharedWithAll},
	{"a namespace may claim once its labels match, and keeps what it has when they do not any more", sharedByLabel},
	{"a session that runs in a namespace that may not claim any more lives as long as its holder beats", heartbeatOfTheExcluded},
}

// claimFrom applies a session in another namespace than the producer's.
func claimFrom(t *testing.T, consumer, producer cluster.Producer, name string) {
	t.Helper()
	consumer.Apply(t, "Session", name, fmt.Sprintf(
		"instanceRef: {namespace: %s, name: %s}\nrequester: {type: user, value: LisaBarry}\nrequestedItems: %s", producer.Namespace, cluster.InstanceName, published))
}

func allows(t *testing.T, p cluster.Producer, allowed string) {
	t.Helper()
	p.Apply(t, "Instance", cluster.InstanceName, `{accountID: ACME, shortName: ACME-def-inst, allowedNamespaces: `+allowed+`}`)
}

// refusal tells nothing of the Instance but that it admits others.
func refusal(consumer, producer cluster.Producer) func(*v1alpha1.Session) error {
	return cluster.All(
		cluster.Says(v1alpha1.ConditionGranted, fmt.Sprintf(
			"False NamespaceNotAllowed: spec.instanceRef: Instance %s does not allow claims from namespace %s; its producer decides in spec.allowedNamespaces",
			producer.Account(), consumer.Namespace)),
		func(session *v1alpha1.Session) error {
			if session.Status.Denied != nil || session.Status.InstanceID != "" || session.Status.Items != nil {
				return fmt.Errorf("status %+v tells more", session.Status)
			}
			return nil
		})
}

func notShared(t *testing.T, p cluster.Producer) {
	p.Sells(t, 1000)
	stranger := shared.NewProducer(t, "stranger", nil)
	claimFrom(t, stranger, p, "lisa-barry")
	stranger.Session(t, "lisa-barry", refusal(stranger, p))
	claimFrom(t, p, p, "at-home")
	p.Granted(t, "at-home")
	allows(t, p, `{from: All}`)
	stranger.Granted(t, "lisa-barry")
	checkInvariants(t, p)
}

func sharedWithAll(t *testing.T, p cluster.Producer) {
	p.Sells(t, 1000)
	allows(t, p, `{from: All}`)
	guest := shared.NewProducer(t, "guest", nil)
	claimFrom(t, guest, p, "lisa-barry")
	guest.Granted(t, "lisa-barry")
	guest.Delete(t, "lisa-barry", &v1alpha1.Session{})
	guest.Gone(t, "lisa-barry", &v1alpha1.Session{})
	checkInvariants(t, p)
}

func label(t *testing.T, p cluster.Producer, team string) {
	t.Helper()
	namespace := &corev1.Namespace{}
	if err := p.Client.Get(t.Context(), client.ObjectKey{Name: p.Namespace}, namespace); err != nil {
		t.Fatal(err)
	}
	namespace.Labels["team"] = team
	if err := p.Client.Update(t.Context(), namespace); err != nil {
		t.Fatal(err)
	}
}

func sharedByLabel(t *testing.T, p cluster.Producer) {
	p.Sells(t, 1000)
	allows(t, p, `{from: Selector, selector: {matchLabels: {team: print}}}`)
	guest := shared.NewProducer(t, "guest", map[string]string{"team": "paint"})
	claimFrom(t, guest, p, "lisa-barry")
	guest.Session(t, "lisa-barry", refusal(guest, p))
	label(t, guest, "print")
	guest.Granted(t, "lisa-barry")
	label(t, guest, "paint")
	claimFrom(t, guest, p, "late")
	guest.Session(t, "late", refusal(guest, p))
	guest.Granted(t, "lisa-barry")
	checkInvariants(t, p)
}

func heartbeatOfTheExcluded(t *testing.T, _ cluster.Producer) {
	p := shared.NewProducer(t, "short", nil)
	p.Sells(t, 1000)
	allows(t, p, `{from: All}`)
	guest := shared.NewProducer(t, "guest", nil)
	claimFrom(t, guest, p, "lisa-barry")
	guest.Granted(t, "lisa-barry")
	allows(t, p, `{from: Same}`)
	letGo := guest.Hold(t, "lisa-barry")
	guest.Session(t, "lisa-barry", cluster.All(charged("132"), cluster.Is(v1alpha1.SessionActive)))
	letGo()
	guest.Session(t, "lisa-barry", ended(v1alpha1.TerminatedHeartbeatMissed))
	checkInvariants(t, p)
}
