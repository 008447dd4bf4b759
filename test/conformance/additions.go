package conformance

import (
	"fmt"
	"net/http"
	"strconv"

	"github.com/licensing-operator/licensing-operator/test/conformance/examination"
)

func additionCases() []testCase {
	return []testCase{
		{section: "dryRun", title: "a one-off request that only tells", forms: bothForms, tell: dryOneOff},
		{section: "dryRun", title: "a session request that only tells", forms: bothForms, tell: drySession},
		{section: "dryRun", title: "a denial says when it changes", tell: denialNextChange},
		{section: "current", title: "rate tables that count now or will", forms: bothForms, tell: currentTables},
		{section: "headers", title: "when the next charge is, and the next heartbeat", pace: waiting, forms: bothForms, tell: deadlines},
	}
}

func dry(r request) request {
	r.path += "?dryRun=true"
	return r
}

func dryOneOff(t *trial) {
	m := t.market(sold{quantity: "40"})
	a := t.expect("POST with dryRun=true", 200, dry(m.oneOff(theSet()...)))
	t.Equal("it says so", "true", a.At("dryRun"))
	t.Equal("PhotoPrint would be charged", "["+charged(m.bought[0], "3", "30")+"]", a.At("requestedItems.0.lineItems"))
	t.Equal("CADPrint would be denied", t.code(notEnough), a.At("requestedItems.1.status.code"))
	t.Equal("because it needs", "14", a.At("requestedItems.1.denial.required"))
	t.Equal("and there are", "10", a.At("requestedItems.1.denial.available"))
	m.wantUsed("0")
	done := t.expect("POST without", 200, m.oneOff(theSet()...))
	for _, path := range []string{"requestedItems", "requester"} {
		t.Equal("what happens is what was told: "+path, a.At(path), done.At(path))
	}
	t.Equal("it does not say dryRun", examination.Absent, done.At("dryRun"))
	m.wantUsed("30")
	off := m.oneOff(photoPrint("1"))
	off.path += "?dryRun=false"
	t.expect("POST with dryRun=false", 200, off)
	m.wantUsed("33")
	off.path = m.elastic(m.instance) + "?dryRun=yes"
	t.refused("POST with dryRun=yes", 400, off)
	m.wantUsed("33")
}

func drySession(t *trial) {
	m := t.market(sold{quantity: "100"})
	id := m.open()
	fresh := m.session(id).At("")
	a := t.expect("PUT with dryRun=true on an IDLE session", 200, dry(m.put(id, theSet()...)))
	t.Equal("it says so", "true", a.At("dryRun"))
	t.Equal("CADPrint would be charged", "["+charged(m.bought[0], "7", "14")+"]", a.At("requestedItems.1.lineItems"))
	next := a.headerNumber("Licensing-Next-Charge") - t.period()
	slack := t.run.inaccuracy
	t.Equal("the next charge would be one period later", "true", fmt.Sprint(next >= a.sent-slack && next <= a.received+slack))
	t.Equal("the session is as before", fresh, m.session(id).At(""))
	m.wantUsed("0")
	s := &running{market: m, id: id}
	s.change(photoPrint("1"))
	before := m.session(id)
	a = t.expect("PUT with dryRun=true on an ACTIVE session", 200, dry(m.put(id, theSet()...)))
	t.Equal("PhotoPrint would be charged", "["+charged(m.bought[0], "3", "30")+"]", a.At("requestedItems.0.lineItems"))
	denied := m.put(id, cadPrint("1000"))
	denied.body = accessBody(false, cadPrint("1000"))
	a = t.do(dry(denied))
	t.OneOf("PUT of too much with dryRun=true", strconv.Itoa(a.Status), "200", "409")
	t.Equal("it tells the denial", t.code(notEnough), a.At("requestedItems.0.status.code"))
	t.expect("PUT [] with dryRun=true", 200, dry(m.put(id)))
	s.before(s.at(60), "looking before the next charge")
	after := m.session(id)
	s.before(s.at(60), "looking before the next charge")
	t.Equal("the session is as before", before.At(""), after.At(""))
	t.Equal("its deadlines too", before.Header.Get("Licensing-Next-Charge"), after.Header.Get("Licensing-Next-Charge"))
	m.wantUsed("3")
	m.close(id)
}

