package namedusers

import (
	"fmt"
	"net/url"
	"slices"
	"strings"
	"time"
)

func listingCases() []testCase {
	return []testCase{
		{section: "2.3", title: "consumption heartbeats are listed and filtered", tell: listing},
		{section: "2.3", title: "balances of all limitations", tell: balances},
	}
}

func listing(t *trial) {
	l := t.sell(Sale{Limitations: []Limitation{unit("unit", 5), counted("counted", 100), counted("other", 100)}})
	l.adds("u1", "u2")
	begun := time.Now().Add(-time.Minute).UTC()
	device := t.gets(l.software(post, "/provisioning/activations", object("product_id", l.ProductID, "license_key", l.LicenseID, "client_id", "device-1")))
	ids := map[string]string{
		"u1 unit":    t.gets(l.heartbeat(l.value("unit", "u1", "1", "external_id", "ext-1", "timestamp_utc", "2020-02-29T12:00:00Z"))).String("0.transaction_id"),
		"u2 unit":    t.gets(l.heartbeatOf("device-1", l.value("unit", "u2", "1"))).String("0.transaction_id"),
		"counted":    t.gets(l.heartbeat(l.value("counted", "", "2.5"))).String("0.transaction_id"),
		"u1 counted": t.gets(l.heartbeatOf("device-1", l.value("counted", "u1", "4"))).String("0.transaction_id"),
		"other":      t.gets(l.heartbeat(l.value("other", "", "1"))).String("0.transaction_id"),
	}
	names := map[string]string{}
	for name, id := range ids {
		names[id] = name
	}
	unitID, countedID := l.limitation("unit"), l.limitation("counted")
	for _, q := range []struct{ query, want, sum string }{
		{"", "counted, other, u1 counted, u1 unit, u2 unit", "9.5"},
		{"?transaction_id=" + ids["counted"], "counted", "2.5"},
		{"?transaction_id=" + ids["u1 unit"], "u1 unit", "1"},
		{"?transaction_id=" + uuid(), "", "0"},
		{"?user_id=u1", "u1 counted, u1 unit", "5"},
		{"?user_id=U1", "", "0"},
		{"?client_id=device-1", "u1 counted, u2 unit", "5"},
		{"?client_id=" + l.client(), "counted, other, u1 unit", "4.5"},
		{"?limitations=" + unitID, "u1 unit, u2 unit", "2"},
		{"?limitations=" + unitID + ",%20" + countedID, "counted, u1 counted, u1 unit, u2 unit", "8.5"},
		{"?limitations=" + unitID + "," + countedID, "counted, u1 counted, u1 unit, u2 unit", "8.5"},
		{"?limitations=" + unitID + "&limitations=" + countedID, "counted, u1 counted, u1 unit, u2 unit", "8.5"},
		{"?user_id=u1&limitations=" + countedID, "u1 counted", "4"},
		{"?date_from=" + url.QueryEscape(begun.Format(time.RFC3339)), "counted, other, u1 counted, u1 unit, u2 unit", "9.5"},
		{"?date_to=" + url.QueryEscape(begun.Format(time.RFC3339)), "", "0"},
		{"?date_from=" + url.QueryEscape(begun.Add(time.Hour).Format(time.RFC3339)), "", "0"},
	} {
		a := t.expect("heartbeats"+q.query, 200, l.admin(get, l.path("consumption", "heartbeats")+q.query, ""))
		var got []string
		for i := range a.List("consumption_heartbeats") {
			got = append(got, names[a.String(fmt.Sprintf("consumption_heartbeats.%d.id", i))])
		}
		slices.Sort(got)
		t.Equal("records"+q.query, q.want, strings.Join(got, ", "))
		if sum := a.decimal("aggregate_value"); sum != "null" {
			t.Equal("aggregate_value"+q.query, q.sum, sum)
		}
	}
	a := t.gets(l.admin(get, l.path("consumption", "heartbeats")+"?transaction_id="+ids["u1 unit"], ""))
	for path, want := range map[string]string{
		"id": ids["u1 unit"], "user_id": "u1", "external_id": "ext-1", "license_id": l.LicenseID, "limitation_id": unitID, "client_id": l.client(),
	} {
		t.Equal("of the record, "+path, want, a.String("consumption_heartbeats.0."+path))
	}
	t.Equal("its value", "1", a.decimal("consumption_heartbeats.0.value"))
	created, err := time.Parse(time.RFC3339Nano, a.String("consumption_heartbeats.0.created_date_utc"))
	t.Equal("it is of when the server learned of it", "true", fmt.Sprint(err == nil && created.After(begun)))
	a = t.gets(l.admin(get, l.path("consumption", "heartbeats")+"?transaction_id="+ids["u1 counted"], ""))
	t.Equal("the token of the device is its assignment", device.String("token_key"), a.String("consumption_heartbeats.0.assignment_id"))
	t.status("a transaction that is no id", 400, l.admin(get, l.path("consumption", "heartbeats")+"?transaction_id=x", ""))
	t.status("a date that is none", 400, l.admin(get, l.path("consumption", "heartbeats")+"?date_from=yesterday", ""))
	t.status("a license that is not known", 404, l.admin(get, "/licenses/"+uuid()+"/consumption/heartbeats", ""))
}

func balances(t *trial) {
	limited := counted("counted", 100)
	limited.Goodwill = "20"
	l := t.sell(Sale{Limitations: []Limitation{unit("unit", 5), limited, {Name: "static", Limit: new(3)}, {Name: "unlimited", ResetMode: 3}}})
	l.adds("u1")
	l.hb("u1", "unit")
	t.gets(l.heartbeat(l.value("counted", "", "0.000001"), l.value("unlimited", "", "9999999999.5")))
	l.stands("unit", "1", "4")
	l.stands("counted", "0.000001", "99.999999")
	l.stands("unlimited", "9999999999.5", "null")
	a := t.gets(l.software(get, l.path("consumption", "balance"), ""))
	for i := range a.List("") {
		at := fmt.Sprintf("%d.", i)
		t.Equal("license of each", l.LicenseID, a.String(at+"license_id"))
		if a.String(at+"limitation_id") == l.limitation("unlimited") {
			t.Equal("limit of the unlimited", "null", a.At(at+"limit"))
		}
	}
	t.status("of a license that is not known", 404, l.software(get, "/licenses/"+uuid()+"/consumption/balance", ""))
	t.status("of an id that is none", 400, l.software(get, "/licenses/x/consumption/balance", ""))
	t.refused("validate of an unknown limitation", 3003, l.software(post, "/provisioning/validate/consumption", object("license_id", l.LicenseID, "limitation_id", uuid())))
	t.refused("validate of an unknown license", 1000, l.software(post, "/provisioning/validate/consumption", object("license_id", uuid(), "limitation_id", l.limitation("unit"))))
}
