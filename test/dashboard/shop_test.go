package dashboard

import (
	"context"
	"fmt"
	"testing"

	authenticationv1 "k8s.io/api/authentication/v1"
	corev1 "k8s.io/api/core/v1"
	rbacv1 "k8s.io/api/rbac/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/kubernetes"

	"github.com/licensing-operator/licensing-operator/api/v1alpha1"
	"github.com/licensing-operator/licensing-operator/test/cluster"
)

const namespace = "aurora-software"

// shop is a producer with two customers.
type shop struct {
	cluster.Producer
	// ids are those of the instances, by the names of their objects.
	ids map[string]string
}

type object struct{ kind, name, spec string }

const rates = `
series: Studio
version: "1"
effectiveFrom: "2023-11-01T14:44:12Z"
items:
- {name: PhotoPrint, version: "1.0", rate: 3}
- {name: SignPrint, version: "1.0", rate: 4}
- {name: CADPrint, version: "2.0", rate: 7}
- {name: Render, version: "3.1", rate: "2.333333"}`

const purchase = `
instanceRef: {name: %s}
activationID: %s
displayName: %s
state: DEPLOYED
quantity: %d
start: "2023-09-27T00:00:00Z"
end: "%s"
elastic: true
rateTableSeries: Studio`

const team = `
instanceRef: {name: acme}
activationID: ACME-Team
displayName: ACME Team
state: DEPLOYED
start: "2023-09-27T00:00:00Z"
end: "9999-12-31T23:59:59Z"
elastic: false
product: Studio
userLimit: 3
limitations:
- {id: cloud-backup, name: Cloud backup, limit: 2, userProvisioning: true, resetMode: Never}
- {id: api-calls, name: API access, limit: 5, userProvisioning: true, resetMode: Never}`

func user(id, name string) string {
	return fmt.Sprintf("lineItemRef: {name: acme-team}\nuserID: %s\nname: %s\nactive: true\nlimitations: [cloud-backup, api-calls]", id, name)
}

func claim(instance, requester string, items string) string {
	return fmt.Sprintf("instanceRef: {name: %s}\nrequester: {type: user, value: %s}\nrequestedItems: [%s]", instance, requester, items)
}

// sold is what there is when the page is opened. The last session asks for more than there is.
var sold = []object{
	{"RateTable", "studio-1", rates},
	{"Instance", "acme", "{accountID: ACME, shortName: ACME Publishing, allowedNamespaces: {from: Same}}"},
	{"Instance", "globex", "{accountID: Globex, shortName: Globex Design, allowedNamespaces: {from: Same}}"},
	{"LineItem", "acme-studio", fmt.Sprintf(purchase, "acme", "ACME-Studio", "Studio tokens", 12_000, "2031-03-31T00:00:00Z")},
	{"LineItem", "acme-reserve", fmt.Sprintf(purchase, "acme", "ACME-Reserve", "Reserve", 5_000, "9999-12-31T23:59:59Z")},
	{"LineItem", "globex-studio", fmt.Sprintf(purchase, "globex", "GLOBEX-Studio", "Globex tokens", 600, "9999-12-31T23:59:59Z") + "\noverdraft: {type: Number, limit: 100}"},
	{"LineItem", "acme-team", team},
}

var claimed = []object{
	{"UserProvisioning", "lisa-barry", user("lisa.barry@acme.example", "Lisa Barry")},
	{"UserProvisioning", "omar-diaz", user("omar.diaz@acme.example", "Omar Diaz")},
	{"UserProvisioning", "priya-nair", user("priya.nair@acme.example", "Priya Nair")},
	{"UserProvisioning", "tom-becker", user("tom.becker@acme.example", "Tom Becker")},
	{"Session", "lisa", claim("acme", "LisaBarry", `{item: PhotoPrint, version: "1.0", count: 10}, {item: CADPrint, version: "2.0", count: 2}`)},
	{"Session", "omar", claim("acme", "OmarDiaz", `{item: Render, version: "3.1", count: "1.5"}`)},
	{"Session", "hank", claim("globex", "HankScorpio", `{item: SignPrint, version: "1.0", count: 25}`)},
	{"Session", "greedy", claim("globex", "HankScorpio", `{item: CADPrint, version: "2.0", count: 9000}`)},
}

