package conformance

import (
	"fmt"
	"net/http"
	"strings"

	"github.com/licensing-operator/licensing-operator/test/conformance/examination"
)

func statusCases() []testCase {
	return []testCase{
		{section: "2.9", title: "unknown instances, line items, sessions and ids that are none", forms: bothForms, tell: notFound},
		{section: "2.9", title: "unknown query parameters", tell: unknownQuery},
		{section: "2.9", title: "bodies that are not what a call wants", forms: bothForms, tell: badBodies},
		{section: "2.9", title: "content types", tell: contentTypes},
		{section: "2.9", title: "limits are as documented, to the last one", forms: bothForms, tell: limits},
		{section: "2.3", title: "the errors of line items are worded as published", forms: bothForms, tell: lineItemErrors},
		{section: "2.1", title: "rate tables that are refused", forms: bothForms, tell: badTables},
		{section: "429 and 503", title: "rate limit and in-flight cap", notShown: func(Target) string {
			return "a target for conformance should not throttle: webhooks/rest/server TestEachCallerHasARateOfItsOwn, TestTokensCannotBeTriedOutFast and TestNoMoreThanTheMostAreInFlight show it"
		}},
		{section: "5 (24)", title: "charges that were due while the service was down", notShown: func(Target) string {
			return "it takes stopping the service: internal/licensing TestMissedTicks and TestOutagesExtendTheWindow, test/chaos TestADowntimeIsNotHeldAgainstClients show it"
		}},
	}
}

func notFound(t *trial) {
	m := t.market(sold{quantity: "1000"})
	for _, o := range m.operations() {
		state := m.state(o.name)
		if o.unknownInstance.method != "" {
			t.refused(o.name+" on an instance that does not exist", 404, o.unknownInstance)
		}
		if o.unknownElement.method != "" {
			t.refused(o.name+" of what does not exist", 404, o.unknownElement)
		}
		if o.badID.method != "" {
			t.refused(o.name+" with an id that is no UUID", 400, o.badID)
		}
		t.Equal(o.name+": nothing has changed by that", state, m.state(o.name))
		t.refused(o.name+" succeeds", o.status, o.request)
	}
}

func unknownQuery(t *trial) {
	m := t.market(sold{quantity: "1000"})
	for _, o := range m.operations() {
		r := o.request
		separator := "?"
		if strings.Contains(r.path, "?") {
			separator = "&"
		}
		state := m.state(o.name)
		r.path += separator + "unknown=1"
		t.refused(o.name+" with ?unknown=1", 400, r)
		t.Equal(o.name+": nothing has changed by that", state, m.state(o.name))
		t.refused(o.name+" succeeds", o.status, o.request)
	}
}

// wellFormed is a call with a body, and what that may not lack. Lists stand for their first element.
type wellFormed struct {
	name     string
	request  request
	required []string
}

func (m *market) wellFormed() []wellFormed {
	access := `"requester":` + requester(`{"a":"b"}`) + `,"requestedItems":[{"item":"PhotoPrint","version":"1.0","count":1,"metaData":{"a":1}}]`
	action := `[{"name":"all","action":"ALLOW","allocation":5}]`
	conditions := `{"conditions":[{"name":"c","operator":"AND","terms":[{"attribute":"d","operator":"IN","values":["A"]}]}]}`
	ofCondition := []string{"conditions", "conditions.0.terms", "conditions.0.terms.0.attribute", "conditions.0.terms.0.operator", "conditions.0.terms.0.values"}
	ofAccess := []string{"requester", "requester.type", "requester.value", "requestedItems", "requestedItems.0.item", "requestedItems.0.count"}
	ofLineItem := []string{"activationId", "state", "quantity", "start", "end", "attributes"}
	table := tableBody(m.series, "2", permanent, `[{"name":"A","version":"1","rate":1}]`)
	lineItem := m.body(sold{id: unique("ACT"), quantity: "5", overdraft: `"overdraftType":"Number","overdraftLimit":5`})
	return []wellFormed{
		{"createRateTable", m.admin(http.MethodPost, m.provisioning("rate-tables"), table), []string{"version", "items", "items.0.name", "items.0.rate"}},
		{"createInstance", m.admin(http.MethodPost, m.provisioning("instances"), instanceBody("x", m.account)), []string{"shortName", "accountId"}},
		{"putLineItem", m.admin(http.MethodPut, m.lineItems(), lineItem), ofLineItem},
		{"requestAccess", m.client(http.MethodPost, m.elastic(m.instance), "{"+access+"}"), ofAccess},
		{"createSession", m.client(http.MethodPost, m.sessions(), `{"instanceId":"`+m.instance+`"}`), []string{"instanceId"}},
		{"requestSessionAccess", m.client(http.MethodPut, m.sessions(m.open()), "{"+access+`,"rollbackOnDeny":true}`), append([]string{"rollbackOnDeny"}, ofAccess...)},
		{"createConditions", m.client(http.MethodPost, m.conditions(), conditions), ofCondition},
		{"updateConditions", m.client(http.MethodPatch, m.conditions(), conditions), ofCondition},
		{"createActions", m.client(http.MethodPost, m.actions(m.bought[0]), action), []string{"0.action"}},
		{"replaceActions", m.client(http.MethodPut, m.actions(m.bought[0]), action), []string{"0.action"}},
	}
}

