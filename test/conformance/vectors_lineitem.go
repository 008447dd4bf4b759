package conformance

import (
	"fmt"
	"net/http"
	"strings"

	"github.com/licensing-operator/licensing-operator/test/conformance/examination"
)

func lineItemVectors() []testCase {
	return []testCase{
		{section: "3.20", title: "a line item turned INACTIVE during a session takes the refund, and charges no more", forms: bothForms, tell: inactiveDuringSession},
		{section: "3.20", title: "a line item turned OBSOLETE during a session", forms: bothForms, tell: obsoleteDuringSession},
		{section: "3.20", title: "a line item deleted during a session vanishes afterwards", forms: bothForms, tell: deletedDuringSession},
		{section: "1.3", title: "PUT replaces everything but used", forms: bothForms, tell: putReplaces},
		{section: "1.3", title: "states of a line item", forms: bothForms, tell: lineItemStates},
		{section: "1.3", title: "only elastic line items within their range are charged", forms: bothForms, tell: usableLineItems},
	}
}

func (m *market) putLineItem(s sold) request {
	return m.admin(http.MethodPut, m.lineItems(), m.body(s))
}

func inactiveDuringSession(t *trial) {
	m := t.market(sold{quantity: "1000"})
	s := m.start(photoPrint("1"))
	act := m.bought[0]
	t.expect("PUT state INACTIVE", 200, m.putLineItem(sold{id: act, quantity: "1000", state: "INACTIVE"}))
	m.refusing("", photoPrint("1"), noUsable)
	t.Equal("a new request is denied", t.code(noUsable), m.charge(photoPrint("1")).At("requestedItems.0.status.code"))
	ended := t.expect("DELETE the session", 204, m.client(http.MethodDelete, m.sessions(s.id), ""))
	s.wantRefunded("the refund is written to it all the same", ended, []amount{tokens("3")}, [][]amount{{tokens("3")}})
	used := m.usedAmount(act)
	t.expect("PUT state DEPLOYED", 200, m.putLineItem(sold{id: act, quantity: "1000"}))
	t.Equal("a new request is granted", t.code(granted), m.charge(photoPrint("1")).At("requestedItems.0.status.code"))
	m.wantUsed((used + tokens("3")).String())
}

func obsoleteDuringSession(t *trial) {
	m := t.market(sold{quantity: "1000"})
	s := m.start(photoPrint("1"))
	act := m.bought[0]
	t.expect("PUT state OBSOLETE", 200, m.putLineItem(sold{id: act, quantity: "1000", state: "OBSOLETE"}))
	m.refusing("", photoPrint("1"), noUsable)
	t.Equal("a new request is denied", t.code(noUsable), m.charge(photoPrint("1")).At("requestedItems.0.status.code"))
	ended := t.expect("DELETE the session", 204, m.client(http.MethodDelete, m.sessions(s.id), ""))
	s.wantRefunded("the refund is written to it all the same", ended, []amount{tokens("3")}, [][]amount{{tokens("3")}})
	for _, state := range []string{"DEPLOYED", "INACTIVE"} {
		a := t.do(m.putLineItem(sold{id: act, quantity: "1000", state: state}))
		t.OneOf("PUT state "+state+" is refused", fmt.Sprint(a.Status), "400", "409")
	}
	t.Equal("it is OBSOLETE", "OBSOLETE", t.do(m.admin(http.MethodGet, m.lineItems(act), "")).String("state"))
}

func deletedDuringSession(t *trial) {
	m := t.market(sold{quantity: "1000"}, sold{quantity: "1000", end: end2034})
	first := m.bought[1]
	m.paying(0, first)
	s := m.start(photoPrint("1"))
	t.Equal("the one that ends first is charged", "3", m.used(first))
	t.expect("DELETE it", 204, m.admin(http.MethodDelete, m.lineItems(first), ""))
	m.paying(0, m.bought[0])
	t.Equal("a new request is charged on the other", "["+charged(m.bought[0], "3", "3")+"]", m.charge(photoPrint("1")).At("requestedItems.0.lineItems"))
	m.close(s.id)
	t.eventually("the deleted line item is gone when no session uses it", func() bool {
		return m.do(m.admin(http.MethodGet, m.lineItems(first), "")).Status == http.StatusNotFound
	})
	listed := t.expect("GET the line items", 200, m.client(http.MethodGet, m.lineItems(), ""))
	t.Equal("one is left", "1", fmt.Sprint(len(listed.List(""))))
	m.wantUsed("3")
	t.refused("DELETE it again", 404, m.admin(http.MethodDelete, m.lineItems(first), ""))
}

