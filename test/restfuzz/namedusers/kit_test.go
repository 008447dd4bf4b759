package namedusers

import (
	"encoding/json"
	"fmt"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/licensing-operator/licensing-operator/test/conformance/namedusers"
	"github.com/licensing-operator/licensing-operator/test/restfuzz/attack"
)

// license is one to attack, with the values that mean something to it, by the attributes that they stand in.
type license struct {
	namedusers.Sale
	values map[string][]any
}

// kit is one license of each kind, with users, transactions, clients and sessions.
type kit []*license

// counted is where a limitation is that is consumed, among those of each license. The first one is held by users.
const counted = 1

// kinds are what differs between licenses, and whether they are in use.
var kinds = []struct {
	name   string
	used   bool
	change func(*namedusers.Sale)
}{
	{"of named users", true, func(s *namedusers.Sale) {
		s.Groups = []namedusers.Group{{ID: uuid.NewString(), Name: "group", UserLimit: 3}}
	}},
	{"floating", true, func(s *namedusers.Sale) { s.Floating = &namedusers.Floating{Limit: 3, PeriodMinutes: 5, PerClient: 2} }},
	{"without an edition", true, func(s *namedusers.Sale) { s.EditionID, s.Activation = "", "" }},
	{"of devices", false, func(s *namedusers.Sale) { s.Devices, s.Activation = true, "None" }},
	{"of a customer", false, func(s *namedusers.Sale) { s.Activation = "CustomerNumber" }},
	{"that has expired", false, func(s *namedusers.Sale) { s.End = s.Start.AddDate(1, 0, 0) }},
	{"that is not valid yet", false, func(s *namedusers.Sale) { s.Start = s.Start.AddDate(1000, 0, 0) }},
}

// consumables is how many of the kinds are for an attack that wears a kit out.
const consumables = 2

// newKit makes licenses of the first kinds.
func (a *attacker) newKit(t *testing.T, count int) (made kit) {
	t.Helper()
	for _, kind := range kinds[:count] {
		sale := newSale()
		kind.change(&sale)
		if err := vendor.Shop.Sell(t.Context(), sale); err != nil {
			t.Fatalf("a license %s: %v", kind.name, err)
		}
		l := &license{sale, map[string][]any{
			"product_id": {sale.ProductID}, "license_id": {sale.LicenseID}, "license_key": {sale.LicenseID},
			"customer_number": {sale.CustomerNumber}, "client_id": {sale.LicenseID},
		}}
		for _, limitation := range sale.Limitations {
			l.add("limitation_id", limitation.ID)
		}
		if sale.Activation == "CustomerNumber" {
			l.values["client_id"] = []any{sale.CustomerNumber}
		}
		a.look(t, l)
		if kind.used {
			a.populate(t, l)
		}
		l.add("user_id", "omar")
		made = append(made, l)
	}
	// Nobody may delete a license with users whom others declare.
	if err := vendor.Shop.Declare(t.Context(), made[0].LicenseID, "declared", made[0].Limitations[0].ID); err != nil {
		t.Fatal(err)
	}
	made[0].add("user_id", "declared")
	keep(made)
	return made
}

func newSale() namedusers.Sale {
	some, many := 4, 1000
	return namedusers.Sale{
		ProductID: uuid.NewString(), LicenseID: uuid.NewString(), EditionID: uuid.NewString(), CustomerNumber: "customer-" + uuid.NewString()[:8],
		Activation: "TokenKey", TokenLimit: &some, UserLimit: &many,
		Start: time.Date(2023, 9, 27, 0, 0, 0, 0, time.UTC), End: time.Date(9999, 12, 31, 23, 59, 59, 0, time.UTC),
		Limitations: []namedusers.Limitation{
			{ID: uuid.NewString(), Name: "unit", Limit: &some, UserProvisioning: true, ResetMode: 1, Adjustable: true},
			{ID: uuid.NewString(), Name: "counted", Limit: &many, ResetMode: 1, Adjustable: true},
			{ID: uuid.NewString(), Name: "daily", Limit: &many, ResetMode: 2, Days: 1, Goodwill: "10"},
			{ID: uuid.NewString(), Name: "unlimited", ResetMode: 3, NotEnforced: true},
			{ID: uuid.NewString(), Name: "static", Limit: &some},
		},
	}
}

