package conformance

import (
	"fmt"
	"net/http"
	"slices"

	"github.com/licensing-operator/licensing-operator/test/conformance/examination"
)

func listVectors() []testCase {
	return []testCase{
		{section: "3.26", title: "live sessions are listed, newest first", forms: bothForms, tell: listSessions},
		{section: "3.26", title: "at most 100 sessions are listed", tell: listAHundred},
		{section: "4", title: "task 8: GET /sessions/{instanceId} is the list", forms: bothForms, tell: listByPath},
	}
}

func (m *market) listed(request request) (ids []string) {
	a := m.do(request)
	m.Need(a.Status == http.StatusOK, "sessions are listed, status %d", a.Status)
	for _, session := range a.List("") {
		id, _ := examination.Find(session, "sessionId")
		ids = append(ids, fmt.Sprint(id))
	}
	return ids
}

func (m *market) listRequest() request {
	return m.client(http.MethodGet, m.sessions()+"?instanceId="+m.instance, "")
}

func listSessions(t *trial) {
	m := t.market(sold{quantity: "1000"})
	t.Equal("no session", "[]", t.expect("GET the list", 200, m.listRequest()).At(""))
	var want []string
	for range 4 {
		want = append(want, m.open())
	}
	slices.Reverse(want)
	t.Equal("newest first", fmt.Sprint(want), fmt.Sprint(m.listed(m.listRequest())))
	t.expect("one becomes ACTIVE", 200, m.put(want[1], photoPrint("1")))
	a := t.expect("GET the list", 200, m.listRequest())
	t.Equal("the list says of it what GET says", m.session(want[1]).At(""), a.At("1"))
	m.close(want[0])
	m.close(want[1])
	t.Equal("TERMINATED ones are not listed", fmt.Sprint(want[2:]), fmt.Sprint(m.listed(m.listRequest())))
	t.refused("the list without instanceId", 400, m.client(http.MethodGet, m.sessions(), ""))
	t.refused("the list of an id that is no UUID", 400, m.admin(http.MethodGet, m.sessions()+"?instanceId=x", ""))
	t.refused("the list of an instance that does not exist", 404, m.admin(http.MethodGet, m.sessions()+"?instanceId="+uuid(), ""))
	t.refused("the list by an admin token", 200, m.admin(http.MethodGet, m.sessions()+"?instanceId="+m.instance, ""))
}

func listAHundred(t *trial) {
	m := t.market(sold{quantity: "1000"})
	const opened = 101
	var requests []request
	for range opened {
		requests = append(requests, m.client(http.MethodPost, m.sessions(), `{"instanceId":"`+m.instance+`"}`))
	}
	for _, a := range t.together(requests) {
		t.Need(a.Status == http.StatusOK, "each of %d sessions is created, status %d", opened, a.Status)
	}
	ids := m.listed(m.listRequest())
	t.Equal("listed of 101", "100", fmt.Sprint(len(ids)))
	requests = nil
	for _, id := range ids {
		requests = append(requests, m.client(http.MethodDelete, m.sessions(id), ""))
	}
	t.together(requests)
	ids = m.listed(m.listRequest())
	t.Equal("listed when 100 are closed", "1", fmt.Sprint(len(ids)))
	for _, id := range ids {
		m.close(id)
	}
}

func listByPath(t *trial) {
	m := t.market(sold{quantity: "1000"})
	m.open()
	id := m.open()
	byQuery := t.expect("GET ?instanceId=", 200, m.listRequest())
	byPath := t.expect("GET /sessions/{instanceId}", 200, m.client(http.MethodGet, m.sessions(m.instance), ""))
	t.Equal("both are the same", byQuery.At(""), byPath.At(""))
	t.Equal("with a session id it is the session", id, m.session(id).String("sessionId"))
	t.refused("a UUID that is neither", 404, m.client(http.MethodGet, m.sessions(uuid()), ""))
	t.refused("an id that is no UUID", 400, m.client(http.MethodGet, m.sessions("x"), ""))
}
