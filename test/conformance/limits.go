package conformance

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"

	"github.com/licensing-operator/licensing-operator/test/conformance/examination"
)

// limits asks for the most that is possible, and for one more.
func limits(t *trial) {
	m := t.market(sold{quantity: "1000"})
	long := func(n int) string { return strings.Repeat("n", n) }
	many := func(n int, element func(i int) string) string {
		var all []string
		for i := range n {
			all = append(all, element(i))
		}
		return strings.Join(all, ",")
	}
	items := func(n int) string {
		return "[" + many(n, func(i int) string { return fmt.Sprintf(`{"item":"I%d","count":1}`, i) }) + "]"
	}
	access := func(who, what string) string { return `{"requester":` + who + `,"requestedItems":` + what + `}` }
	one := items(1)
	who := func(kind, value string) string {
		return fmt.Sprintf(`{"type":%s,"value":%s}`, examination.Quote(kind), examination.Quote(value))
	}
	dictionary := func(n int) string {
		return requester("{" + many(n, func(i int) string { return fmt.Sprintf(`"k%d":"v"`, i) }) + "}")
	}
	metaData := func(n int) string {
		return fmt.Sprintf(`[{"item":"A","count":1,"metaData":{"k":%s}}]`, examination.Quote(long(n-len(`{"k":""}`))))
	}
	name := func(n int) string { return fmt.Sprintf(`[{"item":%s,"count":1}]`, examination.Quote(long(n))) }
	version := func(n int) string {
		return fmt.Sprintf(`[{"item":"A","version":%s,"count":1}]`, examination.Quote(long(n)))
	}
	for _, test := range []struct{ what, fits, tooMuch string }{
		{"requested items", access(requester(""), items(64)), access(requester(""), items(65))},
		{"requester.type", access(who(long(64), "x"), one), access(who(long(65), "x"), one)},
		{"requester.value", access(who("x", long(256)), one), access(who("x", long(257)), one)},
		{"requester.dictionary", access(dictionary(32), one), access(dictionary(33), one)},
		{"metaData", access(requester(""), metaData(4096)), access(requester(""), metaData(4097))},
		{"an item's name", access(requester(""), name(128)), access(requester(""), name(129))},
		{"an item's version", access(requester(""), version(64)), access(requester(""), version(65))},
		{"count", access(requester(""), `[{"item":"A","count":1000000000000}]`), access(requester(""), `[{"item":"A","count":1000000000001}]`)},
	} {
		t.refused(test.what+": the most possible", 200, m.client(http.MethodPost, m.elastic(m.instance), test.fits))
		t.refused(test.what+": one more", 400, m.client(http.MethodPost, m.elastic(m.instance), test.tooMuch))
	}
	for what, body := range inOrder(map[string]string{
		"an empty requester.type":     access(who("", "x"), one),
		"an empty requester.value":    access(who("x", ""), one),
		"an empty item":               access(requester(""), `[{"item":"","count":1}]`),
		"no item at all":              access(requester(""), `[]`),
		"an item twice":               access(requester(""), `[{"item":"A","version":"1","count":1},{"item":"A","version":"1","count":1}]`),
		"an item twice, no version":   access(requester(""), `[{"item":"A","count":1},{"item":"A","version":"","count":1}]`),
		"two versions that differ":    access(requester(""), `[{"item":"A","version":"1","requestedVersion":"2","count":1}]`),
		"a dictionary with an object": access(requester(`{"a":{}}`), one),
		"a dictionary with a list":    access(requester(`{"a":[]}`), one),
		"a dictionary with null":      access(requester(`{"a":null}`), one),
		"metaData that is a list":     access(requester(""), `[{"item":"A","count":1,"metaData":[]}]`),
		"rollbackOnDeny in a one-off": strings.TrimSuffix(access(requester(""), one), "}") + `,"rollbackOnDeny":true}`,
	}) {
		t.refused("one-off with "+what, 400, m.client(http.MethodPost, m.elastic(m.instance), body))
	}
	t.refused("version and requestedVersion that agree", 200, m.client(http.MethodPost, m.elastic(m.instance), access(requester(""), `[{"item":"PhotoPrint","version":"1.0","requestedVersion":"1.0","count":1}]`)))
	m.wantUsed("3")
	variables := m.client(http.MethodPost, m.elastic(m.instance), access(requester(""), `[{"item":"PhotoPrint","version":"1.0","count":1,"variables":{"a":1}}]`))
	if t.is10() {
		t.refused("variables are not known to v1.0", 400, variables)
	} else {
		t.refused("variables", 200, variables)
	}
	t.producerLimits(m, long, many)
}

