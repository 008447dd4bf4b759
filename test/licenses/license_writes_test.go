package licenses

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"
	apierrors "k8s.io/apimachinery/pkg/api/errors"

	"github.com/licensing-operator/licensing-operator/api/v1alpha1"
	"github.com/licensing-operator/licensing-operator/internal/licenses"
)

const named = "provisioningMode: Named, clientType: Users, activationOnCreation: TokenKey"

// limited is an edition with both limitations, of which one is adjustable.
func (m market) limited(t *testing.T, name string) string {
	t.Helper()
	return m.edition(t, name, fmt.Sprintf(`%s, userLimit: 5, limitations: [
{id: %s, userProvisioning: true, resetMode: Never, limit: 3, adjustable: true},
{id: %s, resetMode: FirstDayOfMonth, limit: 100}]`, named, m.api, m.cloud))
}

func (m market) lineItem(t *testing.T, license string) *v1alpha1.LineItem {
	t.Helper()
	var list v1alpha1.LineItemList
	noError(t, m.Client.List(t.Context(), &list))
	for i := range list.Items {
		if list.Items[i].Namespace == m.Namespace && list.Items[i].Spec.LicenseID == license {
			return &list.Items[i]
		}
	}
	return nil
}

func TestCreateLicense(t *testing.T) {
	m := newMarket(t)
	edition := m.limited(t, "limited")
	id := uuid.NewString()
	wanted := licenses.LicenseChange{
		ID: id, CustomerID: m.customerID, ProductID: m.productID, EditionID: edition, Name: said("ACME seats"), TokenLimit: said[int32](4),
		Limitations: []licenses.LimitationChange{{ID: m.api, Limit: said[int64](8)}, {ID: m.cloud, Limit: said[int64](100)}},
	}
	created := must[licenses.License](t)(m.here.CreateLicense(t.Context(), wanted))
	if created.LicenseID != id || created.Customer.ID != m.customerID || !created.IsValid() || !licenses.NeverExpires(created.End) {
		t.Errorf("got %+v", created)
	}
	limits := map[string]int64{}
	for _, limitation := range created.Limitations {
		limits[limitation.ID] = *limitation.Limit
	}
	if diff := cmp.Diff(map[string]int64{m.api: 8, m.cloud: 100}, limits); diff != "" {
		t.Errorf("limits (-want +got)\n%s", diff)
	}
	if own := m.lineItem(t, id).Spec; len(own.Limitations) != 1 || own.UserLimit != nil || own.Quantity != 0 {
		t.Errorf("what is as the edition has it is left to the edition: %+v", own)
	}
	if shown := must[licenses.License](t)(m.there.License(t.Context(), id)); shown.Name != "ACME seats" {
		t.Errorf("the other server shows %q", shown.Name)
	}

	after := func(change func(*licenses.LicenseChange)) licenses.LicenseChange {
		changed := wanted
		changed.ID = ""
		change(&changed)
		return changed
	}
	m.Apply(t, "Product", "viewer", "{productID: "+uuid.NewString()+", displayName: Viewer}")
	for name, test := range map[string]struct {
		wanted licenses.LicenseChange
		want   licenses.ErrorID
	}{
		"unknown customer": {after(func(c *licenses.LicenseChange) { c.CustomerID = uuid.NewString() }), licenses.CustomerUnknown},
		"unknown product":  {after(func(c *licenses.LicenseChange) { c.ProductID = uuid.NewString() }), licenses.ProductUnknown},
		"unknown template": {after(func(c *licenses.LicenseChange) { c.EditionID = uuid.NewString() }), licenses.EditionUnknown},
		"not adjustable": {after(func(c *licenses.LicenseChange) {
			c.Limitations = []licenses.LimitationChange{{ID: m.cloud, Limit: said[int64](101)}}
		}), licenses.PropertyFixed},
		"unknown limitation": {after(func(c *licenses.LicenseChange) {
			c.Limitations = []licenses.LimitationChange{{ID: uuid.NewString(), Limit: said[int64](1)}}
		}), licenses.LimitationUnknown},
		"a reset of what users hold": {after(func(c *licenses.LicenseChange) {
			c.Limitations = []licenses.LimitationChange{{ID: m.api, ResetMode: new(v1alpha1.ResetFirstDayOfYear)}}
		}), licenses.ValueNotPossible},
		"days after activation":  {after(func(c *licenses.LicenseChange) { c.Expiration = new(licenses.ExpiresAfterActivation) }), licenses.NotSupported},
		"a date that is missing": {after(func(c *licenses.LicenseChange) { c.Expiration = new(licenses.ExpiresAtDate) }), licenses.ValueMissing},
		"floating tokens":        {after(func(c *licenses.LicenseChange) { c.FloatingLimit = said[int32](2) }), licenses.LicenseNotFit},
		"an id that is taken":    {wanted, licenses.PropertyFixed},
	} {
		_, err := m.here.CreateLicense(t.Context(), test.wanted)
		if licenses.IDOf(err) != test.want {
			t.Errorf("%s: got %v, want %d", name, err, test.want)
		}
	}
}

