package plugin

import (
	"context"
	"fmt"
	"regexp"
	"strings"
	"testing"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/licensing-operator/licensing-operator/api/v1alpha1"
	"github.com/licensing-operator/licensing-operator/internal/kubestore"
	"github.com/licensing-operator/licensing-operator/internal/ledger"
	"github.com/licensing-operator/licensing-operator/test/cluster"
)

var difference = regexp.MustCompile(regexp.QuoteMeta(kubestore.AcceptDifferenceAnnotation) + `=([0-9a-f]{12}) `)

func (p *producer) annotate(t *testing.T, annotation string) {
	t.Helper()
	p.kubectl(t, "annotate", "instance", cluster.InstanceName, "-n", p.Namespace, annotation, "--overwrite").expect(t, 0)
}

// edits changes what the account says is used, and has charging go on with it.
func (p *producer) edits(t *testing.T, used string) {
	t.Helper()
	p.quiet(t)
	p.anchored(t)
	data := p.configMap(t).Data
	data[ledger.PartUsage] = fmt.Sprintf(`{"ACT01-Elastic":"%s"}`, used)
	p.put(t, data)
	p.annotate(t, acceptanceOf(p.halted(t, "")))
	cluster.Eventually(t, "charging to go on", func(context.Context) error {
		if hash := p.configMap(t).Data[ledger.PartUsage]; !strings.Contains(hash, used) { //nolint:contextcheck // it is the test's
			return fmt.Errorf("used is %s", hash)
		}
		if r := p.ledger(t, "verify", cluster.InstanceName, "--quick"); strings.Contains(r.out, "AccountAltered") { //nolint:contextcheck // it is the test's
			return fmt.Errorf("%s", r)
		}
		return nil
	})
}

// differs verifies what is to differ in figures, and gives the id of the difference.
func (p *producer) differs(t *testing.T, finding string) string {
	t.Helper()
	verified := p.ledger(t, "verify", cluster.InstanceName).expect(t, 1, "NOT EQUAL, 1 findings", finding, "accept this difference and no other one")
	found := difference.FindStringSubmatch(verified.out)
	if found == nil {
		t.Fatalf("it is not said how to accept it: %s", verified)
	}
	return found[1]
}

func TestAKnownDifferenceIsAccepted(t *testing.T) {
	p := newProducer(t, "accepted", 1000)
	p.Claim(t, "first", "[{item: PhotoPrint, version: \"1.0\", count: 10}]")
	p.Granted(t, "first")
	p.edits(t, "50")
	known := p.differs(t, "used of line item ACT01-Elastic: the account says 50, the records say 30")
	p.annotate(t, kubestore.AcceptDifferenceAnnotation+"=0123456789ab")
	if again := p.differs(t, "UsedDiffers"); again != known {
		t.Errorf("the difference was %s, and is %s", known, again)
	}
	p.annotate(t, kubestore.AcceptDifferenceAnnotation+"="+known)
	accepted := "equal but for the accepted difference " + known
	p.ledger(t, "verify", cluster.InstanceName).expect(t, 0, accepted, "the account says 50, the records say 30")

	p.Claim(t, "second", "[{item: CADPrint, version: \"2.0\", count: \"5.5\"}]")
	p.Granted(t, "second")
	p.quiet(t)
	p.ledger(t, "verify", "--all", "--quick").expect(t, 0, accepted, "the account says 88.5, the records say 68.5")

	p.edits(t, "88")
	if another := p.differs(t, "the account says 88, the records say 68.5"); another == known {
		t.Errorf("another difference has the id %s of the one before", known)
	}
}

// withLostAccount is a producer whose Instance was charged once, and whose account is not there any more.
func withLostAccount(t *testing.T, name string) (p *producer, incident string) {
	t.Helper()
	p = newProducer(t, name, 1000)
	p.Claim(t, "first", "[{item: PhotoPrint, version: \"1.0\", count: 10}]")
	p.Granted(t, "first")
	p.quiet(t)
	p.anchored(t)
	if err := shared.Accounts.Delete(t.Context(), p.configMap(t).Name, metav1.DeleteOptions{}); err != nil {
		t.Fatal(err)
	}
	return p, p.halted(t, "")
}

func TestTokensThatAreNotRecordedAreNotGivenAwayUnsaid(t *testing.T) {
	p, incident := withLostAccount(t, "shortfall")
	p.ledger(t, "rebuild", cluster.InstanceName).expect(t, 0, "repeat the command with --confirm "+incident+"\n")

	// As if records were lost: the line item remembers more than there is.
	var item v1alpha1.LineItem
	p.Get(t, cluster.LineItemName, &item)
	if err := p.Client.Status().Patch(t.Context(), &item, client.RawPatch("application/merge-patch+json", []byte(`{"status":{"used":"41.5"}}`))); err != nil {
		t.Fatal(err)
	}
	missing := "used of line item ACT01-Elastic: its status says 41.5, the records say 30"
	p.ledger(t, "verify", cluster.InstanceName).expect(t, 1, "AccountMissing", "RecordsIncomplete: "+missing)
	p.ledger(t, "rebuild", cluster.InstanceName).expect(t, 0, "Less is recorded than was charged", missing, "--confirm "+incident+" --accept-shortfall")
	p.ledger(t, "rebuild", cluster.InstanceName, "--confirm", incident).expect(t, 2, "nothing was written: less is recorded than was charged", missing, "--accept-shortfall")
	if _, err := shared.Accounts.Get(t.Context(), kubestore.AccountName(p.Account()), metav1.GetOptions{}); err == nil {
		t.Fatal("it was written")
	}
	p.ledger(t, "rebuild", cluster.InstanceName, "--confirm", incident, "--accept-shortfall").expect(t, 0, missing, "The account is written. Accept it")
	p.annotate(t, acceptanceOf(p.halted(t, incident)))
	p.Claim(t, "second", "[{item: Seat, count: 1}]")
	p.Granted(t, "second")
	p.quiet(t)
	p.ledger(t, "verify", cluster.InstanceName).expect(t, 0, ": equal\n")
}
