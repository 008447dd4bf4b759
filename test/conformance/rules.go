package conformance

import (
	"fmt"
	"net/http"
	"strings"

	"github.com/licensing-operator/licensing-operator/test/conformance/examination"
)

func ruleVectors() []testCase {
	return []testCase{
		{section: "3.25", title: "rules of access: the published scenario", forms: bothForms, tell: publishedRules},
		{section: "1.7", title: "conditions are created, changed and deleted", forms: bothForms, tell: conditions},
		{section: "1.7", title: "conditions with AND, OR, IN and NOT", tell: conditionLogic},
		{section: "1.7", title: "actions are an ordered list", forms: bothForms, tell: actions},
		{section: "1.7", title: "a refund lowers what is used of an allocation", tell: allocationRefund},
		{section: "1.7", title: "bad rules are refused and change nothing", forms: bothForms, tell: badRules},
	}
}

func (m *market) conditions(id ...string) string {
	return m.rules(m.instance, append([]string{"conditions"}, id...)...)
}

func (m *market) actions(act string) string {
	return m.rules(m.instance, "line-items", act, "actions")
}

// condition is the JSON of one with a single term.
func condition(name, attribute, operator string, values ...string) string {
	return fmt.Sprintf(`{"name":%s,"terms":[{"attribute":%s,"operator":%s,"values":%s}]}`, examination.Quote(name), examination.Quote(attribute), examination.Quote(operator), examination.Text(values))
}

// addConditions creates conditions and returns their ids.
func (m *market) addConditions(conditions ...string) []string {
	a := m.expect("POST conditions", 200, m.client(http.MethodPost, m.conditions(), `{"conditions":[`+strings.Join(conditions, ",")+`]}`))
	var ids []string
	for i := range a.List("") {
		ids = append(ids, a.String(fmt.Sprintf("%d.id", i)))
	}
	m.Need(len(ids) == len(conditions), "as many conditions are answered as were created")
	return ids
}

func (m *market) addActions(act string, actions ...string) answer {
	return m.expect("POST actions", 200, m.client(http.MethodPost, m.actions(act), "["+strings.Join(actions, ",")+"]"))
}

func allow(name, condition, allocation string) string {
	return fmt.Sprintf(`{"name":%s,"conditionId":%s,"action":"ALLOW","allocation":%s}`, examination.Quote(name), examination.Quote(condition), allocation)
}

const denyOthers = `{"name":"others","action":"DENY"}`

// seats sells seats at one token.
func (t *trial) seats(quantity string) *market {
	m := t.emptyMarket()
	m.publish(m.series, "1", published, `[{"name":"Seat","rate":1}]`)
	m.sell(sold{quantity: quantity})
	return m
}

func seat(count string) item { return item{name: "Seat", count: count} }

func (m *market) wantSeats(what, dictionary, count, status string) answer {
	a := m.do(m.oneOffBy(dictionary, seat(count)))
	m.Equal(what, m.code(status), a.At("requestedItems.0.status.code"))
	return a
}

func publishedRules(t *trial) {
	m := t.seats("200")
	act := m.bought[0]
	ids := m.addConditions(condition("Engineering", "department", "IN", "Engineering"), condition("Product", "department", "IN", "Product Management", "Product Marketing"))
	made := m.addActions(act, allow("engineers", ids[0], "150"), allow("product people", ids[1], "50"), denyOthers)
	m.refusing("", seat("1"), denied)
	t.Equal("actions answered", "3", fmt.Sprint(len(made.List(""))))
	t.Equal("nothing is used of the allocation", "0", made.At("0.used"))
	t.Equal("DENY has no use", examination.Absent, made.At("2.used"))
	const engineering, marketing, management, sales = `{"department":"Engineering"}`, `{"department":"Product Marketing"}`, `{"department":"Product Management"}`, `{"department":"Sales"}`
	refused := m.wantSeats("Engineering asks for 151", engineering, "151", notEnough)
	t.Equal("it may have", "150", refused.At("requestedItems.0.denial.available"))
	m.wantUsed("0")
	m.wantSeats("Engineering asks for 150", engineering, "150", granted)
	m.wantSeats("Engineering asks for 1 more, though 50 are left", engineering, "1", notEnough)
	m.wantSeats("Product Marketing asks for 50", marketing, "50", granted)
	refused = m.wantSeats("Sales asks for 1", sales, "1", denied)
	t.Equal("the reason", `"DeniedByRule"`, refused.At("requestedItems.0.denial.reason"))
	m.wantSeats("no dictionary", "", "1", denied)
	m.wantUsed("200")
	other := t.seats("200")
	other.wantSeats("without rules everybody may", sales, "1", granted)
	shared := t.seats("200")
	ids = shared.addConditions(condition("Product", "department", "IN", "Product Management", "Product Marketing"))
	shared.addActions(shared.bought[0], allow("product people", ids[0], "50"))
	shared.refusing("", seat("1"), denied)
	shared.wantSeats("Product Marketing takes 30 of what both share", marketing, "30", granted)
	shared.wantSeats("Product Management asks for 21", management, "21", notEnough)
	shared.wantSeats("Product Management asks for 20", management, "20", granted)
	shared.wantSeats("a list without a match and without default denies", sales, "1", denied)
	used := shared.expect("GET the actions", 200, shared.client(http.MethodGet, shared.actions(shared.bought[0]), ""))
	t.Equal("used of the allocation", "50", used.At("0.used"))
}

