package namedusers

import (
	"fmt"
	"maps"
	"strings"

	"github.com/licensing-operator/licensing-operator/test/conformance/examination"
)

func accessCases() []testCase {
	return []testCase{
		{section: "2.1", title: "who may call what", tell: accessTable},
		{section: "2.1", title: "a key for some products", tell: restrictedKey},
		{section: "2.1", title: "another vendor's path", tell: otherVendor},
		{section: "2.1", title: "the contract that is served is the one that is examined", tell: servedContract},
		{section: "2.2", title: "signatures and nonces of every status", tell: signatures},
		{section: "2.1", title: "LastModifiedBy", tell: lastModifiedBy},
	}
}

// caller is somebody with headers, and what becomes of the calls: 200 stands for whatever an allowed call is answered.
type caller struct {
	who                  string
	keys                 credentials
	software, backOffice int
}

func (t *trial) callers() []caller {
	target := t.run.target
	key := func(k Key) string {
		made, err := target.Shop.Key(t.ctx, k)
		t.Need(err == nil, "a key is made: %v; without that", err)
		return made
	}
	bearer, stranger := target.Bearer(), uuid()+uuid()
	provisioning, admin := target.ProvisioningKey, target.AdminKey
	disabled, disabledAdmin := key(Key{Disabled: true}), key(Key{Disabled: true, Admin: true})
	return []caller{
		{"nobody", nil, 401, 401},
		{"a stranger's ProvisioningKey", credentials{"ProvisioningKey": stranger}, 401, 401},
		{"a stranger's AdminKey", credentials{"AdminKey": stranger}, 401, 401},
		{"a disabled ProvisioningKey", credentials{"ProvisioningKey": disabled}, 401, 401},
		{"a disabled AdminKey", credentials{"AdminKey": disabledAdmin}, 401, 401},
		{"an empty ProvisioningKey", credentials{"ProvisioningKey": " "}, 401, 401},
		{"a provisioning key as AdminKey", credentials{"AdminKey": provisioning}, 401, 401},
		{"an admin key as ProvisioningKey", credentials{"ProvisioningKey": admin}, 401, 401},
		{"a stranger's bearer token", credentials{"Authorization": "Bearer " + stranger}, 401, 401},
		{"a key as bearer token", credentials{"Authorization": "Bearer " + admin}, 401, 401},
		{"the ProvisioningKey", credentials{"ProvisioningKey": provisioning}, 200, 403},
		{"the AdminKey", credentials{"AdminKey": admin}, 200, 200},
		{"both", credentials{"ProvisioningKey": provisioning, "AdminKey": admin}, 200, 200},
		{"the ProvisioningKey and a stranger's AdminKey", credentials{"ProvisioningKey": provisioning, "AdminKey": stranger}, 200, 403},
		{"the ProvisioningKey and a disabled AdminKey", credentials{"ProvisioningKey": provisioning, "AdminKey": disabledAdmin}, 200, 403},
		{"the AdminKey and a stranger's ProvisioningKey", credentials{"ProvisioningKey": stranger, "AdminKey": admin}, 200, 200},
		{"the AdminKey and a disabled ProvisioningKey", credentials{"ProvisioningKey": disabled, "AdminKey": admin}, 200, 200},
		{"a bearer token", credentials{"Authorization": "Bearer " + bearer}, 200, 200},
		{"a bearer token in the header Bearer", credentials{"Bearer": "Bearer " + bearer, "UserType": "3"}, 200, 200},
		{"a bearer token alone in the header Bearer", credentials{"Bearer": bearer}, 200, 200},
		{"a bearer token and a ProvisioningKey", credentials{"Authorization": "Bearer " + bearer, "ProvisioningKey": provisioning}, 200, 200},
	}
}

// accessTable calls every operation as every caller, about what does not exist.
func accessTable(t *trial) {
	for _, c := range t.callers() {
		var requests []request
		for _, o := range operations {
			r := o.request()
			r.keys = maps.Clone(c.keys)
			requests = append(requests, r)
		}
		// Some at once, as failures are slowed down.
		for begin := 0; begin < len(requests); begin += 8 {
			end := min(begin+8, len(requests))
			for i, a := range t.together(requests[begin:end]) {
				o := operations[begin+i]
				want := c.software
				if o.area == forBackOffice {
					want = c.backOffice
				}
				got := a.Status
				if got != 401 && got != 403 && got < 500 {
					got = 200
				}
				t.Equal(fmt.Sprintf("%s: %s %s", c.who, o.method, o.path), fmt.Sprint(want), fmt.Sprint(got))
			}
		}
	}
}

func restrictedKey(t *trial) {
	mine, others := t.sell(storySale(3)), t.sell(storySale(3))
	mine.adds("u1")
	others.adds("u1")
	key, err := t.run.target.Shop.Key(t.ctx, Key{Products: []string{mine.ProductID}})
	t.Need(err == nil, "a key is made: %v; without that", err)
	as := func(r request) request { r.keys = credentials{"ProvisioningKey": key}; return r }
	t.eventually("the key is known", func() bool { return t.do(as(mine.bu("u1"))).Status != 401 })
	transaction := mine.hb("u1", limitationA).String("0.transaction_id")
	foreign := others.hb("u1", limitationA).String("0.transaction_id")
	for what, both := range map[string][2]request{
		"by_user":      {mine.bu("u1"), others.bu("u1")},
		"heartbeat":    {mine.heartbeat(mine.value(limitationB, "u1", "1")), others.heartbeat(others.value(limitationB, "u1", "1"))},
		"rollback":     {mine.rollback(limitationA, transaction), others.rollback(limitationA, foreign)},
		"GET license":  {t.software(get, mine.path(), ""), t.software(get, others.path(), "")},
		"GET balance":  {t.software(get, mine.path("consumption", "balance"), ""), t.software(get, others.path("consumption", "balance"), "")},
		"validate":     {t.software(post, "/provisioning/validate", object("license_key", mine.LicenseID)), t.software(post, "/provisioning/validate", object("license_key", others.LicenseID))},
		"activation":   {mine.activation("x"), others.activation("x")},
		"state/toggle": {mine.stateToggle(true), others.stateToggle(true)},
	} {
		t.status(what+" of its product", 200, as(both[0]))
		t.status(what+" of another product", 403, as(both[1]))
	}
	others.stands(limitationA, "1", "2")
	others.stands(limitationB, "0", "2")
}

