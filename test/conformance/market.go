package conformance

import (
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/licensing-operator/licensing-operator/test/conformance/examination"
)

// The published price list.
const publicationApps = `[{"name":"PhotoPrint","version":"1.0","rate":3},{"name":"SignPrint","version":"1.0","rate":4},{"name":"CADPrint","version":"2.0","rate":7}]`

const (
	published int64 = 1698849852000
	// permanent is what published clients write for no end.
	permanent int64 = 253402300799999
)

// market is an instance of a customer of its own, with a price list of its own and what the customer bought.
type market struct {
	*trial
	series, account, instance string
	// bought are the activation ids, in the order given.
	bought []string
}

// sold is a line item. What is left out is as in the published example, without an end.
type sold struct {
	id, quantity, state, series string
	start, end                  int64
	inelastic                   bool
	// overdraft is further attributes, as JSON.
	overdraft string
}

// item is what a client asks for. Counts are written as given.
type item struct{ name, version, count, further string }

func photoPrint(count string) item { return item{"PhotoPrint", "1.0", count, ""} }
func cadPrint(count string) item   { return item{"CADPrint", "2.0", count, ""} }
func photoAlbum(count string) item { return item{"PhotoAlbum", "1.0", count, ""} }

// theSet is what the published examples ask for: 30 + 14 tokens.
func theSet() []item { return []item{photoPrint("10"), cadPrint("2")} }

// market makes one that sells by the published price list.
func (t *trial) market(items ...sold) *market {
	m := t.emptyMarket()
	m.publish(m.series, "1", published, publicationApps)
	for _, item := range items {
		m.sell(item)
	}
	return m
}

// emptyMarket has an instance and nothing to sell.
func (t *trial) emptyMarket() *market {
	m := &market{trial: t, series: unique("series"), account: unique("account")}
	m.instance = m.createInstance(m.account+"-def-inst", m.account)
	return m
}

func (t *trial) admin(method, path, body string) request {
	return request{method: method, path: path, token: t.adminToken(), body: body}
}

// client is a request of the customer's application.
func (m *market) client(method, path, body string) request {
	return request{method: method, path: path, token: m.clientToken(m.instance), instance: m.instance, body: body}
}

func (t *trial) createInstance(shortName, account string) string {
	a := t.do(t.admin(http.MethodPost, t.provisioning("instances"), instanceBody(shortName, account)))
	t.Need(a.Status == http.StatusOK || a.Status == http.StatusCreated, "an instance is created, status %d", a.Status)
	return a.String("id")
}

func instanceBody(shortName, account string) string {
	return fmt.Sprintf(`{"shortName":%s,"accountId":%s}`, examination.Quote(shortName), examination.Quote(account))
}

func tableBody(series, version string, effectiveFrom int64, items string) string {
	return fmt.Sprintf(`{"series":%s,"version":%s,"effectiveFrom":%d,"items":%s}`, examination.Quote(series), examination.Quote(version), effectiveFrom, items)
}

func (t *trial) publish(series, version string, effectiveFrom int64, items string) {
	a := t.do(t.admin(http.MethodPost, t.provisioning("rate-tables"), tableBody(series, version, effectiveFrom, items)))
	t.Need(a.Status == http.StatusCreated, "a rate table is created, status %d", a.Status)
}

func (m *market) lineItems(id ...string) string {
	return m.provisioning(append([]string{"instances", m.instance, "line-items"}, id...)...)
}

// body is the line item as a client writes it.
func (m *market) body(s sold) string {
	state, series, start, end := s.state, s.series, s.start, s.end
	if state == "" {
		state = "DEPLOYED"
	}
	if series == "" {
		series = m.series
	}
	if start == 0 {
		start = 1695772800000
	}
	if end == 0 {
		end = permanent
	}
	attributes := fmt.Sprintf(`"elastic":%t,"rateTableSeries":%s`, !s.inelastic, examination.Quote(series))
	if s.overdraft != "" {
		attributes += "," + s.overdraft
	}
	return fmt.Sprintf(`{"activationId":%s,"state":%s,"quantity":%s,"start":%d,"end":%d,"attributes":{%s}}`,
		examination.Quote(s.id), examination.Quote(state), s.quantity, start, end, attributes)
}

// sell puts a line item and returns its activation id.
func (m *market) sell(s sold) string {
	if s.id == "" {
		s.id = unique("ACT")
	}
	a := m.do(m.admin(http.MethodPut, m.lineItems(), m.body(s)))
	m.Need(a.Status == http.StatusOK || a.Status == http.StatusCreated, "a line item is put, status %d", a.Status)
	m.bought = append(m.bought, s.id)
	return s.id
}

