package namedusers

import (
	"fmt"
	"slices"
	"strings"
)

// sorted puts a list that has no order in one.
func sorted(names string) string {
	parts := strings.Split(names, ", ")
	slices.Sort(parts)
	return strings.Join(parts, ", ")
}

// ruleCases are the rules of user provisioning that no vector is about.
func ruleCases() []testCase {
	return []testCase{
		{section: "1.8", title: "a value other than 1 is refused, whoever asks", tell: valueOfUnits},
		{section: "1.8", title: "an inactive user gets nothing new", tell: inactiveUser},
		{section: "1.8", title: "lowering the limit below the holders", tell: loweredLimit},
		{section: "1.8", title: "user ids are compared exactly", tell: exactUsers},
		{section: "4.15", title: "a user on several licenses of a product", tell: severalLicenses},
		{section: "4.17", title: "units are not reset, and recalculated to what is held", tell: resetOfUnits},
		{section: "4.2", title: "by_user of nobody, and of a product that is not known", tell: byUserOfNobody},
		{section: "1.7", title: "the license is found by client id, token key or customer number", tell: findingTheLicense},
		{section: "1.1", title: "a license without an edition", tell: withoutEdition},
	}
}

func valueOfUnits(t *trial) {
	l := t.sell(storySale(3))
	l.adds("u1")
	for _, value := range []string{"0", "-1", "2", "0.5", "1.000001"} {
		t.refused("value "+value, 13002, l.heartbeat(l.value(limitationA, "u1", value)))
	}
	l.stands(limitationA, "0", "3")
	for _, value := range []string{"1", "1.0", "1e0"} {
		a := t.expect("value "+value, 200, l.heartbeat(l.value(limitationA, "u1", value)))
		t.Equal("figures", "balance 1, remaining 2", a.figures("0."))
	}
	t.refused("value 2 of a holder", 13002, l.heartbeat(l.value(limitationA, "u1", "2")))
	c := t.sell(Sale{Limitations: []Limitation{counted("it", 10)}})
	for _, value := range []string{"0", "-1", "-0.5"} {
		t.refused("consumption of "+value, 13002, c.heartbeat(c.value("it", "", value)))
	}
	for _, value := range []string{`"1"`, "null", "true", "[]"} {
		t.status("consumption of "+value, 400, c.heartbeat(c.value("it", "", value)))
	}
	c.stands("it", "0", "10")
}

func inactiveUser(t *trial) {
	l := t.sell(storySale(3))
	l.adds("u1")
	t.gets(l.user(post, "idle", false))
	t.refused("heartbeat of an inactive user", 13001, l.heartbeat(l.value(limitationA, "idle", "1")))
	l.stands(limitationA, "0", "3")
	id := l.hb("u1", limitationA).String("0.transaction_id")
	t.gets(l.user(patch, "u1", false))
	a := t.expect("repeat of a holder who is inactive now", 200, l.heartbeat(l.value(limitationA, "u1", "1")))
	t.Equal("it has the transaction of before", id, a.String("0.transaction_id"))
	t.refused("another limitation", 13001, l.heartbeat(l.value(limitationB, "u1", "1")))
	a = t.expect("revoking what an inactive user holds", 200, l.rollback(limitationA, id))
	t.Equal("figures", "balance 0, remaining 3", a.figures(""))
	l.holds("u1", limitationA, "null")
}

func loweredLimit(t *trial) {
	adjustable := unit("it", 2)
	adjustable.Adjustable = true
	l := t.sell(Sale{Limitations: []Limitation{adjustable}})
	l.adds("u1", "u2", "u3")
	first := l.hb("u1", "it").String("0.transaction_id")
	l.hb("u2", "it")
	a := t.expect("PATCH limit 1", 200, l.admin(patch, l.path(), object("id", l.LicenseID,
		"license_limitations", raw("["+object("limitation_id", l.limitation("it"), "limit", 1)+"]"))))
	t.Equal("the limit", "1", a.At("license_limitations.0.limit"))
	l.stands("it", "2", "-1")
	l.holds("u1", "it", first)
	t.Equal("nobody new", "null", l.hb("u3", "it").At("0.transaction_id"))
	a = t.expect("rollback of one", 200, l.rollback("it", first))
	t.Equal("figures", "balance 1, remaining 0", a.figures(""))
	t.Equal("still nobody new", "null", l.hb("u3", "it").At("0.transaction_id"))
}

func exactUsers(t *trial) {
	l := t.sell(Sale{Limitations: []Limitation{unit("it", 5)}})
	for _, id := range []string{"Lisa", "lisa", "LISA", "lïsa"} {
		t.expect("add "+id, 200, l.user(post, id, true))
	}
	l.hb("lisa", "it")
	for _, id := range []string{"Lisa", "LISA", "lïsa"} {
		l.holds(id, "it", "null")
	}
	t.Equal("lIsa is nobody", "[]", t.gets(l.bu("lIsa")).At(""))
	l.stands("it", "1", "4")
}