func putReplaces(t *trial) {
	m := t.market()
	act := unique("ACT")
	created := t.expect("PUT a new line item", 201, m.putLineItem(sold{id: act, quantity: "100", overdraft: `"overdraftType":"Number","overdraftLimit":20`}))
	t.Equal("the answer is the line item", `"`+act+`"`, created.At("activationId"))
	t.Equal("nothing is used", "0", created.At("used"))
	m.bought = append(m.bought, act)
	m.charge(photoPrint("10"))
	replaced := t.expect("PUT it again without overdraft", 200, m.putLineItem(sold{id: act, quantity: "40", start: start23, end: end2034}))
	t.Equal("everything is replaced, and used kept", fmt.Sprintf(`{"activationId":%s,"attributes":{"elastic":true,"rateTableSeries":%s},"end":%d,"instanceId":%s,"quantity":40,"start":%d,"state":"DEPLOYED","used":30}`,
		examination.Quote(act), examination.Quote(m.series), end2034, examination.Quote(m.instance), start23), replaced.At(""))
	t.Equal("GET says the same", replaced.At(""), t.do(m.client(http.MethodGet, m.lineItems(act), "")).At(""))
	sentBack := strings.Replace(string(replaced.Body), `"quantity":40`, `"quantity":50`, 1)
	a := t.expect("PUT what GET gave, with another quantity", 200, m.admin(http.MethodPut, m.lineItems(), sentBack))
	t.Equal("the quantity", "50", a.At("quantity"))
	lied := strings.Replace(m.body(sold{id: act, quantity: "50"}), "{", `{"used":0,`, 1)
	t.expect("PUT with used 0", 200, m.admin(http.MethodPut, m.lineItems(), lied))
	m.wantUsed("30")
	t.expect("PUT a quantity below what is used", 200, m.putLineItem(sold{id: act, quantity: "20"}))
	m.refusing("", photoPrint("1"), notEnough)
	t.Equal("nothing is available", "0", m.charge(photoPrint("1")).At("requestedItems.0.denial.available"))
	m.wantUsed("30")
	t.expect("DELETE it", 204, m.admin(http.MethodDelete, m.lineItems(act), ""))
	t.refused("GET it", 404, m.client(http.MethodGet, m.lineItems(act), ""))
}

func lineItemStates(t *trial) {
	m := t.market()
	for _, state := range []string{"INACTIVE", "OBSOLETE"} {
		a := t.do(m.putLineItem(sold{id: unique("ACT"), quantity: "10", state: state}))
		t.OneOf("creating one as "+state+" is refused", fmt.Sprint(a.Status), "400", "409")
	}
	t.Equal("nothing was created", "[]", t.do(m.client(http.MethodGet, m.lineItems(), "")).At(""))
	act := m.sell(sold{quantity: "10"})
	for _, state := range []string{"INACTIVE", "DEPLOYED", "INACTIVE", "OBSOLETE"} {
		a := t.expect("PUT state "+state, 200, m.putLineItem(sold{id: act, quantity: "10", state: state}))
		t.Equal("its state", state, a.String("state"))
	}
	t.expect("DELETE from OBSOLETE", 204, m.admin(http.MethodDelete, m.lineItems(act), ""))
	other := t.market()
	act = m.sell(sold{quantity: "10"})
	t.refused("the same activation id on another instance", 409, other.putLineItem(sold{id: act, quantity: "10"}))
	t.Equal("nothing was created there", "[]", t.do(other.client(http.MethodGet, other.lineItems(), "")).At(""))
}

func usableLineItems(t *trial) {
	now := t.now()
	for _, test := range []struct {
		what   string
		sold   sold
		status string
	}{
		{"not elastic", sold{quantity: "10", inelastic: true}, noUsable},
		{"not begun", sold{quantity: "10", start: now + hours(1)}, noUsable},
		{"ended", sold{quantity: "10", end: now - hours(1)}, noUsable},
		{"about to end", sold{quantity: "10", end: now + hours(1)}, granted},
		{"just begun", sold{quantity: "10", start: now - 1000}, granted},
		{"of a series without tables", sold{quantity: "10", series: unique("series")}, notPriced},
	} {
		m := t.market(test.sold)
		t.Equal(test.what, t.code(test.status), m.charge(photoPrint("1")).At("requestedItems.0.status.code"))
	}
	m := t.market()
	t.Equal("no line item at all", t.code(noUsable), m.charge(photoPrint("1")).At("requestedItems.0.status.code"))
}
