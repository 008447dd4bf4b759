package conformance

import (
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/licensing-operator/licensing-operator/test/conformance/examination"
)

func idempotencyCases() []testCase {
	return []testCase{
		{section: "Idempotency-Key", title: "a retry of a producer's call gets the first answer and has no second effect", forms: bothForms, tell: func(t *trial) { t.retries(t.keyedProducerCalls()) }},
		{section: "Idempotency-Key", title: "a retry of a client's call gets the first answer and has no second effect", forms: bothForms, tell: retriesOfClients},
		{section: "Idempotency-Key", title: "a retry of a call about rules gets the first answer and has no second effect", forms: bothForms, tell: func(t *trial) { t.retries(t.keyedRuleCalls()) }},
		{section: "Idempotency-Key", title: "what is not remembered, and bad keys", tell: keysNotRemembered},
		{section: "Idempotency-Key", title: "a key belongs to its caller and instance", tell: keyScope},
		{section: "Idempotency-Key", title: "without a key every call counts", tell: withoutKey},
		{section: "Idempotency-Key", title: "twenty retries at once are one call", forms: bothForms, tell: retriesAtOnce},
	}
}

func (r request) keyed(key string) request {
	headers := map[string]string{"Idempotency-Key": key}
	maps.Copy(headers, r.header)
	r.header = headers
	return r
}

// keyedCall is a call that changes something. other is the same call with another body or target, where there is one; effect
// is the state that a second effect would show in.
type keyedCall struct {
	name           string
	request, other request
	effect         func() string
}

func (t *trial) retries(calls []keyedCall) {
	for _, call := range calls {
		key := unique("key")
		first := t.do(call.request.keyed(key))
		t.Equal(call.name+": the first call succeeds", "true", fmt.Sprint(first.Status < 300))
		state := call.effect()
		for i := range 2 {
			again := t.do(call.request.keyed(key))
			t.Equal(fmt.Sprintf("%s: retry %d has the status of the first", call.name, i+1), strconv.Itoa(first.Status), strconv.Itoa(again.Status))
			t.Equal(fmt.Sprintf("%s: retry %d has the body of the first", call.name, i+1), bodyOf(first), bodyOf(again))
			t.Equal(fmt.Sprintf("%s: retry %d has no effect", call.name, i+1), state, call.effect())
		}
		if call.other.method == "" {
			continue
		}
		other := t.refused(call.name+": the same key for something else", 422, call.other.keyed(key))
		t.Equal(call.name+": the reason", `"IdempotencyKeyReused"`, other.At("reason"))
		t.Equal(call.name+": it has no effect", state, call.effect())
	}
}

func bodyOf(a answer) string {
	if len(a.Body) == 0 {
		return "(empty)"
	}
	return a.At("")
}

func (m *market) keyedState() string {
	return m.do(m.client(http.MethodGet, m.lineItems(), "")).At("")
}

// keyedProducerCalls leave out those about keys and configuration, which belong to the whole tenant.
func (t *trial) keyedProducerCalls() []keyedCall {
	m := t.market(sold{quantity: "1000"})
	tables := func() string { return examination.Text(t.tablesOf(m.series, "")) }
	account := unique("account")
	instances := func() string { return fmt.Sprint(t.instancesOf(account)) }
	future := t.now() + hours(24)
	m.publish(m.series, "future", future, publicationApps)
	m.publish(m.series, "future 2", future, publicationApps)
	doomed := []string{m.sell(sold{quantity: "1"}), m.sell(sold{quantity: "1"})}
	rateTables := func(method, query, body string) request {
		return t.admin(method, t.provisioning("rate-tables")+query, body)
	}
	newInstance := func(name string) request {
		return t.admin(http.MethodPost, t.provisioning("instances"), instanceBody(name, account))
	}
	newItem := unique("ACT")
	return []keyedCall{
		{"createRateTable", rateTables(http.MethodPost, "", tableBody(m.series, "2", future, publicationApps)), rateTables(http.MethodPost, "", tableBody(m.series, "3", future, publicationApps)), tables},
		{"deleteRateTable", rateTables(http.MethodDelete, "?version=future&series="+m.series, ""), rateTables(http.MethodDelete, "?version=future%202&series="+m.series, ""), tables},
		{"createInstance", newInstance("first"), newInstance("second"), instances},
		{"putLineItem", m.putLineItem(sold{id: newItem, quantity: "5"}), m.putLineItem(sold{id: newItem, quantity: "6"}), m.keyedState},
		{"deleteLineItem", m.admin(http.MethodDelete, m.lineItems(doomed[0]), ""), m.admin(http.MethodDelete, m.lineItems(doomed[1]), ""), m.keyedState},
	}
}

func retriesOfClients(t *trial) {
	m := t.market(sold{quantity: "1000"})
	live := func() string { return fmt.Sprint(m.listed(m.listRequest())) + m.keyedState() }
	t.retries([]keyedCall{
		{"requestAccess", m.oneOff(photoPrint("1")), m.oneOff(photoPrint("2")), m.keyedState},
		{"createSession", m.client(http.MethodPost, m.sessions(), `{"instanceId":"`+m.instance+`"}`), request{}, live},
	})
	held := m.open()
	begun := t.now()
	t.retries([]keyedCall{{"requestSessionAccess", m.put(held, photoPrint("1")), m.put(held, photoPrint("2")), func() string { return m.session(held).At("") + m.keyedState() }}})
	t.before(begun+t.period(), "the retries before the next charge")
	m.close(held)
	closing, other := m.start(photoPrint("1")), m.open()
	t.retries([]keyedCall{{"closeSession", m.client(http.MethodDelete, m.sessions(closing.id), ""), m.client(http.MethodDelete, m.sessions(other), ""), live}})
	t.before(closing.begin+t.period(), "the retries before the next charge")
}

