package plugin

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
	rbacv1 "k8s.io/api/rbac/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/licensing-operator/licensing-operator/api/v1alpha1"
	"github.com/licensing-operator/licensing-operator/cmd/kubectl-licensing/access"
	"github.com/licensing-operator/licensing-operator/internal/kubestore"
	"github.com/licensing-operator/licensing-operator/internal/ledger"
	"github.com/licensing-operator/licensing-operator/test/cluster"
)

// grant lets a ServiceAccount see usage records.
func (p *producer) grant(t *testing.T, name string) {
	t.Helper()
	role := &rbacv1.Role{
		ObjectMeta: metav1.ObjectMeta{Namespace: p.Namespace, Name: name + "-records"},
		Rules:      []rbacv1.PolicyRule{{APIGroups: []string{v1alpha1.GroupVersion.Group}, Resources: []string{"usagerecords"}, Verbs: []string{"get"}}},
	}
	binding := &rbacv1.RoleBinding{
		ObjectMeta: metav1.ObjectMeta{Namespace: p.Namespace, Name: name},
		RoleRef:    rbacv1.RoleRef{APIGroup: rbacv1.GroupName, Kind: "Role", Name: role.Name},
		Subjects:   []rbacv1.Subject{{Kind: rbacv1.ServiceAccountKind, Namespace: p.Namespace, Name: name}},
	}
	if err := p.Client.Create(t.Context(), role); err != nil {
		t.Fatal(err)
	}
	if err := p.Client.Create(t.Context(), binding); err != nil {
		t.Fatal(err)
	}
}

func (p *producer) configMap(t *testing.T) *corev1.ConfigMap {
	t.Helper()
	object, err := shared.Accounts.Get(t.Context(), kubestore.AccountName(p.Account()), metav1.GetOptions{})
	if err != nil {
		t.Fatal(err)
	}
	return object
}

// figures are everything that is used.
func (p *producer) figures(t *testing.T) map[string]string {
	t.Helper()
	data := p.configMap(t).Data
	return map[string]string{ledger.PartUsage: data[ledger.PartUsage], ledger.PartLimitations: data[ledger.PartLimitations]}
}

// quiet waits until nothing is on its way any more.
func (p *producer) quiet(t *testing.T) {
	t.Helper()
	cluster.Eventually(t, "the account to come to rest", func(context.Context) error {
		if open := p.configMap(t).Data[ledger.PartOpen]; open != "" { //nolint:contextcheck // it is the test's
			return fmt.Errorf("open: %s", open)
		}
		return nil
	})
}

// halted waits until charging has stopped for another incident, and gives its id.
func (p *producer) halted(t *testing.T, before string) (incident string) {
	t.Helper()
	cluster.Eventually(t, "charging to stop", func(ctx context.Context) error {
		var instance v1alpha1.Instance
		if err := p.Read(ctx, cluster.InstanceName, &instance); err != nil {
			return err
		}
		id, message, halted := access.Incident(&instance)
		if !halted || id == before {
			return fmt.Errorf("incident %q: %s", id, message)
		}
		incident = id
		return nil
	})
	return incident
}