func conditions(t *trial) {
	m := t.seats("100")
	t.Equal("GET when there are none", "[]", t.expect("GET the conditions", 200, m.client(http.MethodGet, m.conditions(), "")).At(""))
	ids := m.addConditions(condition("a", "x", "IN", "1"), condition("a", "x", "NOT", "1"))
	listed := t.expect("GET the conditions", 200, m.client(http.MethodGet, m.conditions(), ""))
	t.Equal("two of one name, AND by default", fmt.Sprintf(`[{"id":%s,"name":"a","operator":"AND","terms":[{"attribute":"x","operator":"IN","values":["1"]}]},{"id":%s,"name":"a","operator":"AND","terms":[{"attribute":"x","operator":"NOT","values":["1"]}]}]`, examination.Quote(ids[0]), examination.Quote(ids[1])), listed.At(""))
	changed := t.expect("PATCH one, and one without an id", 200, m.client(http.MethodPatch, m.conditions(),
		`{"conditions":[{"id":`+examination.Quote(ids[0])+`,"name":"b","operator":"OR","terms":[{"attribute":"y","operator":"IN","values":["2"]}]},`+condition("new", "z", "IN", "3")+`]}`))
	t.Equal("the first is changed", `"b"`, changed.At("0.name"))
	t.Equal("the second is created", "true", fmt.Sprint(len(changed.String("1.id")) > 0 && changed.At("1.id") != examination.Absent))
	m.addActions(m.bought[0], allow("used", ids[0], "5"))
	t.refused("DELETE one that an action refers to", 409, m.client(http.MethodDelete, m.conditions(ids[0]), ""))
	t.refused("DELETE all while an action refers to one", 409, m.client(http.MethodDelete, m.conditions(), ""))
	listed = t.expect("GET the conditions", 200, m.client(http.MethodGet, m.conditions(), ""))
	t.Equal("all three are there", "3", fmt.Sprint(len(listed.List(""))))
	t.refused("DELETE one that is free", 204, m.client(http.MethodDelete, m.conditions(ids[1]), ""))
	t.refused("DELETE it again", 404, m.client(http.MethodDelete, m.conditions(ids[1]), ""))
	t.refused("PATCH one that does not exist", 404, m.client(http.MethodPatch, m.conditions(), `{"conditions":[{"id":`+examination.Quote(uuid())+`,"name":"b","terms":[{"attribute":"y","operator":"IN","values":["2"]}]}]}`))
	t.expect("DELETE the actions", 204, m.client(http.MethodDelete, m.actions(m.bought[0]), ""))
	t.refused("DELETE all conditions", 204, m.client(http.MethodDelete, m.conditions(), ""))
	t.Equal("none are left", "[]", t.do(m.client(http.MethodGet, m.conditions(), "")).At(""))
	t.refused("an admin token lists them too", 200, m.admin(http.MethodGet, m.conditions(), ""))
}

