package integration

import (
	"context"
	"fmt"
	"maps"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
	apimeta "k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/licensing-operator/licensing-operator/api/v1alpha1"
	"github.com/licensing-operator/licensing-operator/internal/ledger"
	"github.com/licensing-operator/licensing-operator/test/cluster"
)

// objects are everything in a list, by kind and name.
func objects(list client.ObjectList) map[string]client.Object {
	found := map[string]client.Object{}
	_ = apimeta.EachListItem(list, func(item runtime.Object) error {
		object := item.(client.Object)
		found[fmt.Sprintf("%T %s/%s", object, object.GetNamespace(), object.GetName())] = object
		return nil
	})
	return found
}

// everything is all that the operator writes to, in a namespace or in all.
func everything(ctx context.Context, options ...client.ListOption) (map[string]client.Object, error) {
	all := map[string]client.Object{}
	for _, list := range []client.ObjectList{
		&v1alpha1.RateTableList{}, &v1alpha1.InstanceList{}, &v1alpha1.LineItemList{}, &v1alpha1.SessionList{}, &v1alpha1.UserProvisioningList{},
		&v1alpha1.AccessKeyList{}, &v1alpha1.TenantConfigurationList{}, &corev1.ConfigMapList{},
	} {
		if err := shared.Client.List(ctx, list, options...); err != nil {
			return nil, err
		}
		maps.Copy(all, objects(list))
	}
	return all, nil
}

func versions(ctx context.Context, options ...client.ListOption) (map[string]string, error) {
	result := map[string]string{}
	all, err := everything(ctx, options...)
	for name, object := range all {
		result[name] = object.GetResourceVersion()
	}
	return result, err
}

// undisturbed waits for a time in which nothing is written, and gives the resource versions then.
func undisturbed(t *testing.T, quiet time.Duration, options ...client.ListOption) map[string]string {
	t.Helper()
	var before map[string]string
	var since time.Time
	cluster.Eventually(t, "a time in which nothing is written", func(ctx context.Context) error {
		after, err := versions(ctx, options...)
		if err != nil {
			return err
		}
		if diff := cmp.Diff(before, after); diff != "" {
			before, since = after, time.Now()
			return fmt.Errorf("written to (-before +after):\n%s", diff)
		}
		if time.Since(since) < quiet {
			return fmt.Errorf("it is quiet since %s", since)
		}
		return nil
	})
	return before
}

// TestGitOps applies the samples twice, as a tool does whose name is not the operator's.
func TestGitOps(t *testing.T) {
	samples, err := filepath.Abs("../../config/samples")
	if err != nil {
		t.Fatal(err)
	}
	apply := func(files ...string) {
		t.Helper()
		arguments := []string{"apply", "--server-side", "--field-manager=" + cluster.FieldOwner}
		for _, file := range files {
			arguments = append(arguments, "--filename="+filepath.Join(samples, file))
		}
		if output, err := plane.Kubectl(t.Context(), arguments...).CombinedOutput(); err != nil {
			t.Fatalf("%v: %s", err, output)
		}
	}
	apply("namespace.yaml")
	all := []string{"session.yaml", "users.yaml", "activation.yaml", "named_user_license.yaml", "edition.yaml", "product.yaml", "lineitem.yaml", "instance.yaml", "ratetable.yaml", "accesskey.yaml", "tenantconfiguration.yaml"}
	apply(all...)
	p := cluster.Producer{Cluster: shared, Namespace: "example-producer"}
	p.Granted(t, "lisa-barry")
	const quiet = 5 * time.Second
	before := undisturbed(t, quiet, client.InNamespace(p.Namespace))
	apply(all...)
	after := undisturbed(t, quiet, client.InNamespace(p.Namespace))
	if diff := cmp.Diff(before, after); diff != "" {
		t.Errorf("applying again changed objects (-before +after):\n%s", diff)
	}
	checkInvariants(t, p)
}

// TestAnIdleSystemWritesNothing looks at everything that the stories have left behind.
func TestAnIdleSystemWritesNothing(t *testing.T) {
	var sessions v1alpha1.SessionList
	if err := shared.Client.List(t.Context(), &sessions); err != nil {
		t.Fatal(err)
	}
	for i := range sessions.Items {
		// What has short terms is not idle.
		if terms(ledger.AccountID{Namespace: sessions.Items[i].Namespace}).Period < time.Hour {
			if err := shared.Client.Delete(t.Context(), &sessions.Items[i]); client.IgnoreNotFound(err) != nil {
				t.Fatal(err)
			}
		}
	}
	if left := undisturbed(t, 10*time.Second); len(left) < 100 {
		t.Errorf("only %d objects were looked at", len(left))
	}
}

// TestTheOperatorWritesNoSpec looks at who owns the fields of everything that the stories have left behind.
func TestTheOperatorWritesNoSpec(t *testing.T) {
	people := map[string]bool{cluster.FieldOwner: true}
	all, err := everything(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for name, object := range all {
		if _, account := object.(*corev1.ConfigMap); account {
			continue
		}
		for _, entry := range object.GetManagedFields() {
			owns := entry.FieldsV1 != nil && strings.Contains(entry.FieldsV1.GetRawString(), `"f:spec"`)
			if owns != people[entry.Manager] && (owns || entry.Operation == metav1.ManagedFieldsOperationApply && entry.Subresource == "") {
				t.Errorf("%s: manager %s (%s %s) has %s", name, entry.Manager, entry.Operation, entry.Subresource, entry.FieldsV1.GetRawString())
			}
		}
	}
}