// withdraw deletes a table that is not effective yet, which would make every list long.
func (t *trial) withdraw(body string) {
	table, err := examination.Decode([]byte(body))
	t.Need(err == nil, "a rate table is JSON")
	query := url.Values{"series": {fmt.Sprint(mustFind(table, "series"))}, "version": {fmt.Sprint(mustFind(table, "version"))}}
	a := t.do(t.admin(http.MethodDelete, t.provisioning("rate-tables")+"?"+query.Encode(), ""))
	t.Need(a.Status == http.StatusNoContent, "a table that is not effective yet is deleted, status %d", a.Status)
}

func (t *trial) producerLimits(m *market, long func(int) string, many func(int, func(int) string) string) {
	prices := func(n, length int) string {
		return "[" + many(n, func(i int) string {
			return fmt.Sprintf(`{"name":%s,"rate":1}`, examination.Quote(fmt.Sprintf("%04d%s", i, long(length-4))))
		}) + "]"
	}
	for _, test := range []struct {
		what          string
		fits, tooMuch string
	}{
		{"items of a rate table", tableBody(unique("s"), "1", permanent, prices(1000, 128)), tableBody(unique("s"), "1", permanent, prices(1001, 10))},
		{"an item's name", tableBody(unique("s"), "1", permanent, prices(1, 128)), tableBody(unique("s"), "1", permanent, prices(1, 129))},
		{"series", tableBody(unique(long(115)), "1", permanent, prices(1, 9)), tableBody(long(129), "1", permanent, prices(1, 9))},
		{"version", tableBody(unique("s"), long(128), permanent, prices(1, 9)), tableBody(unique("s"), long(129), permanent, prices(1, 9))},
	} {
		path := t.provisioning("rate-tables")
		t.refused("rate table, "+test.what+": the most possible", 201, t.admin(http.MethodPost, path, test.fits))
		t.refused("rate table, "+test.what+": one more", 400, t.admin(http.MethodPost, path, test.tooMuch))
		t.withdraw(test.fits)
	}
	instances := t.provisioning("instances")
	t.refused("shortName: the most possible", 201, t.admin(http.MethodPost, instances, instanceBody(long(256), m.account)))
	t.refused("shortName: one more", 400, t.admin(http.MethodPost, instances, instanceBody(long(257), m.account)))
	t.refused("accountId: the most possible", 201, t.admin(http.MethodPost, instances, instanceBody("x", unique(long(243)))))
	t.refused("accountId: one more", 400, t.admin(http.MethodPost, instances, instanceBody("x", long(257))))
	t.refused("an empty shortName", 400, t.admin(http.MethodPost, instances, instanceBody("", m.account)))
	t.refused("an empty accountId", 400, t.admin(http.MethodPost, instances, instanceBody("x", "")))
	t.refused("activationId: the most possible", 201, m.putLineItem(sold{id: unique(long(115)), quantity: "1"}))
	t.refused("activationId: one more", 400, m.putLineItem(sold{id: long(129), quantity: "1"}))
	t.refused("quantity: the most possible", 201, m.putLineItem(sold{id: unique("ACT"), quantity: "1000000000000"}))
	for _, size := range []string{"0", "-1", "x", "1.5", ""} {
		t.refused(fmt.Sprintf("instances with size=%q", size), 400, t.admin(http.MethodGet, instances+"?size="+size, ""))
	}
	for _, next := range []string{"-1", "x", ""} {
		t.refused(fmt.Sprintf("instances with next=%q", next), 400, t.admin(http.MethodGet, instances+"?next="+next, ""))
	}
	t.refused("size=500", 200, t.admin(http.MethodGet, instances+"?size=500", ""))
}
