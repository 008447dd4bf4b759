package licenses

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"
	apierrors "k8s.io/apimachinery/pkg/api/errors"

	"github.com/licensing-operator/licensing-operator/api/v1alpha1"
	"github.com/licensing-operator/licensing-operator/internal/licenses"
)

func TestTemplatesOverREST(t *testing.T) {
	m := newMarket(t)
	v := vendor{Producer: m.Producer, id: uuid.NewString(), product: m.productID, calls: new(int), caller: licenses.Caller{Name: "admin key shop", ModifiedBy: "shop"}}
	wanted := object{
		"product_id": m.productID, "name": "Professional", "token_limit": 10, "user_limit": 5, "client_type": 1,
		"activation_upon_license_creation": 0, "limitations": list{
			object{"limitation_id": m.api, "limit": 3, "consumption_reset_mode": 1, "user_provisioning": true, "is_adjustable": true},
			object{"limitation_id": m.cloud, "limit": nil, "consumption_reset_mode": 2, "consumption_reset_period_days": 7, "goodwill": 12.5, "enforce_limit": false},
		},
	}
	created := v.ok(t, http.MethodPost, "/templates", wanted).(object)
	id := created["id"].(string)
	for _, moving := range []string{"id", "created_date_utc", "modified_date_utc"} {
		delete(created, moving)
	}
	want := object{
		"product_id": m.productID, "name": "Professional", "token_limit": 10.0, "user_limit": 5.0, "client_type": 1.0, "provisioning_mode": 0.0,
		"activation_upon_license_creation": 0.0, "session_period": nil, "floating_token_limit": nil, "enforce_floating_limit": false,
		"max_floating_sessions_with_same_client_id": nil, "supports_license_user_groups": true, "has_strict_heartbeats": false,
		"last_modified_by": "shop", "limitations": list{
			object{
				"template_id": id, "limitation_id": m.api, "limitation_name": "API Functionality", "limit": 3.0, "consumption_reset_mode": 1.0,
				"consumption_reset_period_days": nil, "goodwill": nil, "enforce_limit": true, "user_provisioning": true, "is_adjustable": true,
				"consumption_balance_mode": 0.0, "is_hidden": false, "is_customer_portal_hidden": false, "alerts": list{},
			},
			object{
				"template_id": id, "limitation_id": m.cloud, "limitation_name": "Cloud Backup Functionality", "limit": nil, "consumption_reset_mode": 2.0,
				"consumption_reset_period_days": 7.0, "goodwill": 12.5, "enforce_limit": false, "user_provisioning": false, "is_adjustable": false,
				"consumption_balance_mode": 0.0, "is_hidden": false, "is_customer_portal_hidden": false, "alerts": list{},
			},
		},
	}
	if diff := cmp.Diff(want, created); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}

	t.Run("the whole of an answer can be sent back", func(t *testing.T) {
		shown := v.ok(t, http.MethodGet, "/templates/"+id, nil).(object)
		if diff := cmp.Diff(shown, v.ok(t, http.MethodPatch, "/templates", shown)); diff != "" {
			t.Errorf("(-first +second)\n%s", diff)
		}
	})

	t.Run("a change changes its licenses, and a limitation that is listed no more is gone", func(t *testing.T) {
		license := m.license(t, id, 1)
		v.ok(t, http.MethodPatch, "/templates/"+id, object{"user_limit": 6, "limitations": list{object{"limitation_id": m.api, "limit": 4}}})
		changed := must[licenses.License](t)(m.here.License(t.Context(), license))
		if *changed.UserLimit != 6 || len(changed.Limitations) != 1 || *changed.Limitations[0].Limit != 4 || !changed.Limitations[0].UserProvisioning {
			t.Errorf("got %+v", changed)
		}
		v.refused(t, 13008, http.MethodDelete, "/templates/"+id, nil)
	})

	t.Run("a copy is another one", func(t *testing.T) {
		copied := v.ok(t, http.MethodPost, "/templates/"+id+"/clone", object{"user_limit": 9}).(object)
		if copied["id"] == id || copied["name"] != "Professional (copy)" || copied["user_limit"] != 9.0 || len(copied["limitations"].(list)) != 1 {
			t.Errorf("got %v", copied)
		}
		v.ok(t, http.MethodDelete, "/templates/"+copied["id"].(string), nil)
		if status, _ := v.call(t, http.MethodGet, "/templates/"+copied["id"].(string), nil); status != http.StatusNotFound {
			t.Errorf("after it was deleted it is answered %d", status)
		}
		if listed := v.ok(t, http.MethodGet, "/templates?product_id="+m.productID, nil).(list); len(listed) != 1 {
			t.Errorf("%d are listed, want 1", len(listed))
		}
	})

	t.Run("what is refused", func(t *testing.T) {
		for name, test := range map[string]struct {
			id           int
			method, path string
			body         object
		}{
			"another mode":           {13010, http.MethodPatch, "/templates/" + id, object{"provisioning_mode": 1}},
			"another client type":    {13010, http.MethodPatch, "/templates/" + id, object{"client_type": 0}},
			"unknown limitation":     {3003, http.MethodPatch, "/templates/" + id, object{"limitations": list{object{"limitation_id": uuid.NewString()}}}},
			"a balance of each":      {13018, http.MethodPatch, "/templates/" + id, object{"limitations": list{object{"limitation_id": m.api, "consumption_balance_mode": 1}}}},
			"activation by email":    {13018, http.MethodPatch, "/templates/" + id, object{"activation_upon_license_creation": 2}},
			"unknown product":        {3000, http.MethodPost, "/templates", object{"product_id": uuid.NewString(), "name": "x", "token_limit": 1}},
			"floating without limit": {13012, http.MethodPost, "/templates", object{"product_id": m.productID, "name": "x", "token_limit": 1, "provisioning_mode": 1}},
			"a reset that loses": {13002, http.MethodPatch, "/templates/" + id, object{"limitations": list{
				object{"limitation_id": m.api, "user_provisioning": true, "consumption_reset_mode": 3}}}},
		} {
			t.Run(name, func(t *testing.T) { v.refused(t, test.id, test.method, test.path, test.body) })
		}
	})
}