func severalLicenses(t *trial) {
	l := t.sell(Sale{Limitations: []Limitation{unit("it", 5)}})
	second := l.Sale
	second.LicenseID, second.CustomerNumber = uuid(), "customer-"+uuid()[:8]
	m := t.sellAs(second)
	l.adds("u1", "other")
	m.adds("u1")
	id := m.hb("u1", "it").String("0.transaction_id")
	a := t.expect("by_user", 200, l.bu("u1"))
	t.Equal("licenses", "2", fmt.Sprint(len(a.List(""))))
	for i := range a.List("") {
		at := fmt.Sprintf("%d.", i)
		want := map[string]string{l.LicenseID: "null", m.LicenseID: id}[a.String(at+"id")]
		t.Equal("what u1 holds on one", want, a.String(at+"license_limitations.0.current_user_transaction_id"))
		t.Equal("its users", "u1 true", a.names(at+"license_users"))
		t.Equal("its customer", "true", fmt.Sprint(a.String(at+"customer_id") != ""))
	}
	l.stands("it", "0", "5")
	m.stands("it", "1", "4")
	t.gets(l.admin(patch, l.path("toggle"), `{"is_active":false}`))
	active := t.gets(l.software(post, "/provisioning/licenses/by_user", object("product_id", l.ProductID, "user_id", "u1", "active_licenses_only", true)))
	t.Equal("active licenses only", m.LicenseID, active.String("0.id"))
	t.Equal("they are", "1", fmt.Sprint(len(active.List(""))))
	t.Equal("all of them", "2", fmt.Sprint(len(t.gets(l.bu("u1")).List(""))))
	t.gets(m.user(patch, "u1", false))
	active = t.gets(l.software(post, "/provisioning/licenses/by_user", object("product_id", l.ProductID, "user_id", "u1", "active_licenses_only", true)))
	t.Equal("an inactive user is found on active licenses", "u1 false", active.names("0.license_users"))
}

func resetOfUnits(t *trial) {
	l := t.sell(Sale{Limitations: []Limitation{unit("it", 2), counted("counted", 10)}})
	l.adds("u1")
	id := l.hb("u1", "it").String("0.transaction_id")
	balance := l.path("consumption", "balance", "limitations")
	t.refused("reset of units", 13004, l.admin(put, balance+"/"+l.limitation("it")+"/reset", ""))
	t.expect("recalculate", 200, l.admin(put, balance+"/"+l.limitation("it")+"/recalculate", ""))
	l.stands("it", "1", "1")
	l.holds("u1", "it", id)
	t.gets(l.heartbeat(l.value("counted", "", "4"), l.value("counted", "", "0.5")))
	t.expect("recalculate of what is consumed", 200, l.admin(put, balance+"/"+l.limitation("counted")+"/recalculate", ""))
	l.stands("counted", "4.5", "5.5")
	t.expect("reset", 200, l.admin(put, balance+"/"+l.limitation("counted")+"/reset", ""))
	l.stands("counted", "0", "10")
	t.expect("recalculate after a reset", 200, l.admin(put, balance+"/"+l.limitation("counted")+"/recalculate", ""))
	l.stands("counted", "0", "10")
	for _, call := range []string{"reset", "recalculate"} {
		t.refused(call+" of a limitation that is not known", 3003, l.admin(put, balance+"/"+uuid()+"/"+call, ""))
		t.status(call+" on a license that is not known", 404, l.admin(put, "/licenses/"+uuid()+"/consumption/balance/limitations/"+uuid()+"/"+call, ""))
	}
}

func byUserOfNobody(t *trial) {
	l := t.sell(storySale(3))
	t.Equal("by_user of nobody", "[]", t.expect("by_user", 200, l.bu("nobody")).At(""))
	unknown := *l
	unknown.ProductID = uuid()
	t.refused("by_user of an unknown product", 3000, unknown.bu("u1"))
}

func findingTheLicense(t *trial) {
	l := t.sell(Sale{Limitations: []Limitation{unit("it", 5)}, Activation: "CustomerNumber"})
	l.adds("u1", "u2", "u3")
	t.expect("by customer number", 200, l.heartbeat(l.value("it", "u1", "1")))
	t.refused("the license id is no client here", 2006, l.heartbeatOf(l.LicenseID, l.value("it", "u1", "1")))
	info := t.expect("activation of a device", 200, l.software(post, "/provisioning/activations", object("product_id", l.ProductID, "license_key", l.LicenseID, "client_id", "device-1")))
	t.expect("by client id", 200, l.heartbeatOf("device-1", l.value("it", "u2", "1")))
	byToken := object("client_id", "device-1", "token_key", info.String("token_key"), "consumption_heartbeat", raw("["+string(l.value("it", "u3", "1"))+"]"))
	t.expect("by token key", 200, l.software(post, "/data_gathering/consumption_heartbeats", byToken))
	l.stands("it", "3", "2")
	strange := object("client_id", "device-1", "token_key", uuid(), "consumption_heartbeat", raw("["+string(l.value("it", "u3", "1"))+"]"))
	t.refused("by a token key that is not known", 2003, l.software(post, "/data_gathering/consumption_heartbeats", strange))
	records := t.gets(l.admin(get, l.path("consumption", "heartbeats")+"?client_id=device-1", ""))
	t.Equal("records of the device", "2", records.At("max_count"))
}

func withoutEdition(t *trial) {
	sale := storySale(3)
	sale.ProductID, sale.LicenseID, sale.CustomerNumber = uuid(), uuid(), "customer-"+uuid()[:8]
	for i := range sale.Limitations {
		sale.Limitations[i].ID = uuid()
	}
	l := t.sellAs(sale)
	l.adds("u1")
	a := l.hb("u1", limitationA)
	t.Equal("figures", "balance 1, remaining 2", a.figures("0."))
	found := t.expect("by_user", 200, l.bu("u1"))
	t.Equal("its product", l.ProductID, found.String("0.product_id"))
	l.holds("u1", limitationA, a.String("0.transaction_id"))
	edition := found.String("0.template_id")
	implied := t.expect("GET its template", 200, l.admin(get, "/templates/"+edition, ""))
	t.Equal("the template's limitations", "2", fmt.Sprint(len(implied.List("limitations"))))
	t.refused("PATCH its template", 13010, l.admin(patch, "/templates/"+edition, object("id", edition, "name", "x", "user_limit", 1)))
}
