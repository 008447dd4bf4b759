package namedusers

import (
	"fmt"
	"strings"
	"time"
)

func licenseCases() []testCase {
	return []testCase{
		{section: "2.3", title: "the life of a license", tell: licenseLife},
		{section: "2.3", title: "licenses by customer and by key", tell: findLicenses},
		{section: "2.3", title: "licenses are switched off and on", tell: toggled},
		{section: "2.3", title: "a license that is deleted", tell: deletedLicense},
		{section: "2.3", title: "a license that is not possible", tell: badLicense},
		{section: "2.4", title: "what a license tells", tell: licenseTells},
	}
}

// newLicense is a license of the same edition and customer as another one.
func (l *license) newLicense(customer string, further ...any) request {
	return l.admin(post, "/licenses", object(append([]any{
		"customer_id", customer, "product_id", l.ProductID, "template_id", l.EditionID, "token_limit", 5,
	}, further...)...))
}

func licenseLife(t *trial) {
	l := t.sell(storySale(3))
	customer := t.gets(l.admin(get, l.path(), "")).String("customer_id")
	a := t.expect("POST /licenses", 200, l.newLicense(customer, "name", "Second", "user_limit", 2, "expiration_date_utc", "2099-01-01T00:00:00Z", "expiration_mode", 2))
	made := *l
	made.LicenseID = a.String("id")
	for path, want := range map[string]string{
		"name": `"Second"`, "user_limit": "2", "token_limit": "5", "is_active": "true", "is_valid": "true", "is_expired": "false", "date_validity": "0",
		"expiration_mode": "2", "customer_id": `"` + customer + `"`, "product_id": `"` + l.ProductID + `"`, "template_id": `"` + l.EditionID + `"`,
	} {
		t.Equal("it has "+path, want, a.At(path))
	}
	t.Equal("its limitations are those of the template", "2", fmt.Sprint(len(a.List("license_limitations"))))
	for replica := range 3 {
		t.expect("GET on every replica at once", 200, made.software(get, made.path(), "").on(replica+1))
	}
	made.adds("u1", "u2")
	made.refused("its user_limit holds", 1009, made.user(post, "u3", true))
	made.hb("u1", limitationA)
	made.stands(limitationA, "1", "2")
	l.stands(limitationA, "0", "3")
	changed := t.expect("PATCH", 200, made.admin(patch, made.path(), object("id", made.LicenseID, "name", "Renamed", "user_limit", nil, "description", "words")))
	t.Equal("its name", "Renamed", changed.String("name"))
	t.Equal("its description", "words", changed.String("description"))
	t.Equal("what it leaves out stays", "5", changed.At("token_limit"))
	t.Equal("null is the template's, which has none", "null", changed.At("user_limit"))
	changed = t.expect("PATCH /licenses", 200, made.admin(patch, "/licenses", object("id", made.LicenseID, "token_limit", 7)))
	t.Equal("its tokens", "7", changed.At("token_limit"))
	t.Equal("its name stays", "Renamed", changed.String("name"))
	found := false
	listed := t.gets(l.admin(get, "/licenses", ""))
	for i := range listed.List("") {
		found = found || listed.String(fmt.Sprintf("%d.id", i)) == made.LicenseID
	}
	t.Equal("it is listed", "true", fmt.Sprint(found))
	gone := t.expect("DELETE", 200, made.admin(remove, made.path(), ""))
	t.Equal("the deleted one", made.LicenseID, gone.String("id"))
	for replica := range 3 {
		t.status("GET afterwards", 404, made.software(get, made.path(), "").on(replica+1))
	}
	t.Equal("by_user afterwards", "[]", t.gets(made.bu("u1")).At(""))
}