func TestUpdateLicense(t *testing.T) {
	m := newMarket(t)
	edition := m.limited(t, "limited")
	license := m.license(t, edition, 3)
	update := func(change licenses.LicenseChange) (licenses.License, error) {
		return m.there.UpdateLicense(t.Context(), license, change)
	}

	t.Run("what is not said stays", func(t *testing.T) {
		must[licenses.License](t)(update(licenses.LicenseChange{Name: said("name"), UserLimit: said[int32](2)}))
		changed := must[licenses.License](t)(update(licenses.LicenseChange{Description: said("more")}))
		if changed.Name != "name" || changed.Description != "more" || *changed.UserLimit != 2 || *changed.TokenLimit != 3 {
			t.Errorf("got %+v", changed)
		}
	})

	t.Run("null takes away what the license says for itself", func(t *testing.T) {
		changed := must[licenses.License](t)(update(licenses.LicenseChange{UserLimit: none[int32](), Name: none[string]()}))
		if changed.Name != "" || *changed.UserLimit != 5 {
			t.Errorf("name %q, user limit %d, want that of the edition", changed.Name, *changed.UserLimit)
		}
	})

	t.Run("limits below what is in use are refused", func(t *testing.T) {
		for _, user := range []string{"lisa", "tom"} {
			must[licenses.User](t)(m.here.AddUser(t.Context(), license, licenses.NewUser{ID: user, Name: user, Active: true}))
		}
		m.activate(t, license, "a")
		m.activate(t, license, "b")
		_, err := update(licenses.LicenseChange{UserLimit: said[int32](1)})
		refused(t, err, licenses.UserLimitTooLow)
		_, err = update(licenses.LicenseChange{TokenLimit: said[int32](1)})
		refused(t, err, licenses.TokenLimitTooLow)
		must[licenses.License](t)(update(licenses.LicenseChange{UserLimit: said[int32](2), TokenLimit: said[int32](2)}))
	})

	t.Run("what a license is cannot change", func(t *testing.T) {
		floating := m.edition(t, "floating", threePeople)
		forDevices := m.edition(t, "devices", devices)
		m.Apply(t, "Product", "viewer", "{productID: "+uuid.NewString()+", displayName: Viewer}")
		m.Apply(t, "Edition", "viewer", "{editionID: 0d4d1f0e-2b6f-4f37-9f5f-51c0c1b7d1a4, productRef: {name: viewer}, displayName: viewer, "+named+"}")
		for name, test := range map[string]struct {
			change licenses.LicenseChange
			want   licenses.ErrorID
		}{
			"another mode":     {licenses.LicenseChange{EditionID: floating}, licenses.EditionNotPossible},
			"other clients":    {licenses.LicenseChange{EditionID: forDevices}, licenses.EditionNotPossible},
			"another product":  {licenses.LicenseChange{EditionID: "0d4d1f0e-2b6f-4f37-9f5f-51c0c1b7d1a4"}, licenses.EditionNotPossible},
			"unknown template": {licenses.LicenseChange{EditionID: uuid.NewString()}, licenses.EditionUnknown},
			"its product":      {licenses.LicenseChange{ProductID: uuid.NewString()}, licenses.PropertyFixed},
			"its customer":     {licenses.LicenseChange{CustomerID: uuid.NewString()}, licenses.PropertyFixed},
		} {
			if _, err := update(test.change); licenses.IDOf(err) != test.want {
				t.Errorf("%s: got %v, want %d", name, err, test.want)
			}
		}
		other := m.edition(t, "other", named+", userLimit: 7")
		changed := must[licenses.License](t)(update(licenses.LicenseChange{EditionID: other, UserLimit: none[int32]()}))
		if changed.EditionID != other || *changed.UserLimit != 7 || len(changed.Limitations) != 0 {
			t.Errorf("got %+v", changed)
		}
	})

	t.Run("it can end and go on", func(t *testing.T) {
		ends := now.Now().Add(time.Hour).UTC().Truncate(time.Second)
		changed := must[licenses.License](t)(update(licenses.LicenseChange{Expiration: new(licenses.ExpiresAtDate), Expires: said(ends)}))
		if !changed.End.Equal(ends) {
			t.Errorf("ends %s, want %s", changed.End, ends)
		}
		if changed = must[licenses.License](t)(update(licenses.LicenseChange{Expiration: new(licenses.ExpiresNever)})); !licenses.NeverExpires(changed.End) {
			t.Errorf("ends %s, want never", changed.End)
		}
		if _, err := update(licenses.LicenseChange{Starts: said(ends), Expires: said(ends)}); err == nil || licenses.IDOf(err) != 0 {
			t.Errorf("got %v, want it to be invalid", err)
		}
	})
}