func otherVendor(t *trial) {
	for what, path := range map[string]string{
		"a vendor that is not known": "/api/v2/isv/" + uuid() + "/licenses",
		"a vendor id that is none":   "/api/v2/isv/x/licenses",
		"no vendor":                  "/api/v2/isv//licenses",
		"another namespace's":        "/namespaces/default/api/v2/isv/" + t.run.target.VendorID + "/licenses",
	} {
		r := t.admin(get, path, "")
		r.whole = true
		a := t.do(r)
		t.OneOf(what, fmt.Sprint(a.Status), "404", "400")
		t.Contains(what+" is answered as JSON", a.Header.Get("Content-Type"), "application/json")
	}
	r := t.admin(get, "/api/v2/isv/"+strings.ToUpper(t.run.target.VendorID)+"/licenses", "")
	r.whole = true
	t.Equal("the vendor's id in capitals", "200", fmt.Sprint(t.do(r).Status))
	for what, r := range map[string]request{
		"a path that does not exist": t.admin(get, "/licenses/"+uuid()+"/nothing", ""),
		"another one":                t.admin(post, "/provisioning/users", "{}"),
	} {
		t.status(what, 404, r)
	}
	a := t.status("a method that is not there", 405, t.admin(remove, "/provisioning/licenses/by_user", ""))
	t.Contains("it says which are", a.Header.Get("Allow"), "POST")
	t.status("a slash at the end", 200, t.admin(get, "/licenses/", ""))
}

// servedContract compares the operations of the document that the server gives with those that are examined.
func servedContract(t *trial) {
	r := request{method: get, path: "/openapi/v2.json", whole: true}
	a := t.expect("GET /openapi/v2.json", 200, r)
	document, err := examination.Decode(a.Body)
	t.Need(err == nil, "the contract is JSON: %v; without that", err)
	paths, _ := examination.Find(document, "paths")
	served := map[string]bool{}
	all, _ := paths.(map[string]any)
	for path, item := range all {
		methods, _ := item.(map[string]any)
		for method := range methods {
			if method != "parameters" {
				served[strings.ToUpper(method)+" "+strings.TrimPrefix(path, "/api/v2/isv/{isv_id}")] = true
			}
		}
	}
	for _, o := range operations {
		name := o.method + " " + o.path
		t.Equal(name, "true", fmt.Sprint(served[name]))
		delete(served, name)
	}
	t.Equal("operations that nobody examines", "map[]", fmt.Sprint(served))
}

// signatures asks for every status; that they are signed is checked of every answer.
func signatures(t *trial) {
	l := t.sell(storySale(3))
	l.adds("u1")
	wrong := l.bu("u1")
	wrong.keys = nil
	for _, c := range []struct {
		status int
		r      request
	}{
		{200, l.bu("u1")},
		{200, l.admin(put, "/administration/consumptionbalance", "")},
		{400, l.software(post, "/provisioning/licenses/by_user", "{")},
		{401, wrong},
		{403, l.software(get, l.path("users"), "")},
		{404, l.admin(get, "/licenses/"+uuid(), "")},
		{405, l.admin(remove, "/provisioning/validate", "")},
		{409, l.heartbeatOf("nobody", l.value(limitationA, "u1", "1"))},
		{413, l.software(post, "/provisioning/licenses/by_user", `{"x":"`+strings.Repeat("x", 4<<20)+`"}`)},
		{415, l.bu("u1").with("Content-Type", "text/plain")},
	} {
		t.status(fmt.Sprintf("an answer %d, signed", c.status), c.status, c.r)
		t.status(fmt.Sprintf("an answer %d, without a nonce", c.status), c.status, c.r.with("X-Nonce", ""))
	}
	a := t.status("a nonce that is no base64", 400, l.bu("u1").with("X-Nonce", "not base64!"))
	t.Equal("it has no nonce signature", "", a.Header.Get("X-Nonce-Signature"))
	first, second := t.gets(l.bu("u1")), t.gets(l.bu("u1"))
	t.Equal("nonce signatures differ", "true", fmt.Sprint(first.Header.Get("X-Nonce-Signature") != second.Header.Get("X-Nonce-Signature")))
}

func lastModifiedBy(t *trial) {
	l := t.sell(storySale(3))
	added := t.gets(l.user(post, "u1", true).with("LastModifiedBy", "lisa in the back office"))
	t.Equal("last_modified_by is what the header says", "lisa in the back office", added.String("last_modified_by"))
	added = t.gets(l.user(post, "u2", true))
	t.Equal("else it is the key", "false", fmt.Sprint(added.At("last_modified_by") == "null" || strings.Contains(added.String("last_modified_by"), t.run.target.AdminKey)))
	changed := t.gets(l.user(patch, "u1", false).with("LastModifiedBy", "omar"))
	t.Equal("after a change", "omar", changed.String("last_modified_by"))
}
