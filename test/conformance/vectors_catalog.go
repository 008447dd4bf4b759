package conformance

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"

	"github.com/licensing-operator/licensing-operator/test/conformance/examination"
)

func catalogVectors() []testCase {
	return []testCase{
		{section: "3.1", title: "create the rate table", forms: bothForms, tell: createRateTable},
		{section: "3.2", title: "the first instance of an account is its default", forms: bothForms, tell: firstInstance},
		{section: "2.2", title: "instances are listed in pages", forms: bothForms, tell: instancePages},
		{section: "3.21", title: "the latest effective rate table counts, whatever its version says", forms: bothForms, tell: rateTableChoice},
		{section: "3.24", title: "versions of items match exactly", forms: bothForms, tell: versionMatching},
		{section: "1.1", title: "a formula gives the rate in v1.1, and is not known to v1.0", forms: bothForms, tell: formulas},
	}
}

func createRateTable(t *trial) {
	series := unique("series")
	body := tableBody(series, "1", published, publicationApps)
	created := t.expect("POST the rate table", 201, t.admin(http.MethodPost, t.provisioning("rate-tables"), body))
	t.Equal("its answer", `{"message":"Rate table successfully saved"}`, created.At(""))
	again := t.refused("POST the same again", 409, t.admin(http.MethodPost, t.provisioning("rate-tables"), body))
	t.Equal("the error is a text", "true", fmt.Sprint(again.String("error") != "" && again.At("error") != examination.Absent))
	tables := t.tablesOf(series, "")
	if t.Equal("tables of the series", "1", fmt.Sprint(len(tables))) {
		table := tables[0].(map[string]any)
		t.Equal("the table's items", `[{"name":"PhotoPrint","rate":3,"version":"1.0"},{"name":"SignPrint","rate":4,"version":"1.0"},{"name":"CADPrint","rate":7,"version":"2.0"}]`, examination.Text(table["items"]))
		t.Equal("the table's effectiveFrom", fmt.Sprint(published), examination.Text(table["effectiveFrom"]))
		t.Equal("created is a time", "true", fmt.Sprint(len(examination.Text(table["created"])) == 13))
	}
}

// tablesOf lists the rate tables of a series. The system may have many others.
func (t *trial) tablesOf(series, query string) (found []any) {
	a := t.do(t.admin(http.MethodGet, t.provisioning("rate-tables")+query, ""))
	t.Need(a.Status == http.StatusOK, "rate tables are listed, status %d", a.Status)
	for _, table := range a.List("") {
		if name, _ := examination.Find(table, "series"); name == series {
			found = append(found, table)
		}
	}
	return found
}

func firstInstance(t *trial) {
	account := unique("ACME")
	path := t.provisioning("instances")
	created := t.do(t.admin(http.MethodPost, path, instanceBody(account+"-def-inst", account)))
	t.Equal("POST the first instance", "201", fmt.Sprint(created.Status))
	t.Equal("it is the default", "true", created.At("defaultInstance"))
	t.Equal("its shortName", account+"-def-inst", created.String("shortName"))
	t.Equal("its accountId", account, created.String("accountId"))
	t.Equal("its id is a UUID", "36", fmt.Sprint(len(created.String("id"))))
	t.Contains("Location names it", created.Header.Get("Location"), created.String("id"))
	listed := t.expect("GET ?accountId=&default=true", 200, t.admin(http.MethodGet, path+"?accountId="+account+"&default=true", ""))
	t.Equal("its content", examination.Text([]any{mustDecode(t, created)}), listed.At("content"))
	second := t.do(t.admin(http.MethodPost, path, instanceBody("second", account)))
	t.Equal("POST a second instance", "201", fmt.Sprint(second.Status))
	t.Equal("it is not the default", "false", second.At("defaultInstance"))
	listed = t.expect("GET ?accountId=&default=true again", 200, t.admin(http.MethodGet, path+"?accountId="+account+"&default=true", ""))
	t.Equal("the default is still the first", examination.Text([]any{mustDecode(t, created)}), listed.At("content"))
	one := t.expect("GET the first", 200, t.admin(http.MethodGet, path+"/"+created.String("id"), ""))
	t.Equal("it is the same", created.At(""), one.At(""))
	none := t.expect("GET the default instance of an account without one", 200, t.admin(http.MethodGet, path+"?accountId="+unique("nobody")+"&default=true", ""))
	t.Equal("its content is empty", "[]", none.At("content"))
	t.refused("GET an instance that does not exist", 404, t.admin(http.MethodGet, path+"/"+uuid(), ""))
	t.refused("accountId without default", 400, t.admin(http.MethodGet, path+"?accountId="+account, ""))
	t.refused("default without accountId", 400, t.admin(http.MethodGet, path+"?default=true", ""))
	t.refused("default other than true", 400, t.admin(http.MethodGet, path+"?default=false&accountId="+account, ""))
}

