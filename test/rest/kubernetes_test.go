package rest

import (
	"context"
	"errors"
	"fmt"
	"testing"

	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/licensing-operator/licensing-operator/api/v1alpha1"
	"github.com/licensing-operator/licensing-operator/internal/tenant"
	"github.com/licensing-operator/licensing-operator/test/cluster"
)

const photoPrint = `{"requester":{"type":"user","value":"LisaBarry"},"requestedItems":[{"item":"PhotoPrint","version":"1.0","count":1}],"rollbackOnDeny":true}`

// instanceID is the id of the declared instance, once there is one.
func (p *producer) instanceID(t *testing.T) string {
	t.Helper()
	var id string
	cluster.Eventually(t, "the instance", func(ctx context.Context) error {
		var instance v1alpha1.Instance
		if err := p.Read(ctx, cluster.InstanceName, &instance); err != nil {
			return err
		}
		if id = instance.Status.InstanceID; id == "" || instance.Status.Ledger == nil {
			return errors.New("it has no id or no account yet")
		}
		return nil
	})
	return id
}

func TestWhatIsAppliedInKubernetesIsServed(t *testing.T) {
	t.Parallel()
	p := newProducer(t, "applied")
	p.Sells(t, 1000)
	instance := p.instanceID(t)
	tables := p.admin(t, "GET", "/provisioning/api/v1.1/rate-tables", "").want(200).list()
	if len(tables) != 1 || tables[0]["series"] != "PublicationApps" || tables[0]["version"] != "1" {
		t.Errorf("rate tables: %v", tables)
	}
	one := p.admin(t, "GET", "/provisioning/api/v1.0/instances/"+instance, "").want(200)
	if one.field("accountId") != "ACME" || one.field("defaultInstance") != "true" {
		t.Errorf("instance: %s", one)
	}
	p.Claim(t, "declared", `[{item: PhotoPrint, version: "1.0", count: 2}]`)
	id := string(p.Granted(t, "declared").UID)
	item := p.client(t, instance, "GET", "/provisioning/api/v1.1/instances/"+instance+"/line-items/"+cluster.ActivationID, "").want(200)
	if item.field("used") != "6" {
		t.Errorf("line item: %s", item)
	}
	for replica := range replicas {
		sessions := p.client(t, instance, "GET", "/api/v1.0/sessions/"+instance, "").on(replica).want(200).list()
		if len(sessions) != 1 || sessions[0]["sessionId"] != id || sessions[0]["state"] != "ACTIVE" {
			t.Errorf("sessions of replica %d: %v, want %s", replica, sessions, id)
		}
	}
	path := "/api/v1.1/sessions/" + id
	p.client(t, instance, "GET", path+"/heartbeat", "").want(204)
	p.client(t, instance, "PUT", path, photoPrint).wantReason(409, "DeclaredElsewhere", "requestedItems")
	p.client(t, instance, "DELETE", path, "").want(204)
	p.Session(t, "declared", cluster.Is(v1alpha1.SessionTerminated))
	p.checkInvariants(t, p.Account())
}

func TestASessionOpenedOverRESTIsAnObject(t *testing.T) {
	t.Parallel()
	p := newProducer(t, "opened")
	p.Sells(t, 1000)
	instance := p.instanceID(t)
	id := p.client(t, instance, "POST", "/api/v1.1/sessions", fmt.Sprintf(`{"instanceId":%q}`, instance)).want(200).field("sessionId")
	path := "/api/v1.1/sessions/" + id
	p.client(t, instance, "PUT", path, photoPrint).on(1).want(200)
	session := p.Session(t, id, cluster.Is(v1alpha1.SessionActive))
	if session.Labels[tenant.OriginLabel] != tenant.OriginREST || session.Annotations[tenant.CreatedByAnnotation] == "" {
		t.Errorf("its origin is not told: labels %v, annotations %v", session.Labels, session.Annotations)
	}
	if session.Spec.RequestedItems != nil || session.Spec.Requester.Type != "" {
		t.Errorf("it declares what calls decide: %+v", session.Spec)
	}
	p.Delete(t, id, &v1alpha1.Session{})
	p.Gone(t, id, &v1alpha1.Session{})
	p.client(t, instance, "GET", path+"/heartbeat", "").on(2).want(404)
	if live := p.client(t, instance, "GET", "/api/v1.1/sessions?instanceId="+instance, "").want(200).list(); len(live) != 0 {
		t.Errorf("live sessions: %v", live)
	}
	p.checkInvariants(t, p.Account())
}