// add remembers values, as far as an answer had them.
func (l *license) add(name string, values ...any) {
	for _, value := range values {
		if text, is := value.(string); is && text != "" {
			l.values[name] = append(l.values[name], text)
		}
	}
}

// look finds out the ids that the system gave, and makes a template and a limitation that nobody needs.
func (a *attacker) look(t *testing.T, l *license) {
	t.Helper()
	shown := a.call(t, "GET", "/licenses/"+l.LicenseID, "").object()
	l.add("customer_id", shown["customer_id"])
	l.add("template_id", shown["template_id"])
	if l.EditionID != "" {
		spare := a.call(t, "POST", "/templates", fmt.Sprintf(`{"product_id":%q,"name":"spare","token_limit":1}`, l.ProductID))
		l.add("template_id", spare.object()["id"])
		l.add("limitation_id", a.call(t, "POST", "/products/"+l.ProductID+"/limitations", `{"name":"spare"}`).object()["id"])
	}
}

// populate uses the license for what it is good for, and remembers what came of it.
func (a *attacker) populate(t *testing.T, l *license) {
	t.Helper()
	for _, user := range []string{"lisa", "a/b ü"} {
		a.call(t, "POST", "/licenses/"+l.LicenseID+"/users", fmt.Sprintf(`{"user_id":%q,"name":"x","is_active":true}`, user))
		l.add("user_id", user)
	}
	for i, user := range []string{`"lisa"`, "null"} {
		done := a.call(t, "POST", "/data_gathering/consumption_heartbeats", fmt.Sprintf(`{"client_id":%q,"consumption_heartbeat":[{"limitation_id":%q,"user_id":%s,"value":1}]}`,
			l.values["client_id"][0], l.Limitations[i].ID, user))
		for _, entry := range done.list() {
			l.add("transaction_id", entry["transaction_id"])
		}
	}
	info := a.call(t, "POST", "/provisioning/activations", fmt.Sprintf(`{"product_id":%q,"license_key":%q,"client_id":%q}`, l.ProductID, l.LicenseID, "client"+l.LicenseID))
	l.add("token_key", info.object()["token_key"])
	l.add("client_id", info.object()["client_id"])
	for _, group := range l.Groups {
		l.add("license_user_group_id", group.ID)
		l.add("user_group_id", group.ID)
	}
	if l.Floating != nil {
		session := uuid.NewString()
		a.call(t, "POST", "/provisioning/session/open", fmt.Sprintf(`{"license_id":%q,"client_id":%q,"user_id":"lisa","session_id":%q}`, l.LicenseID, l.values["client_id"][0], session))
		l.add("session_id", session)
	}
}

// call sends what a right client sends. What a license is not good for is refused, and that is examined as all answers are.
func (a *attacker) call(t *testing.T, method, path, body string) *exchange {
	t.Helper()
	e := &exchange{Message: attack.Message{Method: method, Target: prefix() + path}, caller: admin}
	if body != "" {
		e.Message = e.JSON([]byte(body))
	}
	for i := range operations {
		if e.operation = &operations[i]; e.operation.Method == method && matches(operations[i].Path, "/api/v2/isv/{isv_id}"+path) {
			return a.ask(t, e)
		}
	}
	t.Fatalf("there is no operation for %s %s", method, path)
	return nil
}

func prefix() string { return "/api/v2/isv/" + vendor.VendorID }

func (e *exchange) object() map[string]any {
	var object map[string]any
	_ = json.Unmarshal(e.Text, &object) // the description says what it has to be, and was asked
	return object
}

// list are the objects of a list.
func (e *exchange) list() (objects []map[string]any) {
	_ = json.Unmarshal(e.Text, &objects) // as above
	return objects
}
