package conformance

import (
	"fmt"
	"net/http"
	"strconv"

	"github.com/licensing-operator/licensing-operator/test/conformance/examination"
)

func sessionVectors() []testCase {
	return []testCase{
		{section: "3.4", title: "a session request, same numbers", forms: bothForms, tell: sessionRequest},
		{section: "3.7", title: "an invalid item denies a session request as a whole", forms: bothForms, tell: invalidItemInSession},
		{section: "3.17", title: "denied without rollback: refunded and TERMINATED", forms: bothForms, tell: deniedWithoutRollback},
		{section: "3.19", title: "a refund goes where the charge came from", forms: bothForms, tell: refundGoesBack},
		{section: "1.6", title: "a granted request replaces the whole set", forms: bothForms, tell: replacesTheSet},
		{section: "1.6", title: "the refund counts as available for the new charge", tell: refundIsAvailable},
		{section: "1.6", title: "IDLE sessions: [], a denial, a heartbeat, closing twice", forms: bothForms, tell: idleSession},
		{section: "1.6", title: "a terminated session accepts nothing", forms: bothForms, tell: terminatedSession},
	}
}

// running is a session that was granted items, with what the server says of it.
type running struct {
	*market
	id string
	// begin and chargedUntil are those of its timeline, in POSIX milliseconds.
	begin, chargedUntil int64
}

// start opens a session and requests the items, if there are any.
func (m *market) start(items ...item) *running {
	s := &running{market: m, id: m.open()}
	if len(items) > 0 {
		s.change(items...)
	}
	return s
}

// change requests other items, from where a new timeline starts.
func (s *running) change(items ...item) answer {
	a := s.do(s.put(s.id, items...))
	s.Need(a.Status == http.StatusOK, "a session request is granted, status %d", a.Status)
	state := s.session(s.id)
	s.begin, s.chargedUntil = state.Number("lastAccessRequest"), state.Number("chargedUntil")
	s.Equal("the session is ACTIVE", "ACTIVE", state.String("state"))
	s.Equal("chargedUntil is one period after the request", strconv.FormatInt(s.begin+s.period(), 10), state.At("chargedUntil"))
	return a
}

func (t *trial) period() int64 { return t.run.target.ChargePeriod.Milliseconds() }

// wantRefunded checks that used is what was charged less a refund from some millisecond of the call that ended the
// session, the same one for each line item. It takes per line item what was used and what of it the period had cost.
func (s *running) wantRefunded(what string, ended answer, used []amount, ofPeriod [][]amount) {
	slack := s.run.inaccuracy
	got := make([]amount, len(used))
	for i := range used {
		got[i] = s.usedAmount(s.bought[i])
	}
	for moment := ended.sent - slack; moment <= ended.received+slack; moment++ {
		left := min(max(s.chargedUntil-moment, 0), s.period())
		matches := true
		for i := range used {
			matches = matches && got[i] == used[i]-refund(ofPeriod[i], left, s.period())
		}
		if matches {
			s.Record(what, "a millisecond of the call explains it", fmt.Sprintf("used %s, refunded from %d", amounts(got), moment), true)
			return
		}
	}
	first, last := amount(0), amount(0)
	for i := range used {
		first += used[i] - refund(ofPeriod[i], min(max(s.chargedUntil-ended.sent+slack, 0), s.period()), s.period())
		last += used[i] - refund(ofPeriod[i], min(max(s.chargedUntil-ended.received-slack, 0), s.period()), s.period())
	}
	s.Record(what, fmt.Sprintf("a millisecond of the call explains it: in all from %s to %s", first, last), amounts(got), false)
}

func amounts(all []amount) string { return fmt.Sprint(all) }

func sessionRequest(t *trial) {
	m := t.market(sold{quantity: "1000"})
	created := t.expect("POST the session", 200, m.client(http.MethodPost, m.sessions(), `{"instanceId":"`+m.instance+`"}`))
	id := created.String("sessionId")
	t.Equal("its id is a UUID, and all that is answered", `{"sessionId":`+examination.Quote(id)+`}`, created.At(""))
	t.Equal("its id has 36 characters", "36", strconv.Itoa(len(id)))
	t.Equal("it is IDLE and nothing has happened yet", fmt.Sprintf(`{"chargedUntil":0,"instanceId":%s,"lastAccessRequest":0,"lastHeartBeat":0,"sessionId":%s,"state":"IDLE"}`, examination.Quote(m.instance), examination.Quote(id)), m.session(id).At(""))
	a := t.expect("PUT the items", 200, m.put(id, theSet()...))
	m.wantTheSet(a)
	state := m.session(id)
	t.Equal("it is ACTIVE", "ACTIVE", state.String("state"))
	t.Equal("chargedUntil is one period after the request", strconv.FormatInt(state.Number("lastAccessRequest")+t.period(), 10), state.At("chargedUntil"))
	m.wantUsed("44")
	t.expect("DELETE the session", 204, m.client(http.MethodDelete, m.sessions(id), ""))
}

func invalidItemInSession(t *trial) {
	m := t.market(sold{quantity: "1000"})
	id := m.open()
	a := t.refused("PUT PhotoAlbum × 1 and PhotoPrint × 5", 409, m.put(id, photoAlbum("1"), photoPrint("5")))
	m.wantNotPriced(a, 0)
	t.Equal("PhotoPrint: status", `{"code":`+t.code(notCharged)+`,"description":"No Status"}`, a.At("requestedItems.1.status"))
	t.Equal("PhotoPrint: tokens", "0", a.At("requestedItems.1.totalTokensCharged"))
	t.Equal("PhotoPrint: lineItems", "[]", a.At("requestedItems.1.lineItems"))
	t.Equal("PhotoPrint: no denial of its own", examination.Absent, a.At("requestedItems.1.denial"))
	m.wantUsed("0")
	t.Equal("the session is IDLE", "IDLE", m.session(id).String("state"))
	m.close(id)
}

