package plugin

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	coordinationv1 "k8s.io/api/coordination/v1"
	corev1 "k8s.io/api/core/v1"
	rbacv1 "k8s.io/api/rbac/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/licensing-operator/licensing-operator/api/v1alpha1"
	"github.com/licensing-operator/licensing-operator/controllers/availability"
	"github.com/licensing-operator/licensing-operator/internal/usage/audit"
	"github.com/licensing-operator/licensing-operator/test/cluster"
)

func TestABillOfAnotherInstanceIsNotAnEmptyOne(t *testing.T) {
	p := newProducer(t, "mistaken", 1000)
	p.Apply(t, "Instance", "other-inst", "{accountID: OTHER, shortName: other-inst}")
	p.Claim(t, "lisa-barry", "[{item: PhotoPrint, version: \"1.0\", count: 10}]")
	id := string(p.Granted(t, "lisa-barry").UID)
	p.recorded(t, 1)
	unknown := `there is no Instance "acme-dev-inst" in namespace "` + p.Namespace + `", nor a record of one`
	p.ledger(t, "explain", "acme-dev-inst", "--requester", "LisaBarry").expect(t, 2, unknown)
	p.ledger(t, "explain", "acme-dev-inst", "--session", id).expect(t, 2, unknown)
	p.ledger(t, "explain", "other-inst", "--requester", "LisaBarry").expect(t, 0, "Nothing is recorded of it.")
	p.ledger(t, "explain", "other-inst", "--session", "lisa-barry").
		expect(t, 2, `the Session "lisa-barry" is of Instance "`+cluster.InstanceName+`" in namespace "`+p.Namespace+`", not of "other-inst"`)
	p.ledger(t, "explain", "other-inst", "--session", id).expect(t, 2, "session "+id+" is of Instance \""+cluster.InstanceName+"\", not of \"other-inst\": name that one")
	p.ledger(t, "explain", cluster.InstanceName, "--session", id, "--to", "2000-01-01").expect(t, 0, "Nothing is recorded of it.")

	p.Delete(t, "lisa-barry", &v1alpha1.Session{})
	p.Gone(t, "lisa-barry", &v1alpha1.Session{})
	p.recorded(t, 2)
	p.ledger(t, "explain", cluster.InstanceName, "--session", strings.ToUpper(id)).expect(t, 0, "Charged 30, refunded ")
	cluster.Eventually(t, "the Instance to be deleted", func(ctx context.Context) error {
		object := &v1alpha1.Instance{ObjectMeta: metav1.ObjectMeta{Namespace: p.Namespace, Name: cluster.InstanceName}}
		return p.Client.Delete(ctx, object)
	})
	p.Gone(t, cluster.InstanceName, &v1alpha1.Instance{})
	p.ledger(t, "explain", cluster.InstanceName, "--session", id).expect(t, 0, "Charged 30, refunded ")
	p.ledger(t, "explain", cluster.InstanceName, "--requester", "Nobody").expect(t, 0, "Nothing is recorded of it.")
}

func TestWhatIsFoundIsSaidWhateverCouldNotBeFoundOut(t *testing.T) {
	p := newProducer(t, "several", 1000)
	p.Claim(t, "first", "[{item: PhotoPrint, version: \"1.0\", count: 10}]")
	p.Granted(t, "first")
	p.quiet(t)
	p.recorded(t, 1)
	p.changes(t, "UPDATE usage_rollups SET charged = charged - 3 WHERE")
	names := []string{"verify", "no-such-name", cluster.InstanceName, "nor-this-one"}
	text := p.ledger(t, names...).expect(t, 2, p.Namespace+"/"+cluster.InstanceName+": NOT EQUAL", "SumsDiffer",
		`error: instance no-such-name: there is no Instance "no-such-name"`, `error: instance nor-this-one: there is no Instance "nor-this-one"`,
		"error: 2 of 3 Instances could not be verified; 1 of the others are NOT EQUAL")
	if strings.Count(text.out, "NOT EQUAL") != 1 {
		t.Errorf("a verdict is to be printed once: %s", text)
	}
	var verdicts []audit.Verdict
	printed := p.ledger(t, append(names, "-o", "json")...).expect(t, 2, "error: instance no-such-name", "error: instance nor-this-one")
	if err := json.Unmarshal([]byte(printed.out), &verdicts); err != nil || len(verdicts) != 1 || verdicts[0].Instance != cluster.InstanceName || verdicts[0].Sound() {
		t.Errorf("%v: %s", err, printed)
	}
}