func mustDecode(t *trial, a answer) any {
	value, err := examination.Decode(a.Body)
	t.Need(err == nil, "the answer is JSON")
	return value
}

func instancePages(t *trial) {
	account := unique("pages")
	made := map[string]bool{}
	for i := range 3 {
		made[t.createInstance(fmt.Sprintf("page-%d", i), account)] = true
	}
	listed := t.expect("published clients list with ?size=500 and a trailing slash", 200, t.admin(http.MethodGet, t.provisioning("instances")+"/?size=500", ""))
	t.OneOf("next is there", fmt.Sprint(listed.At("next") != examination.Absent), "true")
	found, seen, pages := 0, map[string]bool{}, 0
	for next := "0"; pages == 0 || next != "0"; pages++ {
		query := "?size=2"
		if pages > 0 {
			query += "&next=" + next
		}
		page := t.do(t.admin(http.MethodGet, t.provisioning("instances")+query, ""))
		t.Need(page.Status == 200 && pages < 20000, "a page of instances is listed, status %d", page.Status)
		content := page.List("content")
		t.Need(len(content) > 0 || page.String("next") == "0", "a page before the last one has instances")
		for _, instance := range content {
			id, _ := examination.Find(instance, "id")
			name := fmt.Sprint(id)
			t.Need(!seen[name], "no instance is listed twice")
			seen[name] = true
			if made[name] {
				found++
			}
		}
		next = strings.Trim(page.At("next"), `"`)
	}
	t.Equal("instances found over all pages", "3", fmt.Sprint(found))
}

func rateTableChoice(t *trial) {
	m := t.emptyMarket()
	now := t.now()
	line := func(rate string) string { return `[{"name":"PhotoPrint","version":"1.0","rate":` + rate + `}]` }
	m.publish(m.series, "2", now-hours(24), line("3"))
	m.publish(m.series, "1", now-hours(1), line("5"))
	m.publish(m.series, "3", now+hours(24), line("9"))
	m.sell(sold{quantity: "1000"})
	m.settled("version 1", m.oneOff(photoPrint("1")), "requestedItems.0.lineItems.0.rate", "5")
	t.Equal("the rate is that of version 1, effective last", "5", m.charge(photoPrint("1")).At("requestedItems.0.lineItems.0.rate"))
	t.Equal("all three are listed", "3", fmt.Sprint(len(t.tablesOf(m.series, ""))))
	remove := func(query string) request {
		return t.admin(http.MethodDelete, t.provisioning("rate-tables")+"?"+query, "")
	}
	t.refused("DELETE version 3 without its series", 404, remove("version=3-"+url.QueryEscape(m.series)))
	t.refused("DELETE version 1, which is effective", 409, remove("version=1&series="+m.series))
	t.refused("DELETE version 2, which was effective", 409, remove("version=2&series="+m.series))
	t.refused("DELETE a version that does not exist", 404, remove("version=4&series="+m.series))
	t.refused("DELETE without a version", 400, remove("series="+m.series))
	t.Equal("all three are still there", "3", fmt.Sprint(len(t.tablesOf(m.series, ""))))
	t.refused("DELETE version 3, effective tomorrow", 204, remove("version=3&series="+m.series))
	t.Equal("two are left", "2", fmt.Sprint(len(t.tablesOf(m.series, ""))))
	t.refused("DELETE version 3 again", 404, remove("version=3&series="+m.series))

	// A table without series, with an item that nobody else prices.
	alone := unique("Item")
	version := unique("version")
	a := t.do(t.admin(http.MethodPost, t.provisioning("rate-tables"), fmt.Sprintf(`{"version":%s,"effectiveFrom":%d,"items":[{"name":%s,"rate":2}]}`, examination.Quote(version), now+hours(240), examination.Quote(alone))))
	t.Equal("POST a table without series", "201", fmt.Sprint(a.Status))
	t.refused("DELETE it with a series", 404, remove("series="+m.series+"&version="+version))
	t.refused("DELETE it without one", 204, remove("version="+version))
	seriesless := t.emptyMarket()
	b := seriesless.do(seriesless.admin(http.MethodPut, seriesless.lineItems(), strings.Replace(seriesless.body(sold{id: unique("ACT"), quantity: "10"}), seriesless.series, "", 1)))
	t.Equal("PUT a line item with an empty series", "201", fmt.Sprint(b.Status))
	result := seriesless.charge(item{name: "PhotoPrint", version: "1.0", count: "1", further: ""})
	t.Equal("tables of a series do not count for it", t.code(notPriced), result.At("requestedItems.0.status.code"))
}