func TestFloatingTemplate(t *testing.T) {
	m := newMarket(t)
	created := must[licenses.Edition](t)(m.here.CreateEdition(t.Context(), licenses.EditionChange{
		ProductID: m.productID, Name: new("Floating"), TokenLimit: said[int32](licenses.MaxTokenLimit), ProvisioningMode: new(v1alpha1.ProvisioningFloating),
		FloatingLimit: said[int32](5), SessionsPerClient: said[int32](2),
	}))
	if created.TokenLimit != nil || *created.Floating.Limit != 5 || !*created.Floating.Enforce || created.Floating.SessionPeriodMinutes != 60 {
		t.Errorf("got %+v, %+v", created, created.Floating)
	}
	changed := must[licenses.Edition](t)(m.there.UpdateEdition(t.Context(), created.ID, licenses.EditionChange{
		SessionMinutes: said[int32](10), EnforceFloating: new(false), SessionsPerClient: none[int32](),
	}))
	if *changed.Floating.Limit != 5 || *changed.Floating.Enforce || changed.Floating.SessionPeriodMinutes != 10 || changed.Floating.SessionsPerClient != 0 {
		t.Errorf("got %+v", changed.Floating)
	}
}

func TestTemplateThatGitDeclares(t *testing.T) {
	m := newMarket(t)
	id := m.limited(t, "limited")
	_, err := m.here.UpdateEdition(t.Context(), id, licenses.EditionChange{UserLimit: said[int32](6)})
	refused(t, err, licenses.DeclaredElsewhere)
	if !strings.Contains(err.Error(), "$.user_limit") || !strings.Contains(err.Error(), "gitops") {
		t.Errorf("it names neither field nor manager: %v", err)
	}
	_, err = m.here.UpdateEdition(t.Context(), id, licenses.EditionChange{ListsLimitations: true})
	refused(t, err, licenses.DeclaredElsewhere)
	_, err = m.here.DeleteEdition(t.Context(), id)
	refused(t, err, licenses.DeclaredElsewhere)
	must[licenses.Edition](t)(m.here.UpdateEdition(t.Context(), id, licenses.EditionChange{TokenLimit: said[int32](3)}))
}