// elsewhere makes a namespace in which the operator is not.
func elsewhere(t *testing.T) string {
	t.Helper()
	namespace := &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{GenerateName: "elsewhere-"}}
	if err := shared.Client.Create(t.Context(), namespace); err != nil {
		t.Fatal(err)
	}
	return namespace.Name
}

func TestTheNamespaceOfTheOperatorIsNotMistaken(t *testing.T) {
	p, incident := withLostAccount(t, "placed")
	empty := elsewhere(t)
	for _, wrong := range []string{"no-such-namespace", empty} {
		named := `--operator-namespace "` + wrong + `" must be the namespace in which the operator runs`
		for _, args := range [][]string{{"verify", cluster.InstanceName}, {"rebuild", cluster.InstanceName}, {"rebuild", cluster.InstanceName, "--confirm", incident}} {
			p.ledger(t, append(args, "--operator-namespace", wrong)...).expect(t, 2, named)
		}
	}
	// An operator that has lost every account has its Lease.
	lease := &coordinationv1.Lease{ObjectMeta: metav1.ObjectMeta{Namespace: empty, Name: availability.LeaseName}}
	if err := shared.Client.Create(t.Context(), lease); err != nil {
		t.Fatal(err)
	}
	p.ledger(t, "verify", cluster.InstanceName, "--operator-namespace", empty).expect(t, 1, "AccountMissing")
	p.ledger(t, "rebuild", cluster.InstanceName, "--operator-namespace", empty).expect(t, 0, "repeat the command with --confirm "+incident)
	p.ledger(t, "rebuild", cluster.InstanceName, "--confirm", incident).expect(t, 0, "The account is written. Accept it")

	// Who has no account before them, and may not look for the Lease, is told so.
	if err := shared.Client.Delete(t.Context(), lease); err != nil {
		t.Fatal(err)
	}
	p.mayReadAccounts(t, empty)
	cluster.Eventually(t, "the role to count", func(context.Context) error {
		r := p.ledger(t, "verify", cluster.InstanceName, "--operator-namespace", empty, "--as", "auditor") //nolint:contextcheck // it is the test's
		if r.code != 2 || !strings.Contains(r.errors, "there is no account at all in namespace "+empty) || !strings.Contains(r.errors, availability.LeaseName) {
			return fmt.Errorf("%s", r)
		}
		return nil
	})
}

// mayReadAccounts lets a user named auditor read what a verification reads with the kubeconfig, but for Leases.
func (p *producer) mayReadAccounts(t *testing.T, operatorNamespace string) {
	t.Helper()
	read := []string{"get", "list"}
	for namespace, rules := range map[string][]rbacv1.PolicyRule{
		operatorNamespace: {{APIGroups: []string{""}, Resources: []string{"configmaps"}, Verbs: read}},
		p.Namespace:       {{APIGroups: []string{v1alpha1.GroupVersion.Group}, Resources: []string{"instances", "lineitems"}, Verbs: read}},
	} {
		role := &rbacv1.Role{ObjectMeta: metav1.ObjectMeta{Namespace: namespace, Name: "auditor"}, Rules: rules}
		binding := &rbacv1.RoleBinding{
			ObjectMeta: metav1.ObjectMeta{Namespace: namespace, Name: "auditor"},
			RoleRef:    rbacv1.RoleRef{APIGroup: rbacv1.GroupName, Kind: "Role", Name: role.Name},
			Subjects:   []rbacv1.Subject{{Kind: rbacv1.UserKind, APIGroup: rbacv1.GroupName, Name: "auditor"}},
		}
		for _, object := range []client.Object{role, binding} {
			if err := shared.Client.Create(t.Context(), object); err != nil {
				t.Fatal(err)
			}
		}
	}
}
