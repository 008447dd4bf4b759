package conformance

import (
	"fmt"
	"net/http"
	"strconv"
)

func timerVectors() []testCase {
	return []testCase{
		{section: "3.9", title: "simple repeated charge, then delete", pace: waiting, forms: bothForms, tell: repeatedCharge},
		{section: "3.9", title: "the same with 44 tokens: 132 less 29.333…", pace: waiting, tell: repeatedChargeOfTheSet},
		{section: "3.10", title: "a change in the middle of a period starts a new timeline", pace: waiting, forms: bothForms, tell: midSessionChange},
		{section: "3.11", title: "a missed heartbeat: the whole last charge is refunded", pace: waiting, forms: bothForms, tell: missedHeartbeat},
		{section: "3.12", title: "no heartbeat is needed after the first charge", pace: waiting, forms: bothForms, tell: noHeartbeatAtFirst},
		{section: "3.13", title: "a beat before the charge does not help", pace: waiting, forms: bothForms, tell: beatBeforeTheCharge},
		{section: "3.14", title: "halt and resume", pace: waiting, forms: bothForms, tell: haltAndResume},
		{section: "3.15", title: "the idle limit", pace: waiting, notShown: idleLimitNotShown, tell: idleLimit},
		{section: "3.16", title: "denied with rollback: nothing changes, not even the clock", pace: waiting, forms: bothForms, tell: deniedWithRollback},
		{section: "3.18", title: "an automatic charge that is not affordable ends the session", pace: waiting, forms: bothForms, tell: notAffordable},
		{section: "5 (5)", title: "an automatic charge uses the rate table of its time", pace: waiting, tell: chargeAtNewRate},
		{section: "5 (6)", title: "an item that vanished from the newest table ends the session", pace: waiting, tell: vanishedItem},
		{section: "2.5", title: "HEAD is no heartbeat", pace: waiting, tell: headIsNoHeartbeat},
	}
}

// at is a moment of the session's timeline, in minutes of an hour that the charge period stands for.
func (s *running) at(minute int64) int64 { return s.begin + minute*s.period()/60 }

// awaitCharge waits until the automatic charge of the given minute was made.
func (s *running) awaitCharge(minute int64) {
	s.sleepUntil(s.at(minute))
	want := s.at(minute + 60)
	s.eventually(fmt.Sprintf("the automatic charge of minute %d", minute), func() bool {
		state := s.session(s.id)
		s.chargedUntil = state.Number("chargedUntil")
		// A machine that looks after the window has closed may find what came later.
		if s.chargedUntil < want || state.String("state") != "ACTIVE" {
			s.before(s.at(minute+30), fmt.Sprintf("seeing the charge of minute %d", minute))
		}
		return s.chargedUntil >= want
	})
	s.before(s.at(minute+30), fmt.Sprintf("seeing the charge of minute %d", minute))
	s.Equal(fmt.Sprintf("minute %d: charged for exactly one more period", minute), strconv.FormatInt(want, 10), strconv.FormatInt(s.chargedUntil, 10))
}

// beat sends a heartbeat that must be answered before a minute, to count.
func (s *running) beat(what string, until int64) answer {
	a := s.do(s.client(http.MethodGet, s.sessions(s.id, "heartbeat"), ""))
	if a.Status != http.StatusNoContent {
		s.before(s.at(until), what)
	}
	s.Equal(what, "204", strconv.Itoa(a.Status))
	return a
}

// awaitEnd waits until the session is TERMINATED by itself.
func (s *running) awaitEnd(why string) {
	s.eventually("the session is TERMINATED: "+why, func() bool { return s.session(s.id).String("state") == "TERMINATED" })
}

func repeatedCharge(t *trial) {
	m := t.market(sold{quantity: "1000"})
	s := m.start(photoPrint("1"))
	m.wantUsed("3")
	s.twoAutomaticCharges("6", "9")
	s.endAt140([]amount{tokens("3")}, "9")
}

func repeatedChargeOfTheSet(t *trial) {
	m := t.market(sold{quantity: "1000"})
	s := m.start(theSet()...)
	s.twoAutomaticCharges("88", "132")
	s.endAt140([]amount{tokens("30"), tokens("14")}, "132")
}

func (s *running) twoAutomaticCharges(first, second string) {
	s.awaitCharge(60)
	s.wantUsed(first)
	s.beat("a heartbeat in minute 60 to 90", 90)
	s.Equal("lastHeartBeat is there", "13", strconv.Itoa(len(s.session(s.id).At("lastHeartBeat"))))
	s.awaitCharge(120)
	s.wantUsed(second)
}

