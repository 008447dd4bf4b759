package cel

import (
	"context"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	rbacv1 "k8s.io/api/rbac/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/wait"
	"k8s.io/client-go/rest"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/licensing-operator/licensing-operator/api/v1alpha1"
	"github.com/licensing-operator/licensing-operator/internal/kubestore"
)

// The API server learns of a policy, and of a namespace that goes away, a moment after it exists.
const policyDelay = time.Minute

// as returns a client that acts for a user.
func as(t *testing.T, user string, groups ...string) client.Client {
	t.Helper()
	config := rest.CopyConfig(plane.Config)
	config.Impersonate = rest.ImpersonationConfig{UserName: user, Groups: groups}
	c, err := client.New(config, client.Options{Scheme: admin.Scheme()})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// eventually tries until the outcome is as wanted, and then checks it once more with all its words.
func eventually(t *testing.T, want string, try func(context.Context) error) {
	t.Helper()
	_ = wait.PollUntilContextTimeout(t.Context(), 50*time.Millisecond, policyDelay, true, func(ctx context.Context) (bool, error) {
		err := try(ctx)
		return (err == nil) == (want == ""), nil
	})
	expect(t, try(t.Context()), want)
}

func dryRunDelete(c client.Client, o client.Object) func(context.Context) error {
	return func(ctx context.Context) error { return c.Delete(ctx, o, client.DryRunAll) }
}

func TestDeleteRateTable(t *testing.T) {
	cases := map[string]struct {
		status string
		want   string
	}{
		"an effective table stays": {"effective: true", "is effective since 2023-11-01T14:44:12Z and cannot be deleted: " +
			"publish a newer version of its series instead, or delete the namespace to remove everything."},
		"a table of the future goes":                 {"effective: false", ""},
		"a table that nobody has looked at yet goes": {"", ""},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			o := object(t, rateTable)
			if err := admin.Create(t.Context(), o); err != nil {
				t.Fatal(err)
			}
			if tc.status != "" {
				writeStatus(t, o, tc.status)
			}
			eventually(t, tc.want, dryRunDelete(admin, o))
		})
	}
}

func TestDeleteInstance(t *testing.T) {
	cases := map[string]struct {
		status string
		want   string
	}{
		"an instance in use stays": {"liveSessions: {active: 2, idle: 1}", "has live sessions (2 active, 1 idle) and cannot be deleted: " +
			"end them first. To see them: kubectl get sessions -A -o wide --field-selector spec.instanceRef.name="},
		"an instance with an idle session stays":     {"liveSessions: {idle: 1}", "has live sessions (0 active, 1 idle)"},
		"an instance without live sessions goes":     {"liveSessions: {active: 0, idle: 0}", ""},
		"an instance that nobody has looked at goes": {"", ""},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			o := object(t, instance)
			if err := admin.Create(t.Context(), o); err != nil {
				t.Fatal(err)
			}
			if tc.status != "" {
				writeStatus(t, o, tc.status)
			}
			eventually(t, tc.want, dryRunDelete(admin, o))
		})
	}
}

// The namespace controller does not run here: the namespace stays as it is while it is being deleted.
func TestDeleteNamespace(t *testing.T) {
	ns := &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: "leaving"}}
	if err := admin.Create(t.Context(), ns); err != nil {
		t.Fatal(err)
	}
	inUse, effective := object(t, instance), object(t, rateTable)
	for o, status := range map[client.Object]string{inUse: "liveSessions: {active: 1}", effective: "effective: true"} {
		o.SetNamespace(ns.Name)
		if err := admin.Create(t.Context(), o); err != nil {
			t.Fatal(err)
		}
		writeStatus(t, o, status)
		eventually(t, "cannot be deleted", dryRunDelete(admin, o))
	}

	controller := as(t, "system:serviceaccount:kube-system:namespace-controller", "system:masters")
	for _, o := range []client.Object{inUse, effective} {
		eventually(t, "", dryRunDelete(controller, o))
	}

	if err := admin.Delete(t.Context(), ns); err != nil {
		t.Fatal(err)
	}
	for _, o := range []client.Object{inUse, effective} {
		eventually(t, "", dryRunDelete(admin, o))
	}
}