func openShop(t *testing.T) *shop {
	t.Helper()
	made := &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: namespace}}
	if err := shared.Client.Create(t.Context(), made); err != nil {
		t.Fatal(err)
	}
	if err := system.AddKeys(t.Context(), namespace); err != nil {
		t.Fatal(err)
	}
	s := &shop{Producer: cluster.Producer{Cluster: shared, Namespace: namespace}, ids: map[string]string{}}
	for _, o := range sold {
		s.Apply(t, o.kind, o.name, o.spec)
	}
	for _, name := range []string{"acme", "globex"} {
		cluster.Eventually(t, "the account of "+name, func(ctx context.Context) error {
			var instance v1alpha1.Instance
			if err := s.Read(ctx, name, &instance); err != nil {
				return err
			}
			if s.ids[name] = instance.Status.InstanceID; instance.Status.Ledger == nil || s.ids[name] == "" {
				return fmt.Errorf("it is not there yet")
			}
			return nil
		})
	}
	for _, o := range claimed {
		s.Apply(t, o.kind, o.name, o.spec)
	}
	for name, want := range map[string]v1alpha1.SessionState{"lisa": v1alpha1.SessionActive, "omar": v1alpha1.SessionActive, "hank": v1alpha1.SessionActive} {
		cluster.Eventually(t, "session "+name, func(ctx context.Context) error {
			var session v1alpha1.Session
			if err := s.Read(ctx, name, &session); err != nil {
				return err
			}
			if session.Status.State != want {
				return fmt.Errorf("it is %q", session.Status.State)
			}
			return nil
		})
	}
	cluster.Eventually(t, "the denial", func(ctx context.Context) error {
		var session v1alpha1.Session
		if err := s.Read(ctx, "greedy", &session); err != nil || session.Status.Denied == nil {
			return fmt.Errorf("it is not denied: %w", err)
		}
		return nil
	})
	return s
}

// serviceAccount gives the token of one that may see the usage records of the instances that are named, with none named all
// of them, or may nothing.
func (s *shop) serviceAccount(t *testing.T, name string, reads bool, instances ...string) string {
	t.Helper()
	clients, err := kubernetes.NewForConfig(system.Config)
	if err != nil {
		t.Fatal(err)
	}
	meta := metav1.ObjectMeta{Namespace: namespace, Name: name}
	if err := s.Client.Create(t.Context(), &corev1.ServiceAccount{ObjectMeta: meta}); err != nil {
		t.Fatal(err)
	}
	if reads {
		rules := []rbacv1.PolicyRule{{APIGroups: []string{v1alpha1.GroupVersion.Group}, Resources: []string{"usagerecords"}, ResourceNames: instances, Verbs: []string{"get"}}}
		if err := s.Client.Create(t.Context(), &rbacv1.Role{ObjectMeta: meta, Rules: rules}); err != nil {
			t.Fatal(err)
		}
		binding := &rbacv1.RoleBinding{
			ObjectMeta: meta, RoleRef: rbacv1.RoleRef{APIGroup: rbacv1.GroupName, Kind: "Role", Name: name},
			Subjects: []rbacv1.Subject{{Kind: rbacv1.ServiceAccountKind, Namespace: namespace, Name: name}},
		}
		if err := s.Client.Create(t.Context(), binding); err != nil {
			t.Fatal(err)
		}
	}
	request, err := clients.CoreV1().ServiceAccounts(namespace).CreateToken(t.Context(), name, &authenticationv1.TokenRequest{}, metav1.CreateOptions{})
	if err != nil {
		t.Fatal(err)
	}
	return request.Status.Token
}
