package tenant

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/licensing-operator/licensing-operator/api/v1alpha1"
	"github.com/licensing-operator/licensing-operator/internal/kubestore"
	"github.com/licensing-operator/licensing-operator/internal/ledger"
	"github.com/licensing-operator/licensing-operator/internal/tenant"
)

var noKey ledger.Idempotency

func (p producer) creates(t *testing.T, shortName, accountID string) tenant.Instance {
	t.Helper()
	return must[tenant.Instance](t)(p.here.CreateInstance(t.Context(), shortName, accountID, noKey))
}

func TestTheFirstInstanceOfAnAccountIsItsDefault(t *testing.T) {
	p := newProducer(t)
	// All in the same second, which is all that Kubernetes tells apart.
	var created []tenant.Instance
	for i, want := range []bool{true, false, false, false} {
		instance := must[tenant.Instance](t)([]*tenant.Tenant{p.here, p.there}[i%2].CreateInstance(t.Context(), fmt.Sprintf("ACME-%d", i), "ACME", noKey))
		if instance.Default != want {
			t.Errorf("instance %d: default is %t", i, instance.Default)
		}
		created = append(created, instance)
	}
	other := p.creates(t, "Other", "OTHER")
	page := must[tenant.InstancePage](t)(p.there.Instances(t.Context(), tenant.InstanceQuery{DefaultOf: "ACME", Size: 500}))
	if diff := cmp.Diff(tenant.InstancePage{Instances: created[:1]}, page); diff != "" {
		t.Errorf("default of ACME (-want +got):\n%s", diff)
	}
	if page := must[tenant.InstancePage](t)(p.here.Instances(t.Context(), tenant.InstanceQuery{DefaultOf: "NOBODY", Size: 1})); len(page.Instances) != 0 || page.Next != 0 {
		t.Errorf("default of an unknown account: %v", page)
	}
	var paged []tenant.Instance
	for next, pages := 0, 0; pages == 0 || next != 0; pages++ {
		page := must[tenant.InstancePage](t)(p.there.Instances(t.Context(), tenant.InstanceQuery{Next: next, Size: 2}))
		paged, next = append(paged, page.Instances...), page.Next
	}
	if diff := cmp.Diff(append(slices.Clone(created), other), paged); diff != "" {
		t.Errorf("pages of 2, oldest first (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(created[1], must[tenant.Instance](t)(p.there.Instance(t.Context(), created[1].ID))); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestPagesOutOfRangeAreRefusedOrEmpty(t *testing.T) {
	p := newProducer(t)
	p.creates(t, "Acme", "ACME")
	for _, query := range []tenant.InstanceQuery{{Size: 0}, {Size: 501}, {Size: 1, Next: -1}} {
		_, err := p.here.Instances(t.Context(), query)
		refused(t, err, tenant.Invalid)
	}
	if page := must[tenant.InstancePage](t)(p.here.Instances(t.Context(), tenant.InstanceQuery{Next: 1 << 40, Size: 500})); len(page.Instances) != 0 || page.Next != 0 {
		t.Errorf("beyond the end: %v", page)
	}
}

func TestAnInstanceOfAnotherReplicaOrOfKubernetesIsFoundAtOnce(t *testing.T) {
	p := newProducer(t)
	id := uuid.NewString()
	p.Apply(t, "Instance", "from-git", fmt.Sprintf(`{accountID: GIT, shortName: Git, instanceID: %s}`, id))
	instance := must[tenant.Instance](t)(p.here.Instance(t.Context(), id))
	if instance.ShortName != "Git" || !instance.Default {
		t.Errorf("got %+v", instance)
	}
	if name := must[string](t)(p.there.InstanceObject(t.Context(), id)); name != "from-git" {
		t.Errorf("object %s", name)
	}
	created := p.creates(t, "Acme", "ACME")
	var object v1alpha1.Instance
	p.Get(t, must[string](t)(p.there.InstanceObject(t.Context(), created.ID)), &object)
	if object.Labels[tenant.OriginLabel] != tenant.OriginREST || object.Annotations[tenant.CreatedByAnnotation] != "administration key acme" {
		t.Errorf("labels %v, annotations %v", object.Labels, object.Annotations)
	}
	for _, id := range []string{uuid.NewString(), "", "a/b", "..", "x,y=z\x00", string(object.UID) + " ", "{" + string(object.UID) + "}"} {
		_, err := p.here.Instance(t.Context(), id)
		refused(t, err, tenant.InstanceNotFound)
		_, err = p.here.InstanceObject(t.Context(), id)
		refused(t, err, tenant.InstanceNotFound)
		_, err = p.here.LineItems(t.Context(), id)
		refused(t, err, tenant.InstanceNotFound)
	}
	_, err := newProducer(t).here.Instance(t.Context(), created.ID)
	refused(t, err, tenant.InstanceNotFound)
}

func TestAnInstanceThatIsGoneIsNotFound(t *testing.T) {
	p := newProducer(t)
	created := p.creates(t, "Acme", "ACME")
	name := must[string](t)(p.there.InstanceObject(t.Context(), created.ID))
	p.Delete(t, name, &v1alpha1.Instance{})
	_, err := p.there.InstanceObject(t.Context(), created.ID)
	refused(t, err, tenant.InstanceNotFound)
}

func TestModifiedIsWhenTheSpecWasWritten(t *testing.T) {
	p := newProducer(t)
	created := p.creates(t, "Acme", "ACME")
	if !created.Modified.Equal(created.Created) {
		t.Errorf("created %s, modified %s", created.Created, created.Modified)
	}
	time.Sleep(1100 * time.Millisecond)
	name := must[string](t)(p.here.InstanceObject(t.Context(), created.ID))
	p.Patch(t, name, &v1alpha1.Instance{}, `{"metadata":{"labels":{"team":"a"}}}`)
	if again := must[tenant.Instance](t)(p.here.Instance(t.Context(), created.ID)); !again.Modified.Equal(created.Created) {
		t.Errorf("modified by a label: %s", again.Modified)
	}
	p.Patch(t, name, &v1alpha1.Instance{}, `{"spec":{"shortName":"Acme 2"}}`)
	if again := must[tenant.Instance](t)(p.here.Instance(t.Context(), created.ID)); !again.Modified.After(created.Created) {
		t.Errorf("not modified by a short name: %s", again.Modified)
	}
}

func TestAnIdempotencyKeyCreatesOneInstance(t *testing.T) {
	p := newProducer(t)
	key := ledger.Idempotency{Key: "key", Digest: "digest"}
	ids := make([]string, 6)
	var calls []func() error
	for i := range ids {
		calls = append(calls, func() error {
			instance, err := p.as(i%2, "a").CreateInstance(t.Context(), "Acme", "ACME", key)
			ids[i] = instance.ID
			return err
		})
	}
	if diff := cmp.Diff(map[tenant.Reason]int{"": 6}, reasons(atOnce(calls...))); diff != "" {
		t.Fatalf("(-want +got):\n%s", diff)
	}
	if slices.Sort(ids); ids[0] != ids[5] {
		t.Errorf("several instances: %v", ids)
	}
	_, err := p.as(1, "a").CreateInstance(t.Context(), "Other", "ACME", ledger.Idempotency{Key: "key", Digest: "another"})
	refused(t, err, tenant.IdempotencyKeyReused, "the Idempotency-Key was used for a different request: use a new key for each request")
	other := must[tenant.Instance](t)(p.as(1, "b").CreateInstance(t.Context(), "Acme", "ACME", key))
	if other.ID == ids[0] {
		t.Error("the key of one caller is that of another")
	}
}

func TestAnInstanceCanBeChargedAsSoonAsItIsCreated(t *testing.T) {
	p := newProducer(t)
	created := p.creates(t, "Ácme & Sons – 1", "ACME")
	name := must[string](t)(p.here.InstanceObject(t.Context(), created.ID))
	var object v1alpha1.Instance
	p.Get(t, name, &object)
	if _, _, err := shared.Store.LoadAccount(t.Context(), p.accountOf(name)); err != nil {
		t.Errorf("no account: %v", err)
	}
	if got := kubestore.InstanceID(&object); got != created.ID || object.Spec.InstanceID != "" {
		t.Errorf("id %s, spec %+v", got, object.Spec)
	}
	if name[:12] != "cme-sons-1-"+name[11:12] {
		t.Errorf("name %s", name)
	}
}

func TestWhatIsWrongWithAnInstanceIsNamed(t *testing.T) {
	p := newProducer(t)
	_, err := p.here.CreateInstance(t.Context(), "", "", noKey)
	refused(t, err, tenant.Invalid, "$.shortName: has 0 characters, must have 1 to 256", "$.accountId: has 0 characters, must have 1 to 256")
	_, err = p.as(0, "x").CreateInstance(t.Context(), "a", string(make([]rune, 257)), ledger.Idempotency{Key: "k", Digest: "d"})
	refused(t, err, tenant.Invalid)
	var list v1alpha1.InstanceList
	noError(t, p.Client.List(t.Context(), &list, client.InNamespace(p.Namespace)))
	if len(list.Items) != 0 {
		t.Errorf("created all the same: %v", list.Items)
	}
}

func TestANamespaceThatDoesNotExistIsNamed(t *testing.T) {
	_, err := replicas[0].For("no-such-namespace", "x").CreateInstance(t.Context(), "a", "b", noKey)
	refused(t, err, tenant.Invalid, "namespace no-such-namespace does not exist")
}