func versionMatching(t *trial) {
	m := t.emptyMarket()
	m.publish(m.series, "1", published, `[{"name":"PhotoPrint","version":"1.0","rate":3},{"name":"Bare","rate":2},{"name":"Both","rate":5},{"name":"Both","version":"2","rate":6}]`)
	m.sell(sold{quantity: "1000"})
	for _, test := range []struct {
		what   string
		item   item
		status string
		tokens string
	}{
		{"PhotoPrint 1.0", photoPrint("1"), granted, "3"},
		{"PhotoPrint without a version", item{name: "PhotoPrint", count: "1"}, notPriced, "0"},
		{"PhotoPrint with an empty version", item{name: "PhotoPrint", count: "1", further: `"version":""`}, notPriced, "0"},
		{"PhotoPrint 1", item{name: "PhotoPrint", version: "1", count: "1"}, notPriced, "0"},
		{"photoprint 1.0", item{name: "photoprint", version: "1.0", count: "1"}, notPriced, "0"},
		{"Bare without a version", item{name: "Bare", count: "1"}, granted, "2"},
		{"Bare with an empty version", item{name: "Bare", count: "1", further: `"version":""`}, granted, "2"},
		{"Bare 1.0", item{name: "Bare", version: "1.0", count: "1"}, notPriced, "0"},
		{"Both without a version", item{name: "Both", count: "1"}, granted, "5"},
		{"Both 2", item{name: "Both", version: "2", count: "1"}, granted, "6"},
	} {
		a := m.charge(test.item)
		t.Equal(test.what, t.code(test.status), a.At("requestedItems.0.status.code"))
		t.Equal(test.what+", tokens", test.tokens, a.At("requestedItems.0.totalTokensCharged"))
	}
	m.wantUsed("18")
}

func formulas(t *trial) {
	m := t.emptyMarket()
	body := tableBody(m.series, "1", published, `[{"name":"Storage","formula":"MAX(1, CEILING.MATH(gigabytes / 10))"}]`)
	if t.is10() {
		t.refused("POST a table with a formula", 400, t.admin(http.MethodPost, t.provisioning("rate-tables"), body))
		t.Equal("nothing was written", "0", fmt.Sprint(len(t.tablesOf(m.series, ""))))
		return
	}
	t.expect("POST a table with a formula", 201, t.admin(http.MethodPost, t.provisioning("rate-tables"), body))
	m.sell(sold{quantity: "1000"})
	a := m.charge(item{name: "Storage", count: "2", further: `"variables":{"Gigabytes":25}`})
	t.Equal("the rate for 25 gigabytes", "3", a.At("requestedItems.0.lineItems.0.rate"))
	t.Equal("tokens for a count of 2", "6", a.At("requestedItems.0.totalTokensCharged"))
	a = m.charge(item{name: "Storage", count: "1"})
	t.Equal("without the variable there is no price", t.code(notComputable), a.At("requestedItems.0.status.code"))
	m.wantUsed("6")
}
