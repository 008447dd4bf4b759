package conformance

import (
	"fmt"
	"net/http"
	"strings"

	"github.com/licensing-operator/licensing-operator/test/conformance/examination"
)

// operation is one of the API's 34, with a request that succeeds.
type operation struct {
	name    string
	status  int
	request request
	// client says that client tokens may do it, on their instances; session that it wants x-instance-id of them.
	client, session bool
	// unknownInstance and unknownElement are the same for an instance, or something on it, that does not exist.
	unknownInstance, unknownElement request
	// badID is the same with an id that is no UUID.
	badID request
}

// operations are all 34 on a market, in an order in which all succeed. Requests are an administrator's.
func (m *market) operations() []operation {
	return append(m.producerOperations(), append(m.clientOperations(), m.ruleOperations()...)...)
}

func (m *market) producerOperations() []operation {
	nobody := uuid()
	instances := m.provisioning("instances")
	on := func(instance string, further ...string) string {
		return m.provisioning(append([]string{"instances", instance}, further...)...)
	}
	tables := m.provisioning("rate-tables")
	future := tableBody(m.series, "2", permanent, publicationApps)
	item := unique("ACT")
	admin := func(method, path, body string) request { return m.admin(method, path, body) }
	key, err := NewSigner("EC", unique("key"))
	m.Need(err == nil, "a key is made")
	keys := func(kind string) []operation {
		title := strings.ToUpper(kind[:1]) + kind[1:]
		path := m.provisioning(kind + "-keys")
		return []operation{
			{name: "save" + title + "Keys", status: 200, request: admin(http.MethodPut, path, keyBody(key))},
			{name: "delete" + title + "Key", status: 200, request: admin(http.MethodDelete, path+"/"+key.KeyID, ""), unknownElement: admin(http.MethodDelete, path+"/"+unique("key"), "")},
		}
	}
	all := []operation{
		{name: "createRateTable", status: 201, request: admin(http.MethodPost, tables, future)},
		{name: "listRateTables", status: 200, request: admin(http.MethodGet, tables, "")},
		{name: "deleteRateTable", status: 204, request: admin(http.MethodDelete, tables+"?version=2&series="+m.series, ""), unknownElement: admin(http.MethodDelete, tables+"?version=99&series="+m.series, "")},
		{name: "listInstances", status: 200, request: admin(http.MethodGet, instances, "")},
		{name: "createInstance", status: 201, request: admin(http.MethodPost, instances, instanceBody("further", m.account))},
		{name: "getInstance", status: 200, request: admin(http.MethodGet, on(m.instance), ""), unknownInstance: admin(http.MethodGet, on(nobody), ""), badID: admin(http.MethodGet, on("x"), "")},
		{name: "listLineItems", status: 200, client: true, request: admin(http.MethodGet, on(m.instance, "line-items"), ""), unknownInstance: admin(http.MethodGet, on(nobody, "line-items"), ""), badID: admin(http.MethodGet, on("x", "line-items"), "")},
		{name: "putLineItem", status: 201, request: admin(http.MethodPut, on(m.instance, "line-items"), m.body(sold{id: item, quantity: "5"})), unknownInstance: admin(http.MethodPut, on(nobody, "line-items"), m.body(sold{id: unique("ACT"), quantity: "5"})), badID: admin(http.MethodPut, on("x", "line-items"), m.body(sold{id: unique("ACT"), quantity: "5"}))},
		{name: "getLineItem", status: 200, client: true, request: admin(http.MethodGet, on(m.instance, "line-items", item), ""), unknownInstance: admin(http.MethodGet, on(nobody, "line-items", item), ""), unknownElement: admin(http.MethodGet, on(m.instance, "line-items", unique("ACT")), ""), badID: admin(http.MethodGet, on("x", "line-items", item), "")},
		{name: "deleteLineItem", status: 204, request: admin(http.MethodDelete, on(m.instance, "line-items", item), ""), unknownInstance: admin(http.MethodDelete, on(nobody, "line-items", item), ""), unknownElement: admin(http.MethodDelete, on(m.instance, "line-items", unique("ACT")), ""), badID: admin(http.MethodDelete, on("x", "line-items", item), "")},
		{name: "getConfiguration", status: 200, request: admin(http.MethodGet, m.provisioning("configuration"), "")},
		{name: "listPublicKeys", status: 200, request: admin(http.MethodGet, m.provisioning("public-keys"), "")},
	}
	return append(all, append(keys("administration"), keys("client")...)...)
}

