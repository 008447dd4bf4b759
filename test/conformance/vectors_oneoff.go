package conformance

import (
	"fmt"
	"net/http"
)

func oneOffVectors() []testCase {
	return []testCase{
		{section: "3.3", title: "a one-off request on one line item", forms: bothForms, tell: oneOffOnOneLineItem},
		{section: "3.5", title: "a charge is split over two line items", forms: bothForms, tell: splitOverTwo},
		{section: "3.6", title: "of equal ends the earlier start is charged first", forms: bothForms, tell: equalEnds},
		{section: "3.8", title: "a one-off request grants what it can", forms: bothForms, tell: oneOffGrantsWhatItCan},
		{section: "3.23", title: "overdrafts", forms: bothForms, tell: overdrafts},
		{section: "5 (9)", title: "entitlements are used before overdrafts", tell: entitlementsFirst},
		{section: "5 (8)", title: "line items with different rates each pay at their own", tell: differentRates},
	}
}

func charged(id, rate, tokens string) string {
	return fmt.Sprintf(`{"activationId":%s,"rate":%s,"tokensCharged":%s}`, quote(id), rate, tokens)
}

func oneOffOnOneLineItem(t *trial) {
	m := t.market(sold{quantity: "1000"})
	m.wantUsed("0")
	request := m.oneOffBy(`{"department":"Engineering"}`, theSet()...)
	a := t.expect("POST the access request", 200, request)
	m.wantTheSet(a)
	t.equal("the requester is repeated", `{"dictionary":{"department":"Engineering"},"type":"user","value":"LisaBarry"}`, a.at("requester"))
	field := "version"
	if t.is10() {
		field = "requestedVersion"
	}
	t.equal("the version is named as it was", `"1.0"`, a.at("requestedItems.0."+field))
	m.wantUsed("44")
	listed := t.expect("GET the line items", 200, m.client(http.MethodGet, m.lineItems(), ""))
	t.equal("the list has it with its use", fmt.Sprintf(`{"activationId":%s,"attributes":{"elastic":true,"rateTableSeries":%s},"end":%d,"instanceId":%s,"quantity":1000,"start":1695772800000,"state":"DEPLOYED","used":44}`,
		quote(m.bought[0]), quote(m.series), permanent, quote(m.instance)), listed.at("0"))
}

// wantTheSet checks the answer to the published request, which costs 44 tokens.
func (m *market) wantTheSet(a answer) {
	m.equal("the correlation id is a UUID", "36", fmt.Sprint(len(a.string("correlationId"))))
	for i, want := range []struct{ name, count, rate, tokens string }{{"PhotoPrint", "10", "3", "30"}, {"CADPrint", "2", "7", "14"}} {
		path := fmt.Sprintf("requestedItems.%d.", i)
		m.equal(want.name+": item", quote(want.name), a.at(path+"item"))
		m.equal(want.name+": count", want.count, a.at(path+"count"))
		m.equal(want.name+": status", `{"code":`+m.code(granted)+`,"description":"Successfully checked out"}`, a.at(path+"status"))
		m.equal(want.name+": totalTokensCharged", want.tokens, a.at(path+"totalTokensCharged"))
		m.equal(want.name+": lineItems", "["+charged(m.bought[0], want.rate, want.tokens)+"]", a.at(path+"lineItems"))
		m.equal(want.name+": no denial", absent, a.at(path+"denial"))
	}
}

// The ends that the published example names in prose: 2034-04-17 and 2035-08-28.
const (
	end2034 int64 = 2028888000000
	end2035 int64 = 2071915200000
	start23 int64 = 1694437412000
)

func splitMarket(t *trial) *market {
	// Put in the wrong order, so that the order of creation does not help.
	m := t.market(sold{quantity: "100", start: start23, end: end2035}, sold{quantity: "10", start: start23, end: end2034})
	m.bought[0], m.bought[1] = m.bought[1], m.bought[0]
	m.paying(0, m.bought[0])
	return m
}

// wantSplit checks the answer to PhotoPrint × 1 and CADPrint × 8.
func (m *market) wantSplit(a answer) {
	m.equal("PhotoPrint is charged", "["+charged(m.bought[0], "3", "3")+"]", a.at("requestedItems.0.lineItems"))
	m.equal("CADPrint is split", "["+charged(m.bought[0], "7", "7")+","+charged(m.bought[1], "7", "49")+"]", a.at("requestedItems.1.lineItems"))
	m.equal("tokens for PhotoPrint", "3", a.at("requestedItems.0.totalTokensCharged"))
	m.equal("tokens for CADPrint", "56", a.at("requestedItems.1.totalTokensCharged"))
	m.wantUsed("10", "49")
}

func splitOverTwo(t *trial) {
	m := splitMarket(t)
	m.wantSplit(t.expect("POST the access request", 200, m.oneOff(photoPrint("1"), cadPrint("8"))))
}

func equalEnds(t *trial) {
	m := t.market(sold{quantity: "100", start: start23 + hours(24), end: end2034}, sold{quantity: "100", start: start23, end: end2034})
	m.paying(0, m.bought[1])
	m.charge(photoPrint("1"))
	m.wantUsed("0", "3")
}