func (t *trial) keyedRuleCalls() []keyedCall {
	m := t.market(sold{quantity: "1000"})
	act := m.bought[0]
	state := func() string {
		return t.do(m.client(http.MethodGet, m.conditions(), "")).At("") + t.do(m.client(http.MethodGet, m.actions(act), "")).At("")
	}
	wrap := func(conditions ...string) string { return `{"conditions":[` + strings.Join(conditions, ",") + `]}` }
	a, b := condition("a", "d", "IN", "A"), condition("b", "d", "IN", "B")
	ids := m.addConditions(a, b)
	action := func(name string) string { return `[` + allow(name, ids[0], "5") + `]` }
	return []keyedCall{
		{"createConditions", m.client(http.MethodPost, m.conditions(), wrap(a)), m.client(http.MethodPost, m.conditions(), wrap(b)), state},
		{"updateConditions", m.client(http.MethodPatch, m.conditions(), wrap(a)), m.client(http.MethodPatch, m.conditions(), wrap(b)), state},
		{"createActions", m.client(http.MethodPost, m.actions(act), action("x")), m.client(http.MethodPost, m.actions(act), action("y")), state},
		{"replaceActions", m.client(http.MethodPut, m.actions(act), action("x")), m.client(http.MethodPut, m.actions(act), action("y")), state},
		{"deleteActions", m.client(http.MethodDelete, m.actions(act), ""), m.client(http.MethodDelete, m.conditions(), ""), state},
		{"deleteCondition", m.client(http.MethodDelete, m.conditions(ids[0]), ""), m.client(http.MethodDelete, m.conditions(ids[1]), ""), state},
		{"deleteConditions", m.client(http.MethodDelete, m.conditions(), ""), m.client(http.MethodPost, m.conditions(), wrap(a)), state},
	}
}

func keysNotRemembered(t *trial) {
	m := t.market(sold{quantity: "10"})
	key := unique("key")
	t.refused("a bad request with a key", 400, m.oneOff(photoPrint("0")).keyed(key))
	t.refused("the right one with the same key", 200, m.oneOff(photoPrint("1")).keyed(key))
	m.wantUsed("3")
	key = unique("key")
	unauthorized := m.oneOff(photoPrint("1"))
	unauthorized.token = "x"
	t.refused("a call that is not authenticated, with a key", 401, unauthorized.keyed(key))
	t.refused("the same with a token", 200, m.oneOff(photoPrint("1")).keyed(key))
	m.wantUsed("6")
	s := m.open()
	key = unique("key")
	t.refused("a denied session request with a key", 409, m.put(s, photoPrint("100")).keyed(key))
	t.refused("it again", 409, m.put(s, photoPrint("100")).keyed(key))
	for _, bad := range []string{strings.Repeat("k", 256), "with\ttab", "not ASCII é"} {
		t.refused(fmt.Sprintf("a key of %d bytes beginning %.5q", len(bad), bad), 400, m.oneOff(photoPrint("1")).keyed(bad))
	}
	t.refused("a key of 255 characters", 200, m.oneOff(photoPrint("0.1")).keyed(unique(strings.Repeat("k", 242))))
	m.wantUsed("6.3")
	m.close(s)
}

func keyScope(t *trial) {
	one, two := t.market(sold{quantity: "10"}), t.market(sold{quantity: "10"})
	key := unique("key")
	t.refused("a key on one instance", 200, one.oneOff(photoPrint("1")).keyed(key))
	t.refused("the same key on another", 200, two.oneOff(photoPrint("1")).keyed(key))
	byAdmin := one.oneOff(photoPrint("1"))
	byAdmin.token = t.adminToken()
	t.refused("the same key of another caller", 200, byAdmin.keyed(key))
	one.wantUsed("6")
	two.wantUsed("3")
}

func withoutKey(t *trial) {
	m := t.market(sold{quantity: "10"})
	t.refused("a one-off request", 200, m.oneOff(photoPrint("1")))
	t.refused("the same again", 200, m.oneOff(photoPrint("1")))
	m.wantUsed("6")
}

func retriesAtOnce(t *trial) {
	m := t.market(sold{quantity: "1000"})
	for what, r := range inOrder(map[string]request{
		"one-off requests": m.oneOff(photoPrint("1")),
		"new sessions":     m.client(http.MethodPost, m.sessions(), `{"instanceId":"`+m.instance+`"}`),
		"put line items":   m.putLineItem(sold{id: m.bought[0], quantity: "999"}),
	}) {
		answers := t.together(slices.Repeat([]request{r.keyed(unique("key"))}, 20))
		different := map[string]int{}
		for _, a := range answers {
			different[fmt.Sprint(a.Status)+" "+bodyOf(a)]++
		}
		t.Equal("different answers to 20 "+what+" with one key", "1", fmt.Sprint(len(different)))
	}
	m.wantUsed("3")
	t.Equal("sessions opened", "1", fmt.Sprint(len(m.listed(m.listRequest()))))
}
