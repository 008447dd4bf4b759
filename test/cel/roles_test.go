package cel

import (
	"context"
	"path/filepath"
	"strings"
	"testing"
	"time"

	rbacv1 "k8s.io/api/rbac/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/wait"
	"sigs.k8s.io/controller-runtime/pkg/client"
)

func binding(name, role, user string) *rbacv1.RoleBinding {
	return &rbacv1.RoleBinding{
		ObjectMeta: metav1.ObjectMeta{Name: name, Namespace: namespace},
		RoleRef:    rbacv1.RoleRef{APIGroup: rbacv1.GroupName, Kind: "ClusterRole", Name: role},
		Subjects:   []rbacv1.Subject{{APIGroup: rbacv1.GroupName, Kind: rbacv1.UserKind, Name: user}},
	}
}

// eventuallyAnswers asks the API server to create the object, without keeping it, until it has heard of the bindings.
func eventuallyAnswers(t *testing.T, c client.Client, o client.Object, want string) {
	t.Helper()
	try := func(ctx context.Context) error {
		return c.Create(ctx, o.DeepCopyObject().(client.Object), client.DryRunAll)
	}
	_ = wait.PollUntilContextTimeout(t.Context(), 50*time.Millisecond, policyDelay, true, func(ctx context.Context) (bool, error) {
		err := try(ctx)
		return (err == nil && want == "") || (err != nil && want != "" && strings.Contains(err.Error(), want)), nil
	})
	expect(t, try(t.Context()), want)
}

// The API server lets nobody give away by a binding what they do not have. The controller that aggregates roles does not
// run here, so that the parts of admin and edit are bound one by one.
func TestWhoMayLetServiceAccountsIn(t *testing.T) {
	rbac := filepath.Join("..", "..", "config", "rbac")
	for _, file := range []string{"viewer_role.yaml", "editor_role.yaml", "admin_role.yaml", "rest_caller_roles.yaml"} {
		if err := plane.Apply(t.Context(), filepath.Join(rbac, file)); err != nil {
			t.Fatal(err)
		}
	}
	bindings := rbacv1.PolicyRule{APIGroups: []string{rbacv1.GroupName}, Resources: []string{"rolebindings"}, Verbs: []string{"create"}}
	allow(t, "namespace-admin", bindings)
	allow(t, "namespace-editor", bindings)
	for name, parts := range map[string][]string{
		"namespace-admin":  {"licensing-operator-viewer", "licensing-operator-editor", "licensing-operator-admin"},
		"namespace-editor": {"licensing-operator-viewer", "licensing-operator-editor"},
	} {
		for _, part := range parts {
			if err := admin.Create(t.Context(), binding(name+"."+part, part, name)); err != nil {
				t.Fatal(err)
			}
		}
	}
	const escalation = "attempting to grant RBAC permissions not currently held"
	for _, role := range []string{"licensing-producer", "licensing-provisioning", "licensing-customer-administrator", "licensing-client"} {
		for user, want := range map[string]string{"namespace-admin": "", "namespace-editor": escalation} {
			t.Run(user+" binds "+role, func(t *testing.T) {
				eventuallyAnswers(t, as(t, user), binding(user+"."+role, role, "caller"), want)
			})
		}
	}
	for user, want := range map[string]string{"namespace-admin": "", "namespace-editor": `cannot create resource "accesskeys"`} {
		t.Run(user+" declares a key", func(t *testing.T) {
			eventuallyAnswers(t, as(t, user), object(t, accessKey), want)
		})
	}
}