func badBodies(t *trial) {
	for i := range t.market(sold{quantity: "1000"}).wellFormed() {
		// Each on a market of its own: a session that nobody uses does not live forever.
		m := t.market(sold{quantity: "1000"})
		call := m.wellFormed()[i]
		state := m.state(call.name)
		for _, bad := range spoil(call.request.body, call.required) {
			r := call.request
			r.body = bad.body
			t.refused(call.name+" with "+bad.what, bad.status, r)
			if got := m.state(call.name); got != state {
				t.Equal(call.name+" with "+bad.what+": nothing has changed by that", state, got)
				state = got
			}
		}
		t.Equal(call.name+": nothing has changed by any of that", state, m.state(call.name))
		a := t.do(call.request)
		t.Equal(call.name+" with the right body", "true", fmt.Sprint(a.Status < 300))
	}
}

func contentTypes(t *trial) {
	m := t.market(sold{quantity: "1000"})
	r := m.oneOff(photoPrint("1"))
	for _, test := range []struct {
		contentType string
		status      int
	}{
		{"application/json", 200}, {"application/json; charset=utf-8", 200}, {"application/json;charset=UTF-8", 200}, {"APPLICATION/JSON", 200},
		{"", 415}, {"text/plain", 415}, {"text/json", 415}, {"application/xml", 415}, {"application/x-www-form-urlencoded", 415}, {"application/jsonx", 415}, {"garbage", 415}, {"multipart/form-data; boundary=x", 415},
	} {
		r.header = map[string]string{"Content-Type": test.contentType}
		t.refused(fmt.Sprintf("Content-Type %q", test.contentType), test.status, r)
	}
	m.wantUsed("12")
}

func lineItemErrors(t *trial) {
	m := t.market()
	path := "message.0"
	if t.is10() {
		path = "errors.0"
	}
	for _, test := range []struct{ what, body, want string }{
		{"an overdraftLimit that is a text", m.body(sold{id: "A", quantity: "5", overdraft: `"overdraftType":"Number","overdraftLimit":"20"`}), "$.attributes.overdraftLimit: string found, integer expected"},
		{"a resetFrequency", m.body(sold{id: "A", quantity: "5", overdraft: `"resetFrequency":"1"`}), "$.attributes: property 'resetFrequency' is not defined in the schema and the schema does not allow additional properties"},
		{"no state", strings.Replace(m.body(sold{id: "A", quantity: "5"}), `"state":"DEPLOYED",`, "", 1), "$.state: is missing but it is required"},
		{"no attributes", `{"activationId":"A","state":"DEPLOYED","quantity":5,"start":1,"end":2}`, "$.attributes: is missing but it is required"},
	} {
		a := t.refused("PUT "+test.what, 400, m.admin(http.MethodPut, m.lineItems(), test.body))
		t.Equal("PUT "+test.what+": what is said", examination.Quote(test.want), a.At(path))
	}
	for what, s := range inOrder(map[string]sold{
		"start after end":                  {id: "A", quantity: "5", start: end2035, end: end2034},
		"start equal to end":               {id: "A", quantity: "5", start: end2034, end: end2034},
		"a state that does not exist":      {id: "A", quantity: "5", state: "ACTIVE"},
		"a quantity above the limit":       {id: "A", quantity: "1000000000001"},
		"an overdraft without its limit":   {id: "A", quantity: "5", overdraft: `"overdraftType":"Number"`},
		"a limit without its type":         {id: "A", quantity: "5", overdraft: `"overdraftLimit":5`},
		"a limit with unlimited":           {id: "A", quantity: "5", overdraft: `"overdraftType":"Unlimited","overdraftLimit":5`},
		"an overdraft that does not exist": {id: "A", quantity: "5", overdraft: `"overdraftType":"Percent","overdraftLimit":5`},
		"a negative overdraft":             {id: "A", quantity: "5", overdraft: `"overdraftType":"Number","overdraftLimit":-1`},
	}) {
		a := t.refused("PUT "+what, 400, m.putLineItem(s))
		t.Equal("PUT "+what+": the shape of the error", "true", fmt.Sprint(a.At(path) != examination.Absent))
	}
	other := strings.Replace(m.body(sold{id: "A", quantity: "5"}), "{", `{"instanceId":"`+uuid()+`",`, 1)
	t.refused("PUT with the id of another instance", 400, m.admin(http.MethodPut, m.lineItems(), other))
	t.Equal("nothing was written", "[]", t.do(m.client(http.MethodGet, m.lineItems(), "")).At(""))
}