func findLicenses(t *trial) {
	l := t.sell(storySale(3))
	byCustomer := func(product, number string, further ...any) request {
		return l.software(post, "/provisioning/licenses/by_customer", object(append([]any{"product_id", product, "customer_number", number}, further...)...))
	}
	a := t.expect("by_customer", 200, byCustomer(l.ProductID, l.CustomerNumber))
	t.Equal("the license", l.LicenseID, a.String("0.id"))
	t.Equal("there is one", "1", fmt.Sprint(len(a.List(""))))
	t.refused("by_customer of an unknown product", 3000, byCustomer(uuid(), l.CustomerNumber))
	t.refused("by_customer of an unknown customer", 4000, byCustomer(l.ProductID, "nobody"))
	byLicense := func(attributes ...any) request {
		return l.software(post, "/provisioning/licenses/by_license", object(attributes...))
	}
	for what, r := range map[string]request{
		"product and key": byLicense("product_id", l.ProductID, "license_key", l.LicenseID),
		"key":             byLicense("license_key", l.LicenseID),
		"key, and null":   byLicense("license_key", l.LicenseID, "product_id", nil),
	} {
		t.Equal("by_license with "+what, l.LicenseID, t.expect("by_license with "+what, 200, r).String("0.id"))
	}
	t.Equal("by_license of another product", "[]", t.do(byLicense("product_id", t.sell(Sale{}).ProductID, "license_key", l.LicenseID)).At(""))
	t.gets(l.admin(patch, l.path("toggle"), `{"is_active":false}`))
	t.Equal("all of the customer", "1", fmt.Sprint(len(t.gets(byCustomer(l.ProductID, l.CustomerNumber)).List(""))))
	t.Equal("the active ones", "[]", t.gets(byCustomer(l.ProductID, l.CustomerNumber, "active_licenses_only", true)).At(""))
}

func (l *license) stateToggle(active bool) request {
	return l.software(post, "/provisioning/licenses/state/toggle", object("product_id", l.ProductID, "license_key", l.LicenseID, "is_active", active))
}

func toggled(t *trial) {
	l := t.sell(storySale(3))
	l.adds("u1")
	for _, active := range []bool{false, false, true, true} {
		a := t.expect(fmt.Sprintf("state/toggle %t", active), 200, l.stateToggle(active))
		t.Equal("is_active", fmt.Sprint(active), a.At("is_active"))
		t.Equal("license_id", l.LicenseID, a.String("license_id"))
		license := t.gets(l.admin(get, l.path(), ""))
		t.Equal("the license says so", fmt.Sprintf("%t %t", active, active), license.At("is_active")+" "+license.At("is_valid"))
	}
	a := t.expect("toggle", 200, l.admin(patch, l.path("toggle"), `{"is_active":false}`))
	t.Equal("is_active", "false", a.At("is_active"))
	unknown := *l
	unknown.LicenseID = uuid()
	t.refused("a license key that is not known", 1000, unknown.stateToggle(true))
	unknown.LicenseID, unknown.ProductID = l.LicenseID, uuid()
	t.Equal("a product that is not known", "3000", t.do(unknown.stateToggle(true)).At("id"))
}

func deletedLicense(t *trial) {
	l := t.sell(storySale(3))
	customer := t.gets(l.admin(get, l.path(), "")).String("customer_id")
	made := *l
	made.LicenseID = t.gets(l.newLicense(customer)).String("id")
	made.adds("u1")
	id := made.hb("u1", limitationA).String("0.transaction_id")
	token := t.gets(made.activation("device-1")).String("token_key")
	t.expect("DELETE", 200, made.admin(remove, made.path(), ""))
	t.status("DELETE again", 404, made.admin(remove, made.path(), ""))
	t.status("its users", 404, made.admin(get, made.path("users"), ""))
	t.refused("rolling back what was held on it", 13000, made.rollback(limitationA, id))
	t.refused("validate", 1000, made.software(post, "/provisioning/validate", object("license_key", made.LicenseID)))
	t.refused("activation", 1000, made.activation("device-2"))
	t.Equal("its token", "2003", t.do(made.software(post, "/provisioning/unassign", object("token_key", token))).At("id"))
	t.expect("its client is free for another license", 200, l.activation("device-1"))
	again := t.expect("the same id again", 200, l.newLicense(customer, "id", made.LicenseID))
	t.Equal("its id", made.LicenseID, again.String("id"))
	t.Equal("it has no users", "[]", t.gets(made.admin(get, made.path("users"), "")).At(""))
	made.stands(limitationA, "0", "3")
}