func deniedWithoutRollback(t *trial) {
	m := t.market(sold{quantity: "1000"})
	s := m.start(photoPrint("1"))
	m.sleepUntil(s.begin + t.period()/3)
	request := m.put(s.id, cadPrint("1000"))
	request.body = accessBody(false, cadPrint("1000"))
	a := t.refused("PUT CADPrint × 1000 with rollbackOnDeny false", 409, request)
	t.Equal("CADPrint: status", t.code(notEnough), a.At("requestedItems.0.status.code"))
	s.wantRefunded("the rest of the period is refunded", a, []amount{tokens("3")}, [][]amount{{tokens("3")}})
	t.Equal("the session is TERMINATED", "TERMINATED", m.session(s.id).String("state"))
	idle := m.open()
	request.path = m.sessions(idle)
	t.refused("the same on an IDLE session", 409, request)
	t.Equal("it is TERMINATED too", "TERMINATED", m.session(idle).String("state"))
}

func refundGoesBack(t *trial) {
	m := splitMarket(t)
	s := m.start()
	m.wantSplit(s.change(photoPrint("1"), cadPrint("8")))
	m.sleepUntil(s.begin + t.period()/2)
	ended := t.expect("DELETE the session after half a period", 204, m.client(http.MethodDelete, m.sessions(s.id), ""))
	s.wantRefunded("each line item gets its part back", ended, []amount{tokens("10"), tokens("49")}, [][]amount{{tokens("3"), tokens("7")}, {tokens("49")}})
	t.Equal("the session is TERMINATED", "TERMINATED", m.session(s.id).String("state"))
}

func replacesTheSet(t *trial) {
	m := t.market(sold{quantity: "1000"})
	s := m.start(photoPrint("1"))
	before := s.chargedUntil
	m.sleepUntil(s.begin + t.period()/4)
	s.change(cadPrint("1"))
	want := tokens("3") - tokens("3").portion(before-s.begin, t.period()) + tokens("7")
	t.Equal("used is the old set's time and the new set, not both", want.String(), m.used(m.bought[0]))
	m.close(s.id)
}

func refundIsAvailable(t *trial) {
	m := t.market(sold{quantity: "10"})
	s := m.start(photoPrint("3"))
	before := s.chargedUntil
	// 1 token is available, and a refund of up to 9; 6 are wanted.
	t.before(s.begin+t.period()/4, "a change while most of the period is left")
	s.change(photoPrint("2"))
	want := tokens("9") - tokens("9").portion(before-s.begin, t.period()) + tokens("6")
	t.Equal("used", want.String(), m.used(m.bought[0]))
	m.close(s.id)
}

func idleSession(t *trial) {
	m := t.market(sold{quantity: "10"})
	id := m.open()
	t.refused("PUT [] on an IDLE session", 200, m.put(id))
	t.refused("a heartbeat while IDLE", 204, m.client(http.MethodGet, m.sessions(id, "heartbeat"), ""))
	t.refused("a denied request with rollback", 409, m.put(id, cadPrint("1000")))
	t.Equal("the session is IDLE still", "IDLE", m.session(id).String("state"))
	m.wantUsed("0")
	t.refused("DELETE", 204, m.client(http.MethodDelete, m.sessions(id), ""))
	t.refused("DELETE again", 204, m.client(http.MethodDelete, m.sessions(id), ""))
	t.Equal("GET shows it TERMINATED for a while", "TERMINATED", m.session(id).String("state"))
	s := m.start(photoPrint("1"))
	m.close(s.id)
	used := m.used(m.bought[0])
	t.refused("DELETE again after a refund", 204, m.client(http.MethodDelete, m.sessions(s.id), ""))
	t.Equal("it is refunded once", used, m.used(m.bought[0]))
}

func terminatedSession(t *trial) {
	m := t.market(sold{quantity: "10"})
	s := m.start(photoPrint("1"))
	m.close(s.id)
	used := m.used(m.bought[0])
	m.wantTerminated(s.id)
	t.Equal("nothing was charged", used, m.used(m.bought[0]))
}

// wantTerminated checks that a session is TERMINATED and accepts nothing: 403 in v1.0, 409 naming the state in v1.1.
func (m *market) wantTerminated(id string) {
	m.Equal("the session is TERMINATED", "TERMINATED", m.session(id).String("state"))
	status, path := 409, "message"
	if m.is10() {
		status, path = 403, "error"
	}
	for _, call := range []struct {
		what    string
		request request
	}{
		{"a heartbeat", m.client(http.MethodGet, m.sessions(id, "heartbeat"), "")},
		{"PUT items", m.put(id, photoPrint("1"))},
		{"PUT []", m.put(id)},
	} {
		a := m.refused(call.what+" on a TERMINATED session", status, call.request)
		m.Contains(call.what+", what is said of it", a.String(path), "TERMINATED")
	}
	listed := m.do(m.client(http.MethodGet, m.sessions()+"?instanceId="+m.instance, ""))
	for _, live := range listed.List("") {
		listedID, _ := examination.Find(live, "sessionId")
		m.Need(listedID != id, "a TERMINATED session is not listed")
	}
}
