package licenses

import (
	"net/http"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"

	"github.com/licensing-operator/licensing-operator/api/v1alpha1"
)

func (v vendor) patchLicense(t testing.TB, patch string) {
	t.Helper()
	v.Patch(t, "license", &v1alpha1.LineItem{}, patch)
}

func TestByUserShowsTheLicenseAndNobodyElse(t *testing.T) {
	v := newVendor(t, sourceLicense+"\ndisplayName: Team\ndescription: For the team")
	v.adds(t, true, "lisa", "mona")
	v.provisions(t, "mona", apiFunctionality)
	found := v.software().ok(t, http.MethodPost, byUser, v.asks("lisa")).(list)[0].(object)
	limitation := func(id, name string, limit float64) object {
		return object{
			"product_id": v.product, "limitation_id": id, "limitation_name": name, "limitation_description": nil, "limit": limit,
			"consumption_reset_mode": 1.0, "consumption_reset_period_days": nil, "current_user_transaction_id": nil,
		}
	}
	want := object{
		"id": v.license, "product_id": v.product, "name": "Team", "description": "For the team", "client_id": v.license,
		"user_limit": 3.0, "is_active": true, "is_valid": true, "is_expired": false, "date_validity": 0.0, "expiration_mode": 1.0,
		"expiration_date_utc": nil, "start_date_utc": "2023-09-27T00:00:00Z", "is_group_valid": true, "is_software_release_valid": true,
		"license_limitations": list{limitation(apiFunctionality, "API Functionality", 3), limitation(cloudBackup, "Cloud Backup Functionality", 2)},
		"license_features":    list{}, "license_variables": list{}, "customer": nil, "last_modified_by": "gitops",
	}
	for field, value := range want {
		if diff := cmp.Diff(value, found[field]); diff != "" {
			t.Errorf("%s (-want +got):\n%s", field, diff)
		}
	}
	if users := found["license_users"].(list); len(users) != 1 || users[0].(object)["user_id"] != "lisa" {
		t.Errorf("license_users %v", users)
	}
	template := found["template"].(object)
	if template["id"] != found["template_id"] || !isTrue(template["limitations"].(list)[0].(object)["user_provisioning"]) {
		t.Errorf("template %v", template)
	}
}

func TestByUserFindsTheLicensesOfTheProduct(t *testing.T) {
	v := newVendor(t, sourceLicense)
	second, other := uuid.NewString(), v
	v.sells(t, "second", second, "userLimit: 5")
	other.product = uuid.NewString()
	other.sells(t, "other", uuid.NewString(), "userLimit: 5")
	v.adds(t, true, "lisa")
	v.ok(t, http.MethodPost, "/licenses/"+second+"/users", object{"user_id": "lisa", "name": "Lisa", "is_active": true})
	if found := v.ok(t, http.MethodPost, byUser, v.asks("lisa")).(list); len(found) != 2 {
		t.Errorf("%d licenses, want 2", len(found))
	}
	for name, body := range map[string]object{"another product": other.asks("lisa"), "another user": v.asks("mona")} {
		if found := v.ok(t, http.MethodPost, byUser, body).(list); len(found) != 0 {
			t.Errorf("%s: %v", name, found)
		}
	}
	v.refused(t, 3000, http.MethodPost, byUser, object{"product_id": uuid.NewString(), "user_id": "lisa"})
}

func TestAKeyForAProductIsForNoOther(t *testing.T) {
	v := newVendor(t, sourceLicense)
	v.adds(t, true, "lisa")
	v.software(v.product).ok(t, http.MethodPost, byUser, v.asks("lisa"))
	restricted := v.software("another product")
	for path, body := range map[string]object{
		byUser: v.asks("lisa"), heartbeats: v.beat("lisa", apiFunctionality, 1),
		"/provisioning/licenses/by_license":  {"license_key": v.license},
		"/provisioning/validate/consumption": {"license_id": v.license, "limitation_id": apiFunctionality},
		"/provisioning/licenses/by_customer": {"product_id": v.product, "customer_number": "ACME"},
	} {
		if status, answer := restricted.call(t, http.MethodPost, path, body); status != http.StatusForbidden {
			t.Errorf("%s: %d %v", path, status, answer)
		}
	}
}