func badLicense(t *trial) {
	l := t.sell(storySale(3))
	customer := t.gets(l.admin(get, l.path(), "")).String("customer_id")
	t.refused("an unknown customer", 4000, l.newLicense(uuid()))
	strange := *l
	strange.ProductID = uuid()
	t.refused("an unknown product", 3000, strange.newLicense(customer))
	strange = *l
	strange.EditionID = uuid()
	t.refused("an unknown template", 13007, strange.newLicense(customer))
	strange.EditionID = t.sell(storySale(1)).EditionID
	t.refused("a template of another product", 13008, strange.newLicense(customer))
	t.refused("an expiration mode that is not supported", 13018, l.newLicense(customer, "expiration_mode", 3))
	t.refused("a limitation that is not adjustable", 13010, l.newLicense(customer, "license_limitations",
		raw("["+object("limitation_id", l.limitation(limitationA), "limit", 99)+"]")))
	t.refused("a limitation that is not known", 3003, l.newLicense(customer, "license_limitations", raw("["+object("limitation_id", uuid(), "limit", 99)+"]")))
	for what, further := range map[string][]any{
		"an id that is none":       {"id", "x"},
		"a limit below 0":          {"user_limit", -1},
		"a limit with a fraction":  {"user_limit", raw("1.5")},
		"a mode that nobody knows": {"expiration_mode", 9},
		"a date that is none":      {"expiration_date_utc", "tomorrow"},
	} {
		t.status(what, 400, l.newLicense(customer, further...))
	}
	taken := t.do(l.newLicense(customer, "id", l.LicenseID))
	t.Equal("an id that is taken", "409", fmt.Sprint(taken.Status))
	t.status("without a customer", 400, l.admin(post, "/licenses", object("product_id", l.ProductID, "template_id", l.EditionID, "token_limit", 1)))
	t.status("PATCH of one that is not known", 404, l.admin(patch, "/licenses/"+uuid(), `{"name":"x"}`))
	other := t.sell(storySale(1))
	t.refused("PATCH to another product's template", 13008, l.admin(patch, l.path(), object("template_id", other.EditionID)))
	t.refused("PATCH of what is not adjustable", 13010, l.admin(patch, l.path(), object("license_limitations", raw("["+object("limitation_id", l.limitation(limitationA), "limit", 99)+"]"))))
	l.stands(limitationA, "0", "3")
}

func licenseTells(t *trial) {
	start, end := time.Date(2024, 2, 29, 12, 0, 0, 0, time.UTC), time.Date(2088, 2, 29, 12, 0, 0, 0, time.UTC)
	l := t.sell(Sale{UserLimit: new(3), TokenLimit: new(4), Start: start, End: end, Groups: []Group{{uuid(), "Sales", 2}}, Limitations: []Limitation{unit(limitationA, 3)}})
	l.adds("u1")
	a := t.gets(l.admin(get, l.path(), ""))
	for path, want := range map[string]string{
		"id": l.LicenseID, "product_id": l.ProductID, "template_id": l.EditionID, "token_limit": "4", "user_limit": "3", "expiration_mode": "2",
		"is_active": "true", "is_valid": "true", "is_expired": "false", "date_validity": "0", "is_temporary": "false", "is_software_release_valid": "true",
		"is_group_valid": "true", "license_limitations.0.limit": "3", "license_limitations.0.limitation_name": limitationA,
		"license_limitations.0.limitation_id": l.limitation(limitationA), "license_limitations.0.consumption_reset_mode": "1",
		"license_users.0.user_id": "u1", "license_users_groups.0.name": "Sales", "client_id": l.LicenseID, "license_limitations.0.product_id": l.ProductID,
	} {
		t.Equal(path, want, a.String(path))
	}
	for path, want := range map[string]time.Time{"start_date_utc": start, "expiration_date_utc": end} {
		got, _ := time.Parse(time.RFC3339Nano, a.String(path))
		t.Equal(path, want.String(), got.UTC().String())
	}
	if template := a.At("template"); template != "null" {
		t.Contains("its template says what is provisioned to users", template, `"user_provisioning":true`)
	}
	forever := t.gets(t.sell(Sale{}).bu("x"))
	t.Equal("by_user of nobody", "[]", forever.At(""))
	endless := t.sell(Sale{})
	t.Equal("expiration_mode without an end", "1", t.gets(endless.admin(get, endless.path(), "")).At("expiration_mode"))
	t.status("a license that is not known", 404, l.admin(get, "/licenses/"+uuid(), ""))
	t.status("in capitals it is the same", 200, l.admin(get, "/licenses/"+strings.ToUpper(l.LicenseID), ""))
}