// settled waits until every replica knows what was changed before: a dry run of the request gives the value. What is sold
// is sold at once everywhere; what is taken away, a replica may still sell for a moment.
func (m *market) settled(what string, r request, path, want string) {
	for replica := range m.run.target.BaseURLs {
		m.eventually(what+" is known to every replica", func() bool {
			return m.do(dry(r).on(replica+1)).At(path) == want
		})
	}
}

// refusing is settled for an item that is to be refused.
func (m *market) refusing(dictionary string, i item, status string) {
	m.settled("the refusal of "+i.name+" × "+i.count, m.oneOffBy(dictionary, i), "requestedItems.0.status.code", m.code(status))
}

// paying is settled for the line item that pays for PhotoPrint.
func (m *market) paying(index int, id string) {
	m.settled("line item "+id, m.oneOff(photoPrint("1")), fmt.Sprintf("requestedItems.0.lineItems.%d.activationId", index), examination.Quote(id))
}

// used is what is used of a line item.
func (m *market) used(id string) string {
	a := m.do(m.admin(http.MethodGet, m.lineItems(id), ""))
	m.Need(a.Status == http.StatusOK, "the line item is read, status %d", a.Status)
	return a.At("used")
}

func (m *market) usedAmount(id string) amount {
	used, err := parseAmount(m.used(id))
	m.Need(err == nil, "used is a plain decimal: %v; without that", err)
	return used
}

// wantUsed checks what is used of the line items, in the order in which they were bought.
func (m *market) wantUsed(want ...string) {
	for i, w := range want {
		m.Equal(fmt.Sprintf("used of line item %d", i+1), w, m.used(m.bought[i]))
	}
}

func requester(dictionary string) string {
	if dictionary == "" {
		return `{"type":"user","value":"LisaBarry"}`
	}
	return `{"type":"user","value":"LisaBarry","dictionary":` + dictionary + `}`
}

func itemsBody(versionField string, items []item) string {
	var lines []string
	for _, i := range items {
		line := fmt.Sprintf(`{"item":%s,"count":%s`, examination.Quote(i.name), i.count)
		if i.version != "" {
			line += fmt.Sprintf(`,"%s":%s`, versionField, examination.Quote(i.version))
		}
		if i.further != "" {
			line += "," + i.further
		}
		lines = append(lines, line+"}")
	}
	return "[" + strings.Join(lines, ",") + "]"
}

// oneOff is a one-off request. The published samples write requestedVersion.
func (m *market) oneOff(items ...item) request { return m.oneOffBy("", items...) }

func (m *market) oneOffBy(dictionary string, items ...item) request {
	field := "version"
	if m.is10() {
		field = "requestedVersion"
	}
	body := fmt.Sprintf(`{"requester":%s,"requestedItems":%s}`, requester(dictionary), itemsBody(field, items))
	return m.client(http.MethodPost, m.elastic(m.instance), body)
}

// charge does a one-off request that is not what the case is about.
func (m *market) charge(items ...item) answer {
	a := m.do(m.oneOff(items...))
	m.Need(a.Status == http.StatusOK, "a one-off request is answered with 200, not %d", a.Status)
	return a
}

func accessBody(rollback bool, items ...item) string {
	return fmt.Sprintf(`{"requester":%s,"requestedItems":%s,"rollbackOnDeny":%t}`, requester(""), itemsBody("version", items), rollback)
}

// put is a session's access request that keeps the session when it is denied.
func (m *market) put(session string, items ...item) request {
	return m.client(http.MethodPut, m.sessions(session), accessBody(true, items...))
}

// open creates a session.
func (m *market) open() string {
	a := m.do(m.client(http.MethodPost, m.sessions(), fmt.Sprintf(`{"instanceId":%s}`, examination.Quote(m.instance))))
	m.Need(a.Status == http.StatusOK, "a session is created, status %d", a.Status)
	return a.String("sessionId")
}

// session reads a session.
func (m *market) session(id string) answer {
	a := m.do(m.client(http.MethodGet, m.sessions(id), ""))
	m.Need(a.Status == http.StatusOK, "the session is read, status %d", a.Status)
	return a
}

// close closes a session that the case is not about any more.
func (m *market) close(id string) {
	a := m.do(m.client(http.MethodDelete, m.sessions(id), ""))
	m.Need(a.Status == http.StatusNoContent, "the session is closed, status %d", a.Status)
}

func hours(n int) int64 { return int64(n) * time.Hour.Milliseconds() }
