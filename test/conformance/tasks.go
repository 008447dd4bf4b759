package conformance

import (
	"fmt"
	"net/http"

	"github.com/licensing-operator/licensing-operator/test/conformance/examination"
)

func taskCases() []testCase {
	return []testCase{{section: "4", title: "tasks 1 to 13 of the source document, in order", forms: bothForms, tell: tasks}}
}

// tasks takes the three persons of the source document through their work.
func tasks(t *trial) {
	series, account := unique("PublicationApps"), unique("ACME")
	a := t.refused("task 1, producer: create the rate table", 201, t.admin(http.MethodPost, t.provisioning("rate-tables"), tableBody(series, "1", published, publicationApps)))
	t.Equal("task 1: the answer", `{"message":"Rate table successfully saved"}`, a.At(""))
	m := &market{trial: t, series: series, account: account}
	m.instance = t.createInstance(account+"-def-inst", account)
	a = t.expect("task 2, producer: view instances", 200, t.admin(http.MethodGet, t.provisioning("instances")+"?accountId="+account+"&default=true", ""))
	t.Equal("task 2: the customer's default instance", m.instance, a.String("content.0.id"))
	act := m.sell(sold{quantity: "1000"})
	a = t.expect("task 3, producer: view line items", 200, t.admin(http.MethodGet, m.lineItems(), ""))
	t.Equal("task 3: the line item that was mapped", act, a.String("0.activationId"))
	a = t.expect("task 6, customer administrator: view line items", 200, m.client(http.MethodGet, m.lineItems(), ""))
	t.Equal("tasks 3 and 6: quantity and use", "1000 0", a.At("0.quantity")+" "+a.At("0.used"))
	a = t.expect("task 9, client: one-off access request", 200, m.oneOff(theSet()...))
	m.wantTheSet(a)
	m.wantUsed("44")
	a = t.expect("task 10, client: create a session", 200, m.client(http.MethodPost, m.sessions(), fmt.Sprintf(`{"instanceId":%s}`, examination.Quote(m.instance))))
	s := &running{market: m, id: a.String("sessionId")}
	m.wantTheSet(s.change(theSet()...))
	m.wantUsed("88")
	t.expect("task 12, client: heartbeat", 204, m.client(http.MethodGet, m.sessions(s.id, "heartbeat"), ""))
	a = t.expect("task 8, customer administrator: track live sessions", 200, m.client(http.MethodGet, m.sessions(m.instance), ""))
	t.Equal("task 8: the session is ACTIVE", s.id+" ACTIVE", a.String("0.sessionId")+" "+a.String("0.state"))
	ended := t.expect("task 13, client: delete the session", 204, m.client(http.MethodDelete, m.sessions(s.id), ""))
	s.wantRefunded("task 13: the rest of the period is refunded", ended, []amount{tokens("88")}, [][]amount{{tokens("30"), tokens("14")}})
	leftOver := m.open()
	t.expect("task 7, customer administrator: delete a left-over session", 204, m.client(http.MethodDelete, m.sessions(leftOver), ""))
	t.Equal("task 8: no session is live", "[]", t.do(m.client(http.MethodGet, m.sessions(m.instance), "")).At(""))
	used := m.used(act)
	a = t.expect("task 4, producer: monitor usage", 200, t.admin(http.MethodGet, m.lineItems(act), ""))
	t.Equal("task 4: the use is what both made of it", used, a.At("used"))
}