func denialNextChange(t *trial) {
	m := t.market()
	begins := t.now() + hours(1)
	m.sell(sold{quantity: "10", start: begins})
	a := m.charge(photoPrint("1"))
	t.Equal("no line item accepts charges", `"NoUsableLineItem"`, a.At("requestedItems.0.denial.reason"))
	t.Equal("until the first begins", strconv.FormatInt(begins, 10), a.At("requestedItems.0.denial.nextChange"))
	t.Equal("there is a message for people", "true", fmt.Sprint(len(a.String("requestedItems.0.denial.message")) > 10))
	priced := t.emptyMarket()
	effective := t.now() + hours(2)
	priced.publish(priced.series, "1", effective, publicationApps)
	priced.sell(sold{quantity: "10"})
	a = priced.charge(photoPrint("1"))
	t.Equal("no table prices it", `"ItemNotPriced"`, a.At("requestedItems.0.denial.reason"))
	t.Equal("until the next one is effective", strconv.FormatInt(effective, 10), a.At("requestedItems.0.denial.nextChange"))
}

func currentTables(t *trial) {
	series := unique("series")
	now := t.now()
	t.publish(series, "old", now-hours(48), publicationApps)
	t.publish(series, "effective", now-hours(1), publicationApps)
	t.publish(series, "future", now+hours(1), publicationApps)
	t.publish(series, "far", now+hours(48), publicationApps)
	versions := func(query string) string {
		var found []string
		for _, table := range t.tablesOf(series, query) {
			version, _ := examination.Find(table, "version")
			found = append(found, fmt.Sprint(version))
		}
		return fmt.Sprint(found)
	}
	t.Equal("all", "[old effective future far]", versions(""))
	t.Equal("with current=true", "[effective future far]", versions("?current=true"))
	t.Equal("with current=false", "[old effective future far]", versions("?current=false"))
	t.refused("with current=maybe", 400, t.admin(http.MethodGet, t.provisioning("rate-tables")+"?current=maybe", ""))
}

func deadlines(t *trial) {
	m := t.market(sold{quantity: "1000"})
	id := m.open()
	none := m.session(id)
	for _, name := range []string{"Licensing-Next-Charge", "Licensing-Heartbeat-After", "Licensing-Heartbeat-By"} {
		t.Equal(name+" while IDLE", "", none.Header.Get(name))
	}
	a := t.expect("PUT the items", 200, m.put(id, photoPrint("1")))
	state := m.session(id)
	s := &running{market: m, id: id, begin: state.Number("lastAccessRequest"), chargedUntil: state.Number("chargedUntil")}
	s.wantDeadlines("in the answer to PUT", a, 60, 60, 90)
	s.wantDeadlines("in the answer to GET", state, 60, 60, 90)
	s.wantDeadlines("in the answer to a heartbeat that is not needed", s.beat("a heartbeat", 60), 60, 60, 90)
	s.awaitCharge(60)
	s.wantDeadlines("after the charge", s.session(id), 120, 60, 90)
	beat := s.beat("the heartbeat that is wanted", 90)
	s.wantDeadlines("in the answer to it", beat, 120, 120, 150)
	s.wantDeadlines("after it", s.session(id), 120, 120, 150)
	m.close(id)
	t.Equal("nothing is announced when TERMINATED", "", m.session(id).Header.Get("Licensing-Next-Charge"))
}

// wantDeadlines checks the three headers, in minutes of the timeline.
func (s *running) wantDeadlines(when string, a answer, nextCharge, heartbeatAfter, heartbeatBy int64) {
	for _, want := range []struct {
		name   string
		minute int64
	}{{"Licensing-Next-Charge", nextCharge}, {"Licensing-Heartbeat-After", heartbeatAfter}, {"Licensing-Heartbeat-By", heartbeatBy}} {
		s.Equal(want.name+" "+when, strconv.FormatInt(s.at(want.minute), 10), a.Header.Get(want.name))
	}
}