func (m *market) clientOperations() []operation {
	nobody, id := uuid(), m.open()
	admin := func(method, path, body string) request { return m.admin(method, path, body) }
	heartbeat := m.sessions(id, "heartbeat")
	instanceID := func(id string) string { return fmt.Sprintf(`{"instanceId":%s}`, examination.Quote(id)) }
	access := accessBody(true, photoPrint("1"))
	oneOff := m.oneOff(photoPrint("1")).body
	return []operation{
		{name: "requestAccess", status: 200, client: true, request: admin(http.MethodPost, m.elastic(m.instance), oneOff), unknownInstance: admin(http.MethodPost, m.elastic(nobody), oneOff), badID: admin(http.MethodPost, m.elastic("x"), oneOff)},
		{name: "createSession", status: 200, client: true, session: true, request: admin(http.MethodPost, m.sessions(), instanceID(m.instance)), unknownInstance: admin(http.MethodPost, m.sessions(), instanceID(nobody)), badID: admin(http.MethodPost, m.sessions(), instanceID("x"))},
		{name: "listSessions", status: 200, client: true, session: true, request: admin(http.MethodGet, m.sessions()+"?instanceId="+m.instance, ""), unknownInstance: admin(http.MethodGet, m.sessions()+"?instanceId="+nobody, ""), badID: admin(http.MethodGet, m.sessions()+"?instanceId=x", "")},
		{name: "getSession", status: 200, client: true, session: true, request: admin(http.MethodGet, m.sessions(id), ""), unknownElement: admin(http.MethodGet, m.sessions(nobody), ""), badID: admin(http.MethodGet, m.sessions("x"), "")},
		{name: "requestSessionAccess", status: 200, client: true, session: true, request: admin(http.MethodPut, m.sessions(id), access), unknownElement: admin(http.MethodPut, m.sessions(nobody), access), badID: admin(http.MethodPut, m.sessions("x"), access)},
		{name: "sendHeartbeat", status: 204, client: true, session: true, request: admin(http.MethodGet, heartbeat, ""), unknownElement: admin(http.MethodGet, m.sessions(nobody, "heartbeat"), ""), badID: admin(http.MethodGet, m.sessions("x", "heartbeat"), "")},
		{name: "closeSession", status: 204, client: true, session: true, request: admin(http.MethodDelete, m.sessions(id), ""), unknownElement: admin(http.MethodDelete, m.sessions(nobody), ""), badID: admin(http.MethodDelete, m.sessions("x"), "")},
	}
}

func (m *market) ruleOperations() []operation {
	nobody, unknown := uuid(), unique("ACT")
	// An action that does not refer to the conditions, so that these can be deleted.
	act := m.bought[0]
	ids := m.addConditions(condition("c", "d", "IN", "A"))
	conditions := `{"conditions":[` + condition("c", "d", "IN", "A") + `]}`
	action := `[{"name":"all","action":"ALLOW"}]`
	all := []operation{}
	add := func(name, method string, status int, body string, segments ...string) *operation {
		all = append(all, operation{
			name: name, status: status, client: true, request: m.admin(method, m.rules(m.instance, segments...), body),
			unknownInstance: m.admin(method, m.rules(nobody, segments...), body), badID: m.admin(method, m.rules("x", segments...), body),
		})
		return &all[len(all)-1]
	}
	add("listConditions", http.MethodGet, 200, "", "conditions")
	add("createConditions", http.MethodPost, 200, conditions, "conditions")
	add("updateConditions", http.MethodPatch, 200, conditions, "conditions")
	one := add("deleteCondition", http.MethodDelete, 204, "", "conditions", ids[0])
	one.unknownElement = m.admin(http.MethodDelete, m.rules(m.instance, "conditions", uuid()), "")
	add("deleteConditions", http.MethodDelete, 204, "", "conditions")
	for _, o := range []struct {
		name, method string
		status       int
		body         string
	}{
		{"createActions", http.MethodPost, 200, action}, {"getActions", http.MethodGet, 200, ""},
		{"replaceActions", http.MethodPut, 200, action}, {"deleteActions", http.MethodDelete, 204, ""},
	} {
		added := add(o.name, o.method, o.status, o.body, "line-items", act, "actions")
		added.unknownElement = m.admin(o.method, m.rules(m.instance, "line-items", unknown, "actions"), o.body)
	}
	add("listActions", http.MethodGet, 200, "", "line-items", "actions")
	return all
}

// state is what the call could have changed on the market.
func (m *market) state(operation string) string {
	var state strings.Builder
	read := func(path string) {
		a := m.do(m.admin(http.MethodGet, path, ""))
		m.Need(a.Status == http.StatusOK, "the state is read, status %d", a.Status)
		state.WriteString(a.At(""))
	}
	switch {
	case strings.Contains(operation, "RateTable"):
		state.WriteString(examination.Text(m.tablesOf(m.series, "")))
	case operation == "createInstance":
		fmt.Fprint(&state, m.instancesOf(m.account))
	case strings.Contains(operation, "Condition"), strings.Contains(operation, "Action"):
		read(m.conditions())
		read(m.rules(m.instance, "line-items", "actions"))
	default:
		read(m.lineItems())
		read(m.sessions() + "?instanceId=" + m.instance)
	}
	return state.String()
}

// instancesOf counts the instances of an account, whatever page they are on.
func (t *trial) instancesOf(account string) (count int) {
	for next := "0"; ; {
		page := t.do(t.admin(http.MethodGet, t.provisioning("instances")+"?size=500&next="+next, ""))
		t.Need(page.Status == http.StatusOK, "instances are listed, status %d", page.Status)
		for _, instance := range page.List("content") {
			if of, _ := examination.Find(instance, "accountId"); of == account {
				count++
			}
		}
		if next = strings.Trim(page.At("next"), `"`); next == "0" {
			return count
		}
	}
}