func TestLicenseThatGitDeclares(t *testing.T) {
	m := newMarket(t)
	id := uuid.NewString()
	m.limited(t, "limited")
	m.Apply(t, "LineItem", "declared", fmt.Sprintf(`
instanceRef: {name: customer}
licenseID: %s
editionRef: {name: limited}
state: DEPLOYED
userLimit: 4
elastic: false
start: "2023-09-27T00:00:00Z"
end: "9999-12-31T23:59:59Z"`, id))
	_, err := m.here.UpdateLicense(t.Context(), id, licenses.LicenseChange{UserLimit: said[int32](3)})
	refused(t, err, licenses.DeclaredElsewhere)
	if !strings.Contains(err.Error(), "$.user_limit") || !strings.Contains(err.Error(), "gitops") {
		t.Errorf("it names neither field nor manager: %v", err)
	}
	_, err = m.here.UpdateLicense(t.Context(), id, licenses.LicenseChange{UserLimit: none[int32]()})
	refused(t, err, licenses.DeclaredElsewhere)
	_, err = m.here.ToggleLicense(t.Context(), id, nil)
	refused(t, err, licenses.DeclaredElsewhere)
	_, err = m.here.DeleteLicense(t.Context(), id)
	refused(t, err, licenses.DeclaredElsewhere)
	// What Git says nothing about is free, and can be taken away again.
	changed := must[licenses.License](t)(m.here.UpdateLicense(t.Context(), id, licenses.LicenseChange{
		TokenLimit: said[int32](2), Limitations: []licenses.LimitationChange{{ID: m.api, Limit: said[int64](9)}},
	}))
	if *changed.TokenLimit != 2 || *changed.Limitations[0].Limit != 9 || *changed.UserLimit != 4 {
		t.Errorf("got %+v", changed)
	}
	changed = must[licenses.License](t)(m.there.UpdateLicense(t.Context(), id, licenses.LicenseChange{
		TokenLimit: none[int32](), Limitations: []licenses.LimitationChange{{ID: m.api, Limit: said[int64](3)}},
	}))
	if changed.TokenLimit != nil || *changed.Limitations[0].Limit != 3 || len(m.lineItem(t, id).Spec.Limitations) != 0 {
		t.Errorf("got %+v", changed)
	}
}

func TestDeleteLicense(t *testing.T) {
	m := newMarket(t)
	license := m.license(t, m.limited(t, "limited"), 3)
	must[licenses.User](t)(m.here.AddUser(t.Context(), license, licenses.NewUser{ID: "lisa", Name: "Lisa", Active: true}))
	m.activate(t, license, "a")
	lineItem := m.lineItem(t, license)
	was := must[licenses.License](t)(m.there.DeleteLicense(t.Context(), license))
	if was.LicenseID != license || len(was.Users) != 1 || !was.Users[0].Active {
		t.Errorf("it was %+v", was)
	}
	if _, err := m.here.License(t.Context(), license); err == nil {
		t.Error("it is still there")
	}
	var users v1alpha1.UserProvisioningList
	var clients v1alpha1.ActivationList
	noError(t, m.Client.List(t.Context(), &users))
	noError(t, m.Client.List(t.Context(), &clients))
	for _, user := range users.Items {
		if user.Namespace == m.Namespace {
			t.Errorf("user %s is left", user.Spec.UserID)
		}
	}
	for _, client := range clients.Items {
		if client.Namespace == m.Namespace {
			t.Errorf("client %s is left", client.Spec.ClientID)
		}
	}
	balances := must[map[string]float64](t)(held(t, m, lineItem))
	if len(balances) > 0 {
		t.Errorf("still held: %v", balances)
	}
	if err := m.Read(t.Context(), lineItem.Name, &v1alpha1.LineItem{}); !apierrors.IsNotFound(err) {
		t.Errorf("got %v", err)
	}
}