// endAt140 deletes the session 20 minutes into its third period.
func (s *running) endAt140(ofPeriod []amount, used string) {
	s.sleepUntil(s.at(140))
	s.before(s.at(150), "DELETE before minute 150")
	ended := s.do(s.client(http.MethodDelete, s.sessions(s.id), ""))
	s.before(s.at(150), "DELETE before minute 150")
	s.Equal("DELETE in minute 140", "204", strconv.Itoa(ended.Status))
	s.wantRefunded("the rest of the third period is refunded", ended, []amount{tokens(used)}, [][]amount{ofPeriod})
}

func midSessionChange(t *trial) {
	m := t.market(sold{quantity: "1000"})
	s := m.start(photoPrint("1"))
	s.twoAutomaticCharges("6", "9")
	s.sleepUntil(s.at(140))
	s.before(s.at(150), "the change before minute 150")
	paidUntil := s.chargedUntil
	a := s.do(s.put(s.id, photoPrint("1"), cadPrint("1")))
	s.before(s.at(150), "the change before minute 150")
	t.Equal("PUT A and B in minute 140", "200", strconv.Itoa(a.Status))
	state := s.session(s.id)
	s.begin, s.chargedUntil = state.Number("lastAccessRequest"), state.Number("chargedUntil")
	t.Equal("the next charge is one period after the change", strconv.FormatInt(s.begin+t.period(), 10), state.At("chargedUntil"))
	used := tokens("9") - tokens("3").portion(paidUntil-s.begin, t.period()) + tokens("10")
	m.wantUsed(used.String())
	// The old timeline would have wanted a heartbeat by minute 150, which is minute 10 of the new one.
	s.sleepUntil(s.at(50))
	t.Equal("no heartbeat is wanted for the old timeline", "ACTIVE", s.session(s.id).String("state"))
	m.wantUsed(used.String())
	s.awaitCharge(60)
	m.wantUsed((used + tokens("10")).String())
	s.awaitEnd("no heartbeat came")
	m.wantUsed(used.String())
}

func missedHeartbeat(t *trial) {
	m := t.market(sold{quantity: "1000"})
	s := m.start(photoPrint("1"))
	s.twoAutomaticCharges("6", "9")
	s.sleepUntil(s.at(145))
	if state := s.session(s.id).String("state"); state != "ACTIVE" {
		s.before(s.at(150), "looking in minute 145")
		t.Equal("ACTIVE in minute 145", "ACTIVE", state)
	}
	s.awaitEnd("no heartbeat by minute 150")
	t.Equal("not before minute 150", "true", fmt.Sprint(t.now()+t.run.inaccuracy >= s.at(150)))
	m.wantUsed("6")
	m.wantTerminated(s.id)
	m.wantUsed("6")
}

func noHeartbeatAtFirst(t *trial) {
	m := t.market(sold{quantity: "1000"})
	s := m.start(photoPrint("1"))
	s.sleepUntil(s.at(50))
	state, used := s.session(s.id), m.used(m.bought[0])
	s.before(s.at(60), "looking in minute 50")
	t.Equal("ACTIVE in minute 50", "ACTIVE", state.String("state"))
	t.Equal("used in minute 50", "3", used)
	s.awaitCharge(60)
	m.wantUsed("6")
	s.awaitEnd("no heartbeat by minute 90")
	t.Equal("not before minute 90", "true", fmt.Sprint(t.now()+t.run.inaccuracy >= s.at(90)))
	m.wantUsed("3")
}

func beatBeforeTheCharge(t *trial) {
	m := t.market(sold{quantity: "1000"})
	s := m.start(photoPrint("1"))
	s.sleepUntil(s.at(10))
	s.beat("a heartbeat in minute 10", 60)
	s.sleepUntil(s.at(50))
	s.beat("a heartbeat in minute 50", 60)
	s.before(s.at(60), "a heartbeat before minute 60")
	s.awaitCharge(60)
	m.wantUsed("6")
	s.awaitEnd("no heartbeat after the charge")
	m.wantUsed("3")
}

func haltAndResume(t *trial) {
	m := t.market(sold{quantity: "1000"})
	s := m.start(photoPrint("1"))
	s.sleepUntil(s.at(20))
	t.expect("PUT [] in minute 20", 200, s.put(s.id))
	state := s.session(s.id)
	t.Equal("the session is IDLE", "IDLE", state.String("state"))
	halted := state.Number("lastAccessRequest")
	used := tokens("3") - tokens("3").portion(s.chargedUntil-halted, t.period())
	m.wantUsed(used.String())
	t.Equal("nothing is announced while IDLE", "", state.Header.Get("Licensing-Next-Charge"))
	s.sleepUntil(s.at(150))
	t.Equal("IDLE in minute 150, with no heartbeat", "IDLE", s.session(s.id).String("state"))
	m.wantUsed(used.String())
	s.change(photoPrint("1"))
	m.wantUsed((used + tokens("3")).String())
	s.awaitCharge(60)
	m.wantUsed((used + tokens("6")).String())
	m.close(s.id)
}