func TestAccountProtection(t *testing.T) {
	const tenant, operator, refusal = "tenant", "operator", "is an account of the licensing ledger: only the operator creates it and nobody deletes it"
	configMaps := rbacv1.PolicyRule{APIGroups: []string{""}, Resources: []string{"configmaps"}, Verbs: []string{"*"}}
	accounts := rbacv1.PolicyRule{APIGroups: []string{"licensing-operator.dev"}, Resources: []string{"accounts"}, Verbs: []string{"update"}}
	allow(t, tenant, configMaps)
	allow(t, operator, configMaps, accounts)

	account := func(name string) *corev1.ConfigMap {
		return &corev1.ConfigMap{
			ObjectMeta: metav1.ObjectMeta{Name: name, Namespace: namespace, Labels: map[string]string{v1alpha1.AccountLabel: "acme"}},
			Data:       map[string]string{"account": "{}"},
		}
	}
	existing := account("existing")
	if err := admin.Create(t.Context(), existing); err != nil {
		t.Fatal(err)
	}
	page := &corev1.ConfigMap{ObjectMeta: metav1.ObjectMeta{
		Name: "page", Namespace: namespace, Labels: map[string]string{kubestore.ReceiptPageLabel: "true"},
	}}
	if err := admin.Create(t.Context(), page); err != nil {
		t.Fatal(err)
	}
	cases := map[string]struct {
		user string
		try  func(context.Context, client.Client) error
		want string
	}{
		"the operator deletes a page of receipts": {operator, func(ctx context.Context, c client.Client) error {
			return c.Delete(ctx, page, client.DryRunAll)
		}, ""},
		"a tenant creates an account": {tenant, func(ctx context.Context, c client.Client) error {
			return c.Create(ctx, account("forged"), client.DryRunAll)
		}, refusal},
		"a tenant deletes an account": {tenant, func(ctx context.Context, c client.Client) error {
			return c.Delete(ctx, existing, client.DryRunAll)
		}, refusal},
		"the operator deletes an account": {operator, func(ctx context.Context, c client.Client) error {
			return c.Delete(ctx, existing, client.DryRunAll)
		}, refusal},
		"the operator creates an account": {operator, func(ctx context.Context, c client.Client) error {
			return c.Create(ctx, account("fresh"), client.DryRunAll)
		}, ""},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			c := as(t, tc.user)
			eventually(t, tc.want, func(ctx context.Context) error { return tc.try(ctx, c) })
		})
	}
	t.Run("an administrator gives up an account", func(t *testing.T) {
		eventually(t, "", dryRunDelete(admin, existing))
	})
	t.Run("an administrator restores an account", func(t *testing.T) {
		eventually(t, "", func(ctx context.Context) error { return admin.Create(ctx, account("restored"), client.DryRunAll) })
	})
}

// allow grants a user the rules, in the namespace of the tests.
func allow(t *testing.T, user string, rules ...rbacv1.PolicyRule) {
	t.Helper()
	meta := metav1.ObjectMeta{Name: user, Namespace: namespace}
	role := &rbacv1.Role{ObjectMeta: meta, Rules: rules}
	binding := &rbacv1.RoleBinding{
		ObjectMeta: meta,
		RoleRef:    rbacv1.RoleRef{APIGroup: rbacv1.GroupName, Kind: "Role", Name: user},
		Subjects:   []rbacv1.Subject{{APIGroup: rbacv1.GroupName, Kind: rbacv1.UserKind, Name: user}},
	}
	for _, o := range []client.Object{role, binding} {
		if err := admin.Create(t.Context(), o); err != nil && !apierrors.IsAlreadyExists(err) {
			t.Fatal(err)
		}
	}
}