func TestALostAccountIsRebuiltFromItsRecords(t *testing.T) {
	for what, lose := range map[string]func(t *testing.T, p *producer, older *corev1.ConfigMap){
		"deleted": func(t *testing.T, p *producer, older *corev1.ConfigMap) {
			if err := shared.Accounts.Delete(t.Context(), older.Name, metav1.DeleteOptions{}); err != nil {
				t.Fatal(err)
			}
		},
		"restored": func(t *testing.T, p *producer, older *corev1.ConfigMap) { p.put(t, older.Data) },
		"edited": func(t *testing.T, p *producer, _ *corev1.ConfigMap) {
			data := p.configMap(t).Data
			data[ledger.PartUsage] = `{"ACT01-Elastic":"1"}`
			p.put(t, data)
		},
		"broken": func(t *testing.T, p *producer, _ *corev1.ConfigMap) {
			p.put(t, map[string]string{ledger.PartHead: "{"})
		},
	} {
		t.Run(what, func(t *testing.T) {
			t.Parallel()
			p := newProducer(t, what, 1000)
			p.Claim(t, "first", "[{item: PhotoPrint, version: \"1.0\", count: 10}]")
			p.Granted(t, "first")
			p.quiet(t)
			older := p.configMap(t)
			p.Claim(t, "second", "[{item: CADPrint, version: \"2.0\", count: \"5.5\"}]")
			p.Granted(t, "second")
			license := p.sellsLicense(t)
			license.adds(t, "lisa")
			license.consumes(t, 0, "lisa", "1")
			license.consumes(t, 1, "lisa", "3")
			p.quiet(t)
			before := p.figures(t)
			for _, limitation := range license.Limitations {
				if !strings.Contains(before[ledger.PartLimitations], limitation.ID) {
					t.Fatalf("nothing of %s is in use: %s", limitation.Name, before[ledger.PartLimitations])
				}
			}
			p.ledger(t, "rebuild", cluster.InstanceName, "--confirm", "missing-1").expect(t, 2, "nothing was written: the operator charges on this Instance")
			p.anchored(t)

			lose(t, p, older)
			incident := p.halted(t, "")
			p.ledger(t, "verify", cluster.InstanceName).expect(t, 1, "NOT EQUAL")
			p.ledger(t, "rebuild", cluster.InstanceName).expect(t, 0, "Nothing was written. To write it, repeat the command with --confirm "+incident)
			p.ledger(t, "rebuild", cluster.InstanceName, "--confirm", "x").expect(t, 2, "nothing was written: charging has stopped for incident")
			written := p.ledger(t, "rebuild", cluster.InstanceName, "--confirm", incident).expect(t, 0, "The account is written. Accept it")
			accept := p.halted(t, incident)
			if !strings.Contains(written.out, acceptanceOf(accept)) {
				t.Fatalf("the operator reports %s: %s", accept, written)
			}
			again := p.configMap(t).ResourceVersion
			p.ledger(t, "rebuild", cluster.InstanceName, "--confirm", incident).expect(t, 0, "The account is written. Accept it", acceptanceOf(accept))
			if p.configMap(t).ResourceVersion != again {
				t.Error("it was written twice")
			}

			p.kubectl(t, "annotate", "instance", cluster.InstanceName, "-n", p.Namespace, acceptanceOf(accept), "--overwrite").expect(t, 0)
			p.Claim(t, "third", "[{item: Seat, count: 1}]")
			p.Granted(t, "third")
			p.quiet(t)
			before[ledger.PartUsage] = strings.Replace(before[ledger.PartUsage], "68.5", "69.5", 1)
			if diff := cmp.Diff(before, p.figures(t)); diff != "" {
				t.Errorf("(-want +got)\n%s", diff)
			}
			p.ledger(t, "verify", cluster.InstanceName).expect(t, 0, ": equal")
		})
	}
}

func acceptanceOf(incident string) string {
	return kubestore.AcceptLedgerAnnotation + "=" + incident
}

// put stores content as the account, as an administrator does.
func (p *producer) put(t *testing.T, data map[string]string) {
	t.Helper()
	object := p.configMap(t)
	object.Data = data
	if _, err := shared.Accounts.Update(t.Context(), object, metav1.UpdateOptions{}); err != nil {
		t.Fatal(err)
	}
}

// anchored waits until the Instance remembers the account's last commit.
func (p *producer) anchored(t *testing.T) {
	t.Helper()
	cluster.Eventually(t, "the Instance to remember the account", func(ctx context.Context) error {
		anchor, err := shared.Store.Anchor(ctx, p.Account())
		if err != nil {
			return err
		}
		account, _, err := shared.Store.LoadAccount(ctx, p.Account())
		if err == nil && account.Hash != anchor.Hash {
			err = fmt.Errorf("commit %d, remembered is %d", account.Sequence, anchor.Sequence)
		}
		return err
	})
}