func idleLimitNotShown(target Target) string {
	if target.IdleLimit == 0 {
		return "the idle limit of the system is too long to wait for; internal/licensing TestVectors and TestHalt show it"
	}
	return ""
}

func idleLimit(t *trial) {
	m := t.market(sold{quantity: "1000"})
	untouched := m.open()
	s := m.start(photoPrint("1"))
	t.expect("PUT []", 200, s.put(s.id))
	used := m.used(m.bought[0])
	halted := t.now()
	limit := t.run.target.IdleLimit.Milliseconds()
	t.sleepUntil(halted + limit*8/10)
	state := s.session(s.id).String("state")
	t.before(halted+limit-t.run.inaccuracy-1000, "looking before the limit")
	t.Equal("IDLE before the limit", "IDLE", state)
	t.sleepUntil(halted + limit)
	s.awaitEnd("it was IDLE for too long")
	t.Equal("one that never had anything is TERMINATED too", "TERMINATED", m.session(untouched).String("state"))
	m.wantTerminated(s.id)
	m.wantUsed(used)
}

func deniedWithRollback(t *trial) {
	m := t.market(sold{quantity: "1000"})
	s := m.start(photoPrint("1"))
	s.sleepUntil(s.at(20))
	before := s.session(s.id)
	a := t.refused("PUT CADPrint × 1000 in minute 20", 409, s.put(s.id, cadPrint("1000")))
	t.Equal("CADPrint: status", t.code(notEnough), a.At("requestedItems.0.status.code"))
	t.Equal("CADPrint: tokens", "0", a.At("requestedItems.0.totalTokensCharged"))
	after, used := s.session(s.id).At(""), m.used(m.bought[0])
	s.before(s.at(60), "the denial before minute 60")
	t.Equal("the session is as before", before.At(""), after)
	t.Equal("used", "3", used)
	s.awaitCharge(60)
	m.wantUsed("6")
	t.Equal("the next charge is announced for minute 120", strconv.FormatInt(s.at(120), 10), s.session(s.id).Header.Get("Licensing-Next-Charge"))
	m.close(s.id)
}

func notAffordable(t *trial) {
	m := t.market(sold{quantity: "10"})
	s := m.start(photoPrint("2"))
	m.wantUsed("6")
	s.sleepUntil(s.at(60))
	s.awaitEnd("4 tokens are available, 6 are needed")
	m.wantUsed("6")
	m.wantTerminated(s.id)
	m.wantUsed("6")
}

func chargeAtNewRate(t *trial) {
	m := t.market(sold{quantity: "1000"})
	s := m.start(photoPrint("1"))
	m.publish(m.series, "2", s.at(40), `[{"name":"PhotoPrint","version":"1.0","rate":5}]`)
	s.before(s.at(40), "publishing before minute 40")
	s.awaitCharge(60)
	m.wantUsed("8")
	ended := t.expect("DELETE the session", 204, m.client(http.MethodDelete, m.sessions(s.id), ""))
	s.wantRefunded("the refund is of the new rate", ended, []amount{tokens("8")}, [][]amount{{tokens("5")}})
}

func vanishedItem(t *trial) {
	m := t.market(sold{quantity: "1000"})
	s := m.start(photoPrint("1"))
	m.publish(m.series, "2", s.at(40), `[{"name":"CADPrint","version":"2.0","rate":5}]`)
	s.before(s.at(60), "publishing before minute 60")
	s.sleepUntil(s.at(60))
	s.awaitEnd("nothing prices PhotoPrint any more")
	m.wantUsed("3")
}

func headIsNoHeartbeat(t *trial) {
	m := t.market(sold{quantity: "1000"})
	s := m.start(photoPrint("1"))
	s.awaitCharge(60)
	head := m.client(http.MethodHead, m.sessions(s.id, "heartbeat"), "")
	t.refused("HEAD on the heartbeat path", 405, head)
	t.Equal("lastHeartBeat is still 0", "0", s.session(s.id).At("lastHeartBeat"))
	s.awaitEnd("HEAD is no heartbeat")
	m.wantUsed("3")
}