// held are the limitations of a line item of which anything is held.
func held(t *testing.T, m market, lineItem *v1alpha1.LineItem) (map[string]float64, error) {
	t.Helper()
	account := m.Account()
	account.Name = lineItem.Spec.InstanceRef.Name
	balances, err := books[0].Balances(t.Context(), account)
	found := map[string]float64{}
	for key, balance := range balances {
		if key.ActivationID == string(lineItem.UID) && balance.Held() != 0 {
			found[key.LimitationID] = float64(balance.Held())
		}
	}
	return found, err
}

func TestDeleteLicenseWithTokens(t *testing.T) {
	m := newMarket(t)
	license := m.license(t, m.limited(t, "limited"), 3)
	object := m.lineItem(t, license)
	object.Spec.Quantity = 10
	noError(t, m.Client.Update(t.Context(), object))
	_, err := m.here.DeleteLicense(t.Context(), license)
	refused(t, err, licenses.DeclaredElsewhere)
}

func TestLicensesOverREST(t *testing.T) {
	m := newMarket(t)
	edition := m.limited(t, "limited")
	v := vendor{Producer: m.Producer, id: uuid.NewString(), product: m.productID, calls: new(int)}
	created := v.ok(t, http.MethodPost, "/licenses", object{
		"customer_id": strings.ToUpper(m.customerID), "product_id": m.productID, "template_id": edition, "token_limit": 1_000_000,
		"expiration_mode": 2, "expiration_date_utc": "2099-12-31T00:00:00Z",
	}).(object)
	path := "/licenses/" + created["id"].(string)
	wants(t, created, object{"template_id": edition, "expiration_mode": 2.0, "is_valid": true, "token_limit": 1_000_000.0})
	before := m.lineItem(t, created["id"].(string))

	t.Run("the whole of an answer can be sent back, and changes nothing", func(t *testing.T) {
		again := v.ok(t, http.MethodPatch, "/licenses", created).(object)
		if diff := cmp.Diff(created, again); diff != "" {
			t.Errorf("(-first +second)\n%s", diff)
		}
		if after := m.lineItem(t, created["id"].(string)); after.ResourceVersion != before.ResourceVersion {
			t.Error("the object was written")
		}
	})

	t.Run("it is switched by the path or by the key", func(t *testing.T) {
		wants(t, v.ok(t, http.MethodPatch, path+"/toggle", nil).(object), object{"is_active": false, "is_valid": false})
		on := v.ok(t, http.MethodPost, "/provisioning/licenses/state/toggle", object{"product_id": m.productID, "license_key": created["id"], "is_active": true})
		want := object{"product_id": m.productID, "license_id": created["id"], "legacy_license_key": nil, "is_active": true}
		if diff := cmp.Diff(want, on); diff != "" {
			t.Errorf("(-want +got)\n%s", diff)
		}
	})

	t.Run("software sees what it is good for", func(t *testing.T) {
		info := v.ok(t, http.MethodPost, "/provisioning/validate", object{"license_key": created["id"]}).(object)
		wants(t, info, object{"license_key": created["id"], "is_license_valid": true, "token_key": nil, "provisioning_mode": 0.0})
		limitation := info["limitations"].(list)[0].(object)
		want := object{
			"id": m.api, "name": "API Functionality", "description": nil, "value": 3.0, "remaining": 3.0, "balance": 0.0,
			"consumption_reset_mode": 1.0, "consumption_reset_period_days": nil,
		}
		if diff := cmp.Diff(want, limitation); diff != "" {
			t.Errorf("(-want +got)\n%s", diff)
		}
	})

	t.Run("a client comes and goes", func(t *testing.T) {
		info := v.ok(t, http.MethodPost, "/provisioning/activations", object{"product_id": m.productID, "license_key": created["id"], "client_id": "laptop"}).(object)
		beat := object{"product_id": m.productID, "client_id": "laptop", "software_version": "1", "operating_system": "Linux", "token_key": info["token_key"]}
		if again := v.ok(t, http.MethodPost, "/provisioning/heartbeats", beat).(object); again["token_key"] != info["token_key"] {
			t.Errorf("got %v", again)
		}
		if text, quoted := v.ok(t, http.MethodPost, "/provisioning/unassign", object{"token_key": info["token_key"]}).(string); !quoted {
			t.Errorf("it is answered %v, want a JSON string", text)
		}
		v.refused(t, 2006, http.MethodPost, "/provisioning/heartbeats", beat)
	})

	if was := v.ok(t, http.MethodDelete, path, nil).(object); was["id"] != created["id"] {
		t.Errorf("got %v", was)
	}
	if status, _ := v.call(t, http.MethodDelete, path, nil); status != http.StatusNotFound {
		t.Errorf("a second time it is answered %d", status)
	}
}
