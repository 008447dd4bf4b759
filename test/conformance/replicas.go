package conformance

import (
	"fmt"
	"net/http"
	"strconv"
)

func replicaCases() []testCase {
	return []testCase{
		{section: "replicas", title: "a session of one replica is used on another at once", tell: sessionOnOtherReplica},
		{section: "replicas", title: "50 requests at once on one instance: no conflict, exact sum", tell: parallelOneOff},
		{section: "replicas", title: "50 requests at once for the last 20 tokens: exactly 20 granted", tell: parallelForTheLast},
		{section: "replicas", title: "30 sessions at once: no conflict, exact sum", tell: parallelSessions},
		{section: "replicas", title: "requests at once on one session: each is granted, one set is held", tell: parallelOnOneSession},
	}
}

// on sends the request to a replica, counted from 1. With one replica it is always that one.
func (r request) on(replica int) request {
	r.replica = replica
	return r
}

func sessionOnOtherReplica(t *trial) {
	m := t.market(sold{quantity: "1000"})
	body := `{"instanceId":"` + m.instance + `"}`
	for round := range 5 {
		a := t.expect("POST on one replica", 200, m.client(http.MethodPost, m.sessions(), body).on(1+round))
		id := a.String("sessionId")
		t.expect("PUT on the next", 200, m.put(id, photoPrint("1")).on(2+round))
		t.expect("heartbeat on the one after", 204, m.client(http.MethodGet, m.sessions(id, "heartbeat"), "").on(3+round))
		state := t.expect("GET on the first", 200, m.client(http.MethodGet, m.sessions(id), "").on(1+round))
		t.Equal("it is ACTIVE there", "ACTIVE", state.String("state"))
		t.Equal("it is listed by the next", id, t.do(m.listRequest().on(2+round)).String("0.sessionId"))
		t.expect("DELETE on the one after", 204, m.client(http.MethodDelete, m.sessions(id), "").on(3+round))
		t.Equal("the first knows it as TERMINATED", "TERMINATED", t.do(m.client(http.MethodGet, m.sessions(id), "").on(1+round)).String("state"))
	}
}

func (t *trial) statuses(answers []answer) string {
	counts := map[string]int{}
	for _, a := range answers {
		counts[strconv.Itoa(a.Status)]++
	}
	return fmt.Sprint(counts)
}

func parallelOneOff(t *trial) {
	m := t.market(sold{quantity: "1000"})
	var requests []request
	for range 50 {
		requests = append(requests, m.oneOff(photoPrint("0.1"), cadPrint("0.1")))
	}
	t.Equal("statuses of 50 requests", "map[200:50]", t.statuses(t.together(requests)))
	m.wantUsed("50")
}

func parallelForTheLast(t *trial) {
	m := t.seats("20")
	var requests []request
	for range 50 {
		requests = append(requests, m.oneOff(seat("1")))
	}
	codes := map[string]int{}
	for _, a := range t.together(requests) {
		codes[a.String("requestedItems.0.status.code")]++
	}
	t.Equal("item statuses of 50 requests", "map[1101:20 1202:30]", fmt.Sprint(codes))
	m.wantUsed("20")
}

func parallelSessions(t *trial) {
	m := t.market(sold{quantity: "1000"})
	const count = 30
	var opens, puts, closes []request
	for range count {
		opens = append(opens, m.client(http.MethodPost, m.sessions(), `{"instanceId":"`+m.instance+`"}`))
	}
	for _, a := range t.together(opens) {
		t.Need(a.Status == http.StatusOK, "each session is created, status %d", a.Status)
		id := a.String("sessionId")
		puts = append(puts, m.put(id, photoPrint("1")))
		closes = append(closes, m.client(http.MethodDelete, m.sessions(id), ""))
	}
	begun := t.now()
	t.Equal("statuses of 30 requests", "map[200:30]", t.statuses(t.together(puts)))
	used := m.used(m.bought[0])
	t.before(begun+t.period(), "looking before the first automatic charge")
	t.Equal("used by 30 sessions", "90", used)
	t.Equal("statuses of closing them", "map[204:30]", t.statuses(t.together(closes)))
	m.within("used after the refunds", 0, tokens("90"), m.usedAmount(m.bought[0]))
	t.Equal("none is live", "[]", fmt.Sprint(m.listed(m.listRequest())))
}

func parallelOnOneSession(t *trial) {
	m := t.market(sold{quantity: "1000"})
	s := m.start(photoPrint("1"))
	var requests []request
	for range 20 {
		requests = append(requests, m.put(s.id, photoPrint("2")))
	}
	begun := s.begin
	t.Equal("statuses of 20 requests", "map[200:20]", t.statuses(t.together(requests)))
	state, used := s.session(s.id), m.usedAmount(m.bought[0])
	t.before(begun+t.period(), "looking before the next charge")
	// One set is held; what the others cost is less than the time that has passed.
	passed := state.Number("lastAccessRequest") - begun
	most := tokens("6") + tokens("6").portion(passed, t.period()) + 21
	t.within("used", tokens("6"), most, used)
	m.close(s.id)
}
