package cel

import (
	"context"
	"testing"

	corev1 "k8s.io/api/core/v1"
	rbacv1 "k8s.io/api/rbac/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/licensing-operator/licensing-operator/internal/kubestore"
)

func TestUsageProtection(t *testing.T) {
	const tenant, operator, refusal = "tenant", "operator", "holds usage records that wait for the usage store: only the operator writes and deletes them"
	configMaps := rbacv1.PolicyRule{APIGroups: []string{""}, Resources: []string{"configmaps"}, Verbs: []string{"*"}}
	accounts := rbacv1.PolicyRule{APIGroups: []string{"licensing-operator.dev"}, Resources: []string{"accounts"}, Verbs: []string{"update"}}
	allow(t, tenant, configMaps)
	allow(t, operator, configMaps, accounts)
	page := func(name string) *corev1.ConfigMap {
		return &corev1.ConfigMap{ObjectMeta: metav1.ObjectMeta{
			Name: name, Namespace: namespace, Labels: map[string]string{kubestore.UsageSpillLabel: "true"},
		}}
	}
	waiting, plain := page("waiting"), page("plain")
	plain.Labels = nil
	for _, object := range []client.Object{waiting, plain} {
		if err := admin.Create(t.Context(), object); err != nil {
			t.Fatal(err)
		}
	}
	cases := map[string]struct {
		user string
		try  func(context.Context, client.Client) error
		want string
	}{
		"a tenant forges records": {tenant, func(ctx context.Context, c client.Client) error {
			return c.Create(ctx, page("forged"), client.DryRunAll)
		}, refusal},
		"a tenant deletes records": {tenant, func(ctx context.Context, c client.Client) error {
			return c.Delete(ctx, waiting, client.DryRunAll)
		}, refusal},
		"a tenant hides records": {tenant, func(ctx context.Context, c client.Client) error {
			hidden := waiting.DeepCopy()
			hidden.Labels = nil
			return c.Update(ctx, hidden, client.DryRunAll)
		}, refusal},
		"a tenant passes something else off as records": {tenant, func(ctx context.Context, c client.Client) error {
			passed := plain.DeepCopy()
			passed.Labels = waiting.Labels
			return c.Update(ctx, passed, client.DryRunAll)
		}, refusal},
		"a tenant deletes a ConfigMap of its own": {tenant, func(ctx context.Context, c client.Client) error {
			return c.Delete(ctx, plain, client.DryRunAll)
		}, ""},
		"the operator keeps records": {operator, func(ctx context.Context, c client.Client) error {
			return c.Create(ctx, page("fresh"), client.DryRunAll)
		}, ""},
		"the operator deletes records": {operator, func(ctx context.Context, c client.Client) error {
			return c.Delete(ctx, waiting, client.DryRunAll)
		}, ""},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			c := as(t, tc.user)
			eventually(t, tc.want, func(ctx context.Context) error { return tc.try(ctx, c) })
		})
	}
}