func conditionLogic(t *trial) {
	for _, test := range []struct {
		what, condition string
		holds, fails    []string
	}{
		{"IN", `{"name":"c","terms":[{"attribute":"d","operator":"IN","values":["A","B"]}]}`,
			[]string{`{"d":"A"}`, `{"d":"B","e":"C"}`}, []string{`{"d":"C"}`, `{"e":"A"}`, `{}`, `{"d":"a"}`}},
		{"NOT", `{"name":"c","terms":[{"attribute":"d","operator":"NOT","values":["A","B"]}]}`,
			[]string{`{"d":"C"}`, `{"e":"A"}`, `{}`}, []string{`{"d":"A"}`}},
		{"AND", `{"name":"c","operator":"AND","terms":[{"attribute":"d","operator":"IN","values":["A"]},{"attribute":"e","operator":"NOT","values":["B"]}]}`,
			[]string{`{"d":"A"}`, `{"d":"A","e":"C"}`}, []string{`{"d":"A","e":"B"}`, `{"e":"C"}`}},
		{"OR", `{"name":"c","operator":"OR","terms":[{"attribute":"d","operator":"IN","values":["A"]},{"attribute":"e","operator":"IN","values":["B"]}]}`,
			[]string{`{"d":"A"}`, `{"e":"B"}`}, []string{`{"d":"B","e":"A"}`, `{}`}},
		{"numbers and booleans are text", `{"name":"c","terms":[{"attribute":"level","operator":"IN","values":["3","true"]}]}`,
			[]string{`{"level":3}`, `{"level":"3"}`, `{"level":true}`}, []string{`{"level":4}`, `{"level":false}`}},
	} {
		m := t.seats("100")
		ids := m.addConditions(test.condition)
		m.addActions(m.bought[0], allow("some", ids[0], "100"))
		m.refusing(test.fails[0], seat("1"), denied)
		for _, dictionary := range test.holds {
			m.wantSeats(test.what+" holds for "+dictionary, dictionary, "1", granted)
		}
		for _, dictionary := range test.fails {
			m.wantSeats(test.what+" does not hold for "+dictionary, dictionary, "1", denied)
		}
	}
}

func actions(t *trial) {
	m := t.seats("100")
	act := m.bought[0]
	ids := m.addConditions(condition("A", "d", "IN", "A"), condition("A or B", "d", "IN", "A", "B"))
	t.Equal("GET when there are none", "[]", t.expect("GET the actions", 200, m.client(http.MethodGet, m.actions(act), "")).At(""))
	first := m.addActions(act, allow("all", ids[1], "10"))
	m.refusing("", seat("1"), denied)
	m.wantSeats("A by the first action", `{"d":"A"}`, "4", granted)
	second := m.addActions(act, fmt.Sprintf(`{"name":"not A","conditionId":%s,"action":"DENY"}`, examination.Quote(ids[0])))
	t.Equal("POST answers those it created", "1", fmt.Sprint(len(second.List(""))))
	listed := t.expect("GET the actions", 200, m.client(http.MethodGet, m.actions(act), ""))
	t.Equal("the list has both, with what is used", fmt.Sprintf(`[{"action":"ALLOW","allocation":10,"conditionId":%s,"id":%s,"name":"all","used":4},{"action":"DENY","conditionId":%s,"id":%s,"name":"not A"}]`,
		examination.Quote(ids[1]), first.At("0.id"), examination.Quote(ids[0]), second.At("0.id")), listed.At(""))
	m.wantSeats("the first match decides", `{"d":"A"}`, "1", granted)
	reordered := t.expect("PUT them in the other order", 200, m.client(http.MethodPut, m.actions(act),
		fmt.Sprintf(`[{"id":%s,"name":"not A","conditionId":%s,"action":"DENY"},{"id":%s,"name":"all","conditionId":%s,"action":"ALLOW","allocation":10}]`,
			second.At("0.id"), examination.Quote(ids[0]), first.At("0.id"), examination.Quote(ids[1]))))
	t.Equal("what is used is kept", "5", reordered.At("1.used"))
	m.refusing(`{"d":"A"}`, seat("1"), denied)
	m.wantSeats("now A is denied", `{"d":"A"}`, "1", denied)
	m.wantSeats("and B is not", `{"d":"B"}`, "5", granted)
	m.wantSeats("the allocation is exhausted", `{"d":"B"}`, "0.000001", notEnough)
	all := t.expect("GET all actions of the instance", 200, m.client(http.MethodGet, m.rules(m.instance, "line-items", "actions"), ""))
	t.Equal("they are those of the line item", `[{"actions":`+t.do(m.client(http.MethodGet, m.actions(act), "")).At("")+`,"lineItemId":`+examination.Quote(act)+`}]`, all.At("lineItems"))
	t.OneOf("there are no more pages", all.At("next"), "0", `"0"`)
	dropped := t.expect("PUT a new one instead", 200, m.client(http.MethodPut, m.actions(act), `[`+allow("all", ids[1], "10")+`]`))
	t.Equal("a dropped action loses its count", "0", dropped.At("0.used"))
	t.expect("DELETE the actions", 204, m.client(http.MethodDelete, m.actions(act), ""))
	m.wantSeats("without rules everybody may", "", "1", granted)
	m.wantUsed("11")
	t.refused("actions of a line item that does not exist", 404, m.client(http.MethodGet, m.actions(unique("ACT")), ""))
}