func badTables(t *trial) {
	series := unique("series")
	post := func(body string) request { return t.admin(http.MethodPost, t.provisioning("rate-tables"), body) }
	for what, items := range inOrder(map[string]string{
		"no items":                          `[]`,
		"an item twice":                     `[{"name":"A","version":"1","rate":1},{"name":"A","version":"1","rate":2}]`,
		"an item twice without version":     `[{"name":"A","rate":1},{"name":"A","version":"","rate":2}]`,
		"an item without a rate":            `[{"name":"A"}]`,
		"an item with an empty name":        `[{"name":"","rate":1}]`,
		"rate and formula":                  `[{"name":"A","rate":1,"formula":"1"}]`,
		"a formula that is none":            `[{"name":"A","formula":"1 +"}]`,
		"a function that does not exist":    `[{"name":"A","formula":"SQRT(4)"}]`,
		"a good item beside a bad one":      `[{"name":"A","rate":1},{"name":"B","rate":-1}]`,
		"a rate above the limit":            `[{"name":"A","rate":1000000000001}]`,
		"an unknown attribute of an item":   `[{"name":"A","rate":1,"price":1}]`,
		"a list with something else in it":  `[{"name":"A","rate":1},"B"]`,
		"an object where a list should be":  `{"name":"A","rate":1}`,
		"an item with a negative zero rate": `[{"name":"A","rate":-0.000001}]`,
	}) {
		t.refused("POST "+what, 400, post(tableBody(series, "1", published, items)))
	}
	t.refused("POST an empty version", 400, post(tableBody(series, "", published, publicationApps)))
	t.refused("POST effectiveFrom as a date", 400, post(strings.Replace(tableBody(series, "1", published, publicationApps), fmt.Sprint(published), `"2023-11-01"`, 1)))
	t.Equal("nothing was written", "0", fmt.Sprint(len(t.tablesOf(series, ""))))
	copied := unique("series")
	t.refused("POST a table as GET gave it, with created", 201, post(strings.Replace(tableBody(copied, "1", published, publicationApps), "{", `{"created":1,`, 1)))
	if tables := t.tablesOf(copied, ""); len(tables) == 1 {
		t.Equal("created is the server's all the same", "13", fmt.Sprint(len(examination.Text(mustFind(tables[0], "created")))))
	}
	a := t.expect("POST without effectiveFrom counts from now", 201, post(fmt.Sprintf(`{"series":%s,"version":"1","items":[{"name":"A","rate":1}]}`, examination.Quote(series))))
	tables := t.tablesOf(series, "")
	t.Need(len(tables) == 1, "the table is listed")
	effective, err := parseAmount(examination.Text(mustFind(tables[0], "effectiveFrom")))
	t.Need(err == nil, "effectiveFrom is a number")
	slack := t.run.inaccuracy
	t.within("its effectiveFrom", amount(a.sent-slack)*million, amount(a.received+slack)*million, effective)
}

func mustFind(value any, path string) any {
	found, _ := examination.Find(value, path)
	return found
}
