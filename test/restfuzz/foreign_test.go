package restfuzz

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/licensing-operator/licensing-operator/test/restfuzz/attack"
)

// forClients are the operations that a client token is good for, on the instances that it names.
var forClients = []string{
	"listLineItems", "getLineItem", "requestAccess", "createSession", "listSessions", "getSession", "requestSessionAccess", "sendHeartbeat", "closeSession",
	"listConditions", "createConditions", "updateConditions", "deleteConditions", "deleteCondition",
	"createActions", "getActions", "listActions", "replaceActions", "deleteActions",
}

// bodied is the request with its sample of a body.
func (o operation) bodied() attack.Message {
	if o.Body() == nil {
		return o.request()
	}
	return o.request().JSON(attack.MustJSON(o.sampleBody()))
}

// as makes the request with another token, and about another instance where it names one in the header.
func as(m attack.Message, token, instance string) attack.Message {
	m.Header = slices.DeleteFunc(slices.Clone(m.Header), func(line string) bool { return strings.HasPrefix(line, "Authorization") })
	return m.With("Authorization: Bearer {"+token+"}", "x-instance-id: {"+instance+"}")
}

var (
	toForeignTenant = []string{"{tenant}", "{foreignTenant}"}
	toForeign       = []string{"{tenant}", "{foreignTenant}", "{instance}", "{foreignInstance}", "{session}", "{foreignSession}", "{lineItem}", "{foreignLineItem}", "{condition}", "{foreignCondition}"}
	toNeighbor      = []string{"{instance}", "{neighborInstance}", "{session}", "{neighborSession}", "{lineItem}", "{neighborLineItem}", "{condition}", "{neighborCondition}"}
)

// TestTheRightsOfSomebodyElse tries every operation on what the caller has no right to. It is refused, tells nothing and
// does nothing.
func TestTheRightsOfSomebodyElse(t *testing.T) {
	w := newWorld(t)
	for _, o := range operations() {
		m, id := o.bodied(), o.Described.OperationID
		clients := slices.Contains(forClients, id)
		for name, test := range map[string]struct {
			attack.Message
			want []int
		}{
			"nobody":                             {attack.Message{Method: m.Method, Target: m.Target, Body: m.Body, Header: []string{"Content-Type: application/json"}}, []int{401}},
			"an administrator in another tenant": {m.At(toForeignTenant...), []int{401}},
			"an administrator on what another tenant has":  {m.At(toForeign...), []int{401}},
			"another administrator with a key of the same": {as(m, "foreignAdmin", "instance"), []int{401}},
			"a client in another tenant":                   {as(m, "client", "instance").At(toForeignTenant...), []int{403, 404}},
			"a client on what another tenant has":          {as(m, "client", "instance").At(toForeign...), []int{403, 404}},
			"a client on another instance":                 {as(m, "client", "neighborInstance").At(toNeighbor...), []int{403}},
			"a client on another, as its own":              {as(m, "client", "instance").At(toNeighbor...), []int{403, 404}},
			"a client on its own, as another":              {as(m, "client", "neighborInstance"), []int{403}},
		} {
			if clients && name == "a client on its own, as another" && !sessionCall(id) {
				continue // the header says nothing there
			}
			if e := w.ask(test.Message); !slices.Contains(test.want, e.status) {
				t.Errorf("%s: want %v\n%s", name, test.want, e)
			} else if leak := w.told(e); leak != "" {
				t.Errorf("%s: it tells of %s\n%s", name, leak, e)
			}
		}
	}
	w.untouched(t)
}

func sessionCall(id string) bool {
	return slices.Contains([]string{"createSession", "listSessions", "getSession", "requestSessionAccess", "sendHeartbeat", "closeSession"}, id)
}

// told is what an answer names that the request has not named.
func (w *world) told(e *exchange) string {
	for name, value := range w.names {
		asked := strings.Contains(e.Target, value) || strings.Contains(string(e.Body), value) || strings.Contains(strings.Join(e.Header, "\n"), value)
		if !asked && strings.Contains(string(e.text), value) && name != "tenant" {
			return name
		}
	}
	return ""
}

// TestIDsOfSomebodyElse names what belongs to another instance in calls on the own one.
func TestIDsOfSomebodyElse(t *testing.T) {
	w := newWorld(t)
	for _, token := range []string{"admin", "client"} {
		for _, owner := range []string{"neighbor", "foreign"} {
			for _, id := range []string{"getLineItem", "deleteLineItem", "getActions", "createActions", "replaceActions", "deleteActions"} {
				w.wantEach(t, id, 404, token, "{lineItem}", "{"+owner+"LineItem}")
			}
			w.wantEach(t, "deleteCondition", 404, token, "{condition}", "{"+owner+"Condition}")
			w.wantEach(t, "updateConditions", 404, token, "{condition}", "{"+owner+"Condition}")
			for _, id := range []string{"createActions", "replaceActions"} {
				w.wantEach(t, id, 400, token, "{condition}", "{"+owner+"Condition}")
			}
			if token == "admin" && owner == "neighbor" {
				continue // a session has only one id, and its administrator needs no other
			}
			for _, id := range []string{"getSession", "requestSessionAccess", "sendHeartbeat", "closeSession"} {
				w.wantEach(t, id, 404, token, "{session}", "{"+owner+"Session}")
			}
		}
	}
	w.wantEach(t, "putLineItem", 409, "admin", "{lineItem}", "{neighborLineItem}")
	w.untouched(t)
}

func (w *world) wantEach(t *testing.T, id string, status int, token string, pair ...string) {
	t.Helper()
	for _, o := range called(id) {
		producers := !slices.Contains(forClients, id)
		want := status
		if producers && token == "client" {
			want = http.StatusForbidden
		}
		if e := w.ask(as(o.bodied().At(pair...), token, "instance")); e.status != want {
			t.Errorf("want %d\n%s", want, e)
		}
	}
}

// untouched checks that everything is still there and in use as it was made.
func (w *world) untouched(t *testing.T) {
	t.Helper()
	for _, owner := range []struct{ prefix, tenant, token string }{{"", "tenant", "admin"}, {"neighbor", "tenant", "admin"}, {"foreign", "foreignTenant", "foreignAdmin"}} {
		name := func(kind string) string {
			if owner.prefix != "" {
				kind = owner.prefix + strings.ToUpper(kind[:1]) + kind[1:]
			}
			return w.names[kind]
		}
		item := w.setUp(200, "GET", fmt.Sprintf("/namespaces/{%s}/provisioning/api/v1.1/instances/%s/line-items/%s", owner.tenant, name("instance"), name("lineItem")), owner.token, "")
		if used := item["used"]; used != 0.000001 {
			t.Errorf("%s: used %v", owner.prefix, used)
		}
		session := w.setUp(200, "GET", fmt.Sprintf("/namespaces/{%s}/api/v1.1/sessions/%s", owner.tenant, name("session")), owner.token, "")
		if session["state"] != "ACTIVE" {
			t.Errorf("%s: %v", owner.prefix, session)
		}
		if rules := w.setUp(200, "GET", fmt.Sprintf("/namespaces/{%s}/api/v1.1/instances/%s/conditions", owner.tenant, name("instance")), owner.token, ""); len(rules) != 1 {
			t.Errorf("%s: %v", owner.prefix, rules)
		}
		if rules := w.setUp(200, "GET", fmt.Sprintf("/namespaces/{%s}/api/v1.1/instances/%s/line-items/%s/actions", owner.tenant, name("instance"), name("lineItem")), owner.token, ""); len(rules) != 1 {
			t.Errorf("%s: %v", owner.prefix, rules)
		}
	}
}