func TestWhatKubernetesDeclaresIsNotFoughtOver(t *testing.T) {
	t.Parallel()
	p := newProducer(t, "declared")
	p.Sells(t, 1000)
	instance := p.instanceID(t)
	lineItems := "/provisioning/api/v1.1/instances/" + instance + "/line-items"
	item := p.admin(t, "GET", lineItems+"/"+cluster.ActivationID, "").want(200)
	p.admin(t, "PUT", lineItems, string(item.body)).want(200)
	other := fmt.Sprintf(`{"activationId":%q,"state":"DEPLOYED","quantity":5,"start":%s,"end":%s,"attributes":{"elastic":true,"rateTableSeries":"PublicationApps"}}`,
		cluster.ActivationID, item.field("start"), item.field("end"))
	p.admin(t, "PUT", lineItems, other).wantReason(409, "DeclaredElsewhere", cluster.FieldOwner, "quantity")
	p.admin(t, "DELETE", lineItems+"/"+cluster.ActivationID, "").wantReason(409, "DeclaredElsewhere", cluster.FieldOwner)
	var declared v1alpha1.LineItem
	p.Get(t, cluster.LineItemName, &declared)
	if declared.Spec.Quantity != 1000 {
		t.Errorf("quantity %d", declared.Spec.Quantity)
	}

	p.Apply(t, "RateTable", "future", "{series: Future, version: \"1\", effectiveFrom: \"9000-01-01T00:00:00Z\", items: [{name: A, rate: 1}]}")
	p.admin(t, "DELETE", "/provisioning/api/v1.1/rate-tables?series=Future&version=1", "").wantReason(409, "DeclaredElsewhere", cluster.FieldOwner)
	p.Get(t, "future", &v1alpha1.RateTable{})

	p.Apply(t, "TenantConfiguration", "default", "{timezoneTolerant: true}")
	configuration := "/provisioning/api/v1.1/configuration"
	p.admin(t, "PATCH", configuration, `{"name":"timezone.tolerant","value":"false"}`).wantReason(409, "DeclaredElsewhere", cluster.FieldOwner)
	p.admin(t, "PATCH", configuration, `{"name":"timezone.tolerant","value":"true"}`).want(200)

	p.Apply(t, "AccessKey", "declared", fmt.Sprintf("{keyID: declared, access: Client, publicKey: %q}", system.Client.PublicPEM()))
	deletion := p.admin(t, "DELETE", "/provisioning/api/v1.1/client-keys/declared", "")
	cluster.Eventually(t, "the key's deletion to be refused", deletion.wants(409, "DeclaredElsewhere"))
	p.Get(t, "declared", &v1alpha1.AccessKey{})
}

// TestWhatRESTMadeMayBeTakenOver is the way from calls to GitOps: what is applied owns the fields from then on.
func TestWhatRESTMadeMayBeTakenOver(t *testing.T) {
	t.Parallel()
	p := newProducer(t, "taken")
	p.AppliesInstance(t)
	instance := p.instanceID(t)
	lineItems := "/provisioning/api/v1.1/instances/" + instance + "/line-items"
	body := func(quantity int) string {
		return fmt.Sprintf(`{"activationId":"ACT-REST","state":"DEPLOYED","quantity":%d,"start":0,"end":253402300799999,"attributes":{"elastic":true}}`, quantity)
	}
	p.admin(t, "PUT", lineItems, body(5)).want(201)
	var list v1alpha1.LineItemList
	if err := p.Client.List(t.Context(), &list, client.InNamespace(p.Namespace)); err != nil {
		t.Fatal(err)
	}
	if len(list.Items) != 1 || list.Items[0].Labels[tenant.OriginLabel] != tenant.OriginREST {
		t.Fatalf("line items: %v", list.Items)
	}
	name := list.Items[0].Name
	p.Patch(t, name, &v1alpha1.LineItem{}, `{"spec":{"quantity":7}}`)
	if got := p.admin(t, "GET", lineItems+"/ACT-REST", "").want(200).field("quantity"); got != "7" {
		t.Errorf("quantity %s", got)
	}
	p.admin(t, "PUT", lineItems, body(9)).wantReason(409, "DeclaredElsewhere", "quantity")
	p.admin(t, "PUT", lineItems, body(7)).want(200)
	p.admin(t, "DELETE", lineItems+"/ACT-REST", "").wantReason(409, "DeclaredElsewhere")
}