func TestLicensesAreFoundByKeyAndByCustomer(t *testing.T) {
	v := newVendor(t, sourceLicense)
	v.adds(t, true, "lisa")
	byLicense, byCustomer := "/provisioning/licenses/by_license", "/provisioning/licenses/by_customer"
	for name, found := range map[string]any{
		"by key":      v.ok(t, http.MethodPost, byLicense, object{"license_key": v.license}),
		"of product":  v.ok(t, http.MethodPost, byLicense, object{"license_key": v.license, "product_id": v.product}),
		"by customer": v.ok(t, http.MethodPost, byCustomer, object{"product_id": v.product, "customer_number": "ACME"}),
		"by id":       list{v.ok(t, http.MethodGet, "/licenses/"+v.license, nil)},
	} {
		if found := found.(list); len(found) != 1 || found[0].(object)["id"] != v.license || len(found[0].(object)["license_users"].(list)) != 1 {
			t.Errorf("%s: %v", name, found)
		}
	}
	// Software on a customer's machine is not told who the users are.
	if shown := v.software().ok(t, http.MethodGet, "/licenses/"+v.license, nil).(object); shown["license_users"] != nil {
		t.Errorf("license_users %v", shown["license_users"])
	}
	if all := v.ok(t, http.MethodGet, "/licenses", nil).(list); len(all) != 1 || all[0].(object)["id"] != v.license {
		t.Errorf("all licenses: %v", all)
	}
	for _, body := range []object{{"license_key": uuid.NewString()}, {"license_key": v.license, "product_id": uuid.NewString()}} {
		if found := v.ok(t, http.MethodPost, byLicense, body).(list); len(found) != 0 {
			t.Errorf("%v: %v", body, found)
		}
	}
	v.refused(t, 4000, http.MethodPost, byCustomer, object{"product_id": v.product, "customer_number": "nobody"})
	v.refused(t, 3000, http.MethodPost, byCustomer, object{"product_id": uuid.NewString(), "customer_number": "ACME"})
	if status, _ := v.call(t, http.MethodGet, "/licenses/"+uuid.NewString(), nil); status != http.StatusNotFound {
		t.Errorf("%d for an unknown license", status)
	}
}

func TestALicenseOfAnEditionHasItsTerms(t *testing.T) {
	v := newVendor(t, "userLimit: 1")
	productID, editionID, licenseID := uuid.NewString(), uuid.NewString(), uuid.NewString()
	v.Apply(t, "Product", "team-suite", `
productID: `+productID+`
displayName: Team Suite
limitations:
- {id: `+apiFunctionality+`, name: API Functionality, description: Calls from outside}`)
	v.Apply(t, "Edition", "team-standard", `
editionID: `+editionID+`
productRef: {name: team-suite}
displayName: Standard
provisioningMode: Named
clientType: Users
activationOnCreation: CustomerNumber
userLimit: 5
limitations:
- {id: `+apiFunctionality+`, limit: 2, goodwill: 50, userProvisioning: true, resetMode: Never, adjustable: true}`)
	v.Apply(t, "LineItem", "made-from-it", `
instanceRef: {name: acme-def-inst}
licenseID: `+licenseID+`
editionRef: {name: team-standard}
elastic: false
state: DEPLOYED
start: "2023-09-27T00:00:00Z"
end: "2099-01-01T00:00:00Z"
limitations:
- {id: `+apiFunctionality+`, limit: 1, resetMode: Never}`)
	v.ok(t, http.MethodPost, "/licenses/"+licenseID+"/users", object{"user_id": "lisa", "name": "Lisa", "is_active": true})
	entry := v.ok(t, http.MethodPost, heartbeats, object{
		"client_id": "ACME", "consumption_heartbeat": list{object{"limitation_id": apiFunctionality, "user_id": "lisa", "value": 1}},
	}).(list)[0].(object)
	figures(t, entry, 1, 0, 1)
	found := v.ok(t, http.MethodPost, byUser, object{"product_id": productID, "user_id": "lisa"}).(list)[0].(object)
	limitation := found["license_limitations"].(list)[0].(object)
	if found["template_id"] != editionID || found["user_limit"] != 5.0 || found["client_id"] != "ACME" || found["expiration_mode"] != 2.0 ||
		found["expiration_date_utc"] != "2099-01-01T00:00:00Z" || limitation["limit"] != 1.0 || limitation["limitation_description"] != "Calls from outside" ||
		limitation["current_user_transaction_id"] != entry["transaction_id"] {
		t.Errorf("%v", found)
	}
	if template := found["template"].(object)["limitations"].(list)[0].(object); template["limit"] != 2.0 || template["goodwill"] != 50.0 || !isTrue(template["is_adjustable"]) {
		t.Errorf("template %v", template)
	}
}
