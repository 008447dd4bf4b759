package conformance

import (
	"fmt"
	"net/http"

	"github.com/licensing-operator/licensing-operator/test/conformance/examination"
)

func fractionCases() []testCase {
	return []testCase{
		{section: "1.1", title: "fractions are exact to the millionth", forms: bothForms, tell: fractions},
		{section: "1.1", title: "numbers that are none, or too fine, or too large", forms: bothForms, tell: badNumbers},
	}
}

func fractions(t *trial) {
	m := t.emptyMarket()
	m.publish(m.series, "1", published, `[{"name":"Tenth","rate":0.3},{"name":"Third","rate":0.333333},{"name":"Finest","rate":0.000001},{"name":"Free","rate":0},{"name":"Large","rate":123456789.123456}]`)
	m.sell(sold{quantity: "1000000000000"})
	for range 10 {
		a := m.charge(item{name: "Tenth", count: "0.1"})
		t.Equal("0.1 at 0.3", "0.03", a.At("requestedItems.0.totalTokensCharged"))
	}
	m.wantUsed("0.3")
	used := tokens("0.3")
	for _, test := range []struct{ name, count, countOut, rate, want string }{
		{"Third", "0.1", "0.1", "0.333333", "0.033334"}, // rounded up
		{"Third", "3", "3", "0.333333", "0.999999"},
		{"Third", "88", "88", "0.333333", "29.333304"},
		{"Third", "1.0", "1", "0.333333", "0.333333"},
		{"Third", "1e2", "100", "0.333333", "33.3333"},
		{"Finest", "0.000001", "0.000001", "0.000001", "0.000001"}, // less than a millionth costs one
		{"Finest", "1", "1", "0.000001", "0.000001"},
		{"Free", "7", "7", "0", "0"},
		{"Large", "3", "3", "123456789.123456", "370370367.370368"},
		{"Tenth", "123456789012", "123456789012", "0.3", "37037036703.6"},
	} {
		a := m.charge(item{name: test.name, count: test.count})
		what := test.count + " × " + test.name
		t.Equal(what+", tokens", test.want, a.At("requestedItems.0.totalTokensCharged"))
		t.Equal(what+", rate", test.rate, a.At("requestedItems.0.lineItems.0.rate"))
		t.Equal(what+", count", test.countOut, a.At("requestedItems.0.count"))
		used += tokens(test.want)
		m.wantUsed(used.String())
	}
	listed := t.tablesOf(m.series, "")
	t.Need(len(listed) == 1, "the table is listed")
	items, _ := examination.Find(listed[0], "items")
	t.Equal("rates are listed as they were", `[{"name":"Tenth","rate":0.3},{"name":"Third","rate":0.333333},{"name":"Finest","rate":0.000001},{"name":"Free","rate":0},{"name":"Large","rate":123456789.123456}]`, examination.Text(items))
}

func badNumbers(t *trial) {
	m := t.market(sold{quantity: "1000"})
	for _, count := range []string{"0", "-1", "0.0000001", "1e-7", "-0.5", `"1"`, "null", "true", "[1]", "1e300", "1e999999999", "9223372036854775808", "99999999999999999999", "NaN", "Infinity", "0x10", "01", "+1", ".5"} {
		t.refused("count "+count, 400, m.oneOff(photoPrint(count)))
	}
	for _, rate := range []string{"-1", "0.0000001", `"3"`, "null", "1e300", "1e999999999"} {
		body := tableBody(unique("series"), "1", published, fmt.Sprintf(`[{"name":"A","rate":%s}]`, rate))
		t.refused("rate "+rate, 400, t.admin(http.MethodPost, t.provisioning("rate-tables"), body))
	}
	for _, quantity := range []string{"0", "-1", "1.5", `"1"`, "null", "1e30", "9223372036854775808"} {
		t.refused("quantity "+quantity, 400, m.putLineItem(sold{id: unique("ACT"), quantity: quantity}))
	}
	m.wantUsed("0")
	listed := t.do(m.client(http.MethodGet, m.lineItems(), ""))
	t.Equal("one line item as before", "1", fmt.Sprint(len(listed.List(""))))
}
