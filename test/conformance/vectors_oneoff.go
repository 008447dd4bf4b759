package conformance

import (
	"fmt"
	"net/http"

	"github.com/licensing-operator/licensing-operator/test/conformance/examination"
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
	return fmt.Sprintf(`{"activationId":%s,"rate":%s,"tokensCharged":%s}`, examination.Quote(id), rate, tokens)
}

func oneOffOnOneLineItem(t *trial) {
	m := t.market(sold{quantity: "1000"})
	m.wantUsed("0")
	request := m.oneOffBy(`{"department":"Engineering"}`, theSet()...)
	a := t.expect("POST the access request", 200, request)
	m.wantTheSet(a)
	t.Equal("the requester is repeated", `{"dictionary":{"department":"Engineering"},"type":"user","value":"LisaBarry"}`, a.At("requester"))
	field := "version"
	if t.is10() {
		field = "requestedVersion"
	}
	t.Equal("the version is named as it was", `"1.0"`, a.At("requestedItems.0."+field))
	m.wantUsed("44")
	listed := t.expect("GET the line items", 200, m.client(http.MethodGet, m.lineItems(), ""))
	t.Equal("the list has it with its use", fmt.Sprintf(`{"activationId":%s,"attributes":{"elastic":true,"rateTableSeries":%s},"end":%d,"instanceId":%s,"quantity":1000,"start":1695772800000,"state":"DEPLOYED","used":44}`,
		examination.Quote(m.bought[0]), examination.Quote(m.series), permanent, examination.Quote(m.instance)), listed.At("0"))
}

// wantTheSet checks the answer to the published request, which costs 44 tokens.
func (m *market) wantTheSet(a answer) {
	m.Equal("the correlation id is a UUID", "36", fmt.Sprint(len(a.String("correlationId"))))
	for i, want := range []struct{ name, count, rate, tokens string }{{"PhotoPrint", "10", "3", "30"}, {"CADPrint", "2", "7", "14"}} {
		path := fmt.Sprintf("requestedItems.%d.", i)
		m.Equal(want.name+": item", examination.Quote(want.name), a.At(path+"item"))
		m.Equal(want.name+": count", want.count, a.At(path+"count"))
		m.Equal(want.name+": status", `{"code":`+m.code(granted)+`,"description":"Successfully checked out"}`, a.At(path+"status"))
		m.Equal(want.name+": totalTokensCharged", want.tokens, a.At(path+"totalTokensCharged"))
		m.Equal(want.name+": lineItems", "["+charged(m.bought[0], want.rate, want.tokens)+"]", a.At(path+"lineItems"))
		m.Equal(want.name+": no denial", examination.Absent, a.At(path+"denial"))
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
	m.Equal("PhotoPrint is charged", "["+charged(m.bought[0], "3", "3")+"]", a.At("requestedItems.0.lineItems"))
	m.Equal("CADPrint is split", "["+charged(m.bought[0], "7", "7")+","+charged(m.bought[1], "7", "49")+"]", a.At("requestedItems.1.lineItems"))
	m.Equal("tokens for PhotoPrint", "3", a.At("requestedItems.0.totalTokensCharged"))
	m.Equal("tokens for CADPrint", "56", a.At("requestedItems.1.totalTokensCharged"))
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
	t.Equal("PhotoPrint: status", t.code(granted), a.At("requestedItems.1.status.code"))
	t.Equal("PhotoPrint: tokens", "15", a.At("requestedItems.1.totalTokensCharged"))
	m.wantUsed("15")
	a = t.expect("POST more than there is, in the middle of a list", 200, m.oneOff(photoPrint("10"), cadPrint("100"), item{"SignPrint", "1.0", "5", ""}))
	t.Equal("the first is granted", t.code(granted), a.At("requestedItems.0.status.code"))
	t.Equal("the second has not enough tokens", t.code(notEnough), a.At("requestedItems.1.status.code"))
	t.Equal("its reason", `"NotEnoughTokens"`, a.At("requestedItems.1.denial.reason"))
	t.Equal("it would need", "700", a.At("requestedItems.1.denial.required"))
	t.Equal("there are", "55", a.At("requestedItems.1.denial.available"))
	t.Equal("the third is granted", t.code(granted), a.At("requestedItems.2.status.code"))
	m.wantUsed("65")
}

// wantNotPriced checks an item that no rate table has.
func (m *market) wantNotPriced(a answer, index int) {
	path := fmt.Sprintf("requestedItems.%d.", index)
	m.Equal("PhotoAlbum: status", `{"code":`+m.code(notPriced)+`,"description":"Item not found in any effective rate table"}`, a.At(path+"status"))
	m.Equal("PhotoAlbum: tokens", "0", a.At(path+"totalTokensCharged"))
	m.Equal("PhotoAlbum: lineItems", "[]", a.At(path+"lineItems"))
	m.Equal("PhotoAlbum: reason", `"ItemNotPriced"`, a.At(path+"denial.reason"))
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
		t.Equal(test.what+", "+test.fits+" are granted", t.code(granted), m.charge(item{name: "Seat", count: test.fits}).At("requestedItems.0.status.code"))
		if test.tooMuch != "" {
			t.Equal(test.what+", another "+test.tooMuch+" is denied", t.code(notEnough), m.charge(item{name: "Seat", count: test.tooMuch}).At("requestedItems.0.status.code"))
		}
		t.Equal(test.what+", used", test.fits, m.used(id))
		a := t.expect("GET the line item", 200, t.admin(http.MethodGet, m.lineItems(id), ""))
		if test.overdraft != "" {
			want, err := examination.Decode([]byte(`{"elastic":true,"rateTableSeries":` + examination.Quote(m.series) + `,` + test.overdraft + `}`))
			t.Need(err == nil, "attributes are JSON")
			t.Equal(test.what+", attributes", examination.Text(want), a.At("attributes"))
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
	t.Equal("each pays at its own rate", "["+charged(m.bought[0], "3", "10")+","+charged(m.bought[1], "4", "6.666667")+"]", a.At("requestedItems.0.lineItems"))
	t.Equal("in all", "16.666667", a.At("requestedItems.0.totalTokensCharged"))
	m.wantUsed("10", "6.666667")
}