func TestTemplateThatALicenseIsItsOwn(t *testing.T) {
	v := newVendor(t, "userLimit: 3\nlimitations:\n- {id: "+apiFunctionality+", limit: 3, userProvisioning: true, resetMode: Never}")
	id := v.ok(t, http.MethodGet, "/licenses/"+v.license, nil).(object)["template_id"].(string)
	if shown := v.ok(t, http.MethodGet, "/templates/"+id, nil).(object); shown["user_limit"] != 3.0 || len(shown["limitations"].(list)) != 1 {
		t.Errorf("got %v", shown)
	}
	v.refused(t, 13010, http.MethodPatch, "/templates/"+id, object{"user_limit": 4})
	v.refused(t, 13010, http.MethodDelete, "/templates/"+id, nil)
	if listed := v.ok(t, http.MethodGet, "/templates", nil).(list); len(listed) != 0 {
		t.Errorf("it is listed: %v", listed)
	}
}

func TestProductLimitationsOverREST(t *testing.T) {
	m := newMarket(t)
	v := vendor{Producer: m.Producer, id: uuid.NewString(), product: m.productID, calls: new(int), caller: licenses.Caller{Name: "admin key shop", ModifiedBy: "shop"}}
	path := "/products/" + m.productID + "/limitations"
	created := v.ok(t, http.MethodPost, path, object{"name": "Exports", "description": "to other formats"}).(object)
	id := created["id"].(string)
	wants(t, created, object{"product_id": m.productID, "name": "Exports", "description": "to other formats", "is_aggregatable": false})
	if listed := v.ok(t, http.MethodGet, path, nil).(list); len(listed) != 3 {
		t.Errorf("%d are listed, want 3", len(listed))
	}
	if changed := v.ok(t, http.MethodPut, path, object{"id": id, "name": "Exports and prints", "description": nil}).(object); changed["name"] != "Exports and prints" || changed["description"] != nil {
		t.Errorf("got %v", changed)
	}
	v.refused(t, 13010, http.MethodPost, path, object{"id": id, "name": "again"})
	m.edition(t, "used", fmt.Sprintf("%s, limitations: [{id: %s, resetMode: Never}]", named, id))
	v.refused(t, 13009, http.MethodDelete, path+"/"+id, nil)
	noError(t, m.Client.Delete(t.Context(), editionNamed(t, m, "used")))
	v.ok(t, http.MethodDelete, path+"/"+id, nil)
	if status, _ := v.call(t, http.MethodGet, path+"/"+id, nil); status != http.StatusNotFound {
		t.Errorf("after it was removed it is answered %d", status)
	}
	v.refused(t, 13006, http.MethodPut, path+"/"+m.api, object{"name": "another"})
	v.refused(t, 13006, http.MethodDelete, path+"/"+m.api, nil)
	v.refused(t, 3000, http.MethodPost, "/products/"+uuid.NewString()+"/limitations", object{"name": "x"})
	if status, _ := v.call(t, http.MethodGet, "/products/"+uuid.NewString()+"/limitations", nil); status != http.StatusNotFound {
		t.Errorf("an unknown product is answered %d", status)
	}
}

func editionNamed(t *testing.T, m market, name string) *v1alpha1.Edition {
	t.Helper()
	var edition v1alpha1.Edition
	if err := m.Read(t.Context(), name, &edition); err != nil && !apierrors.IsNotFound(err) {
		t.Fatal(err)
	}
	return &edition
}