func oneOffGrantsWhatItCan(t *trial) {
	m := t.market(sold{quantity: "100"})
	a := t.expect("POST PhotoAlbum × 1 and PhotoPrint × 5", 200, m.oneOff(photoAlbum("1"), photoPrint("5")))
	m.wantNotPriced(a, 0)
	t.equal("PhotoPrint: status", t.code(granted), a.at("requestedItems.1.status.code"))
	t.equal("PhotoPrint: tokens", "15", a.at("requestedItems.1.totalTokensCharged"))
	m.wantUsed("15")
	a = t.expect("POST more than there is, in the middle of a list", 200, m.oneOff(photoPrint("10"), cadPrint("100"), item{"SignPrint", "1.0", "5", ""}))
	t.equal("the first is granted", t.code(granted), a.at("requestedItems.0.status.code"))
	t.equal("the second has not enough tokens", t.code(notEnough), a.at("requestedItems.1.status.code"))
	t.equal("its reason", `"NotEnoughTokens"`, a.at("requestedItems.1.denial.reason"))
	t.equal("it would need", "700", a.at("requestedItems.1.denial.required"))
	t.equal("there are", "55", a.at("requestedItems.1.denial.available"))
	t.equal("the third is granted", t.code(granted), a.at("requestedItems.2.status.code"))
	m.wantUsed("65")
}

// wantNotPriced checks an item that no rate table has.
func (m *market) wantNotPriced(a answer, index int) {
	path := fmt.Sprintf("requestedItems.%d.", index)
	m.equal("PhotoAlbum: status", `{"code":`+m.code(notPriced)+`,"description":"Item not found in any effective rate table"}`, a.at(path+"status"))
	m.equal("PhotoAlbum: tokens", "0", a.at(path+"totalTokensCharged"))
	m.equal("PhotoAlbum: lineItems", "[]", a.at(path+"lineItems"))
	m.equal("PhotoAlbum: reason", `"ItemNotPriced"`, a.at(path+"denial.reason"))
}

func overdrafts(t *trial) {
	for _, test := range []struct{ what, overdraft, fits, tooMuch string }{
		{"without overdraft", "", "100", "0.000001"},
		{"with an overdraft of 20", `"overdraftType":"Number","overdraftLimit":20`, "120", "0.000001"},
		{"with unlimited overdraft", `"overdraftType":"Unlimited"`, "1000000", ""},
	} {
		m := t.emptyMarket()
		m.publish(m.series, "1", published, `[{"name":"Seat","rate":1}]`)
		id := m.sell(sold{quantity: "100", overdraft: test.overdraft})
		t.equal(test.what+", "+test.fits+" are granted", t.code(granted), m.charge(item{name: "Seat", count: test.fits}).at("requestedItems.0.status.code"))
		if test.tooMuch != "" {
			t.equal(test.what+", another "+test.tooMuch+" is denied", t.code(notEnough), m.charge(item{name: "Seat", count: test.tooMuch}).at("requestedItems.0.status.code"))
		}
		t.equal(test.what+", used", test.fits, m.used(id))
		a := t.expect("GET the line item", 200, t.admin(http.MethodGet, m.lineItems(id), ""))
		if test.overdraft != "" {
			want, err := decode([]byte(`{"elastic":true,"rateTableSeries":` + quote(m.series) + `,` + test.overdraft + `}`))
			t.need(err == nil, "attributes are JSON")
			t.equal(test.what+", attributes", text(want), a.at("attributes"))
		}
	}
}

func entitlementsFirst(t *trial) {
	m := t.emptyMarket()
	m.publish(m.series, "1", published, `[{"name":"Seat","rate":1}]`)
	m.sell(sold{quantity: "10", end: end2034, overdraft: `"overdraftType":"Number","overdraftLimit":5`})
	m.sell(sold{quantity: "10", end: end2035})
	m.settled("the second line item", m.oneOff(seat("12")), "requestedItems.0.lineItems.1.tokensCharged", "2")
	m.charge(seat("12"))
	m.wantUsed("10", "2")
	m.charge(seat("11"))
	m.wantUsed("13", "10")
}

func differentRates(t *trial) {
	m := t.emptyMarket()
	other := unique("series")
	m.publish(m.series, "1", published, `[{"name":"PhotoPrint","version":"1.0","rate":3}]`)
	m.publish(other, "1", published, `[{"name":"PhotoPrint","version":"1.0","rate":4}]`)
	m.sell(sold{quantity: "10", end: end2034})
	m.sell(sold{quantity: "100", end: end2035, series: other})
	m.settled("the first line item", m.oneOff(photoPrint("1")), "requestedItems.0.lineItems.0.rate", "3")
	a := m.charge(photoPrint("5"))
	// 10 tokens pay for 3.333… counts; the 1.666… left cost 6.666667 at a rate of 4, rounded up.
	t.equal("each pays at its own rate", "["+charged(m.bought[0], "3", "10")+","+charged(m.bought[1], "4", "6.666667")+"]", a.at("requestedItems.0.lineItems"))
	t.equal("in all", "16.666667", a.at("requestedItems.0.totalTokensCharged"))
	m.wantUsed("10", "6.666667")
}