func allocationRefund(t *trial) {
	m := t.seats("100")
	ids := m.addConditions(condition("A", "d", "IN", "A"))
	m.addActions(m.bought[0], allow("A", ids[0], "50"))
	m.refusing("", seat("1"), denied)
	id := m.open()
	request := m.put(id, seat("50"))
	request.body = strings.Replace(request.body, requester(""), requester(`{"d":"A"}`), 1)
	t.expect("PUT 50 seats", 200, request)
	listed := t.do(m.client(http.MethodGet, m.actions(m.bought[0]), ""))
	t.Equal("used of the allocation", "50", listed.At("0.used"))
	m.close(id)
	listed = t.do(m.client(http.MethodGet, m.actions(m.bought[0]), ""))
	t.Equal("after the refund it is what is used of the line item", m.used(m.bought[0]), listed.At("0.used"))
}

func badRules(t *trial) {
	m := t.seats("100")
	act := m.bought[0]
	ids := m.addConditions(condition("A", "d", "IN", "A"))
	m.addActions(act, allow("A", ids[0], "50"), denyOthers)
	before := func() string {
		return t.do(m.client(http.MethodGet, m.conditions(), "")).At("") + t.do(m.client(http.MethodGet, m.actions(act), "")).At("")
	}
	state := before()
	good := condition("A", "d", "IN", "A")
	for what, body := range inOrder(map[string]string{
		"a condition without terms":       `{"conditions":[{"name":"x","terms":[]}]}`,
		"an operator that does not exist": `{"conditions":[` + good + `,{"name":"x","operator":"XOR","terms":[{"attribute":"d","operator":"IN","values":["A"]}]}]}`,
		"a term that does not exist":      `{"conditions":[{"name":"x","terms":[{"attribute":"d","operator":"LIKE","values":["A"]}]}]}`,
		"a term without values":           `{"conditions":[{"name":"x","terms":[{"attribute":"d","operator":"IN","values":[]}]}]}`,
		"17 terms":                        `{"conditions":[{"name":"x","terms":[` + repeat(`{"attribute":"d","operator":"IN","values":["A"]}`, 17) + `]}]}`,
		"65 values":                       `{"conditions":[{"name":"x","terms":[{"attribute":"d","operator":"IN","values":[` + repeat(`"A"`, 65) + `]}]}]}`,
		"64 more conditions":              `{"conditions":[` + repeat(good, 64) + `]}`,
		"an unknown attribute":            `{"conditions":[` + good + `],"x":1}`,
		"values that are no texts":        `{"conditions":[{"name":"x","terms":[{"attribute":"d","operator":"IN","values":[1]}]}]}`,
	}) {
		t.refused("POST "+what, 400, m.client(http.MethodPost, m.conditions(), body))
		t.Equal("after "+what+" nothing has changed", state, before())
	}
	for what, body := range inOrder(map[string]string{
		"ALLOW without an allocation":       `[{"name":"x","conditionId":` + examination.Quote(ids[0]) + `,"action":"ALLOW"}]`,
		"a second default action":           `[` + denyOthers + `]`,
		"an action that does not exist":     `[{"name":"x","conditionId":` + examination.Quote(ids[0]) + `,"action":"MAYBE"}]`,
		"a negative allocation":             `[` + allow("x", ids[0], "-1") + `]`,
		"a condition that does not exist":   `[` + allow("x", uuid(), "1") + `]`,
		"an allocation that is no number":   `[` + allow("x", ids[0], `"1"`) + `]`,
		"an object instead of a list":       allow("x", ids[0], "1"),
		"an unknown attribute of an action": `[{"name":"x","conditionId":` + examination.Quote(ids[0]) + `,"action":"ALLOW","allocation":1,"x":1}]`,
		"64 more actions":                   `[` + repeat(allow("x", ids[0], "1"), 64) + `]`,
	}) {
		t.refused("POST "+what, 400, m.client(http.MethodPost, m.actions(act), body))
		t.Equal("after "+what+" nothing has changed", state, before())
	}
}

func repeat(element string, n int) string {
	return strings.TrimSuffix(strings.Repeat(element+",", n), ",")
}
