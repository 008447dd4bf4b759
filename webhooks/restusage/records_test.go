package restusage

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/licensing-operator/licensing-operator/internal/licensing"
	"github.com/licensing-operator/licensing-operator/internal/usage"
)

// filter is a parameter, its values, and the value that a record has.
type filter struct {
	name   string
	values []string
	of     func(usage.Record) string
}

// texts have what a list in a query, SQL or JSON is separated by.
var texts = []string{"plain", "a,b", "x' OR '1'='1", `"; DROP TABLE usage_records; --`, "%", "ä & ö=ü+#", " blank "}

var selectors = []filter{
	{"kind", []string{"Charge", "Refund", "Denial", "Provision"}, func(r usage.Record) string { return string(r.Kind) }},
	{"reason", texts, func(r usage.Record) string { return r.Reason }},
	{"lineItem", texts, func(r usage.Record) string { return r.ActivationID }},
	{"item", texts, func(r usage.Record) string { return r.Item }},
	{"requester", texts, func(r usage.Record) string { return r.RequesterValue }},
	{"session", texts, usage.Record.Session},
	{"transactionId", []string{"t-0", "t-1", "t-2", "t-3", "t-4"}, func(r usage.Record) string { return r.TransactionID }},
	{"correlationId", texts, func(r usage.Record) string { return r.CorrelationID }},
	{"limitation", texts, func(r usage.Record) string { return r.LimitationID }},
	{"instance", []string{"acme-eu", "acme-us"}, func(r usage.Record) string { return r.Instance }},
	{"instanceId", []string{mine, yours}, func(r usage.Record) string {
		for id, name := range objects {
			if name == r.Instance {
				return id
			}
		}
		return ""
	}},
}

func randomRecords(random *rand.Rand, n int) []usage.Record {
	pick := func(values []string) string { return values[random.IntN(len(values))] }
	made := make([]usage.Record, n)
	for i := range made {
		r := record("acme", pick([]string{"acme-eu", "acme-us", "other"}), i)
		r.TransactionID = fmt.Sprintf("t-%d", i)
		r.ID = r.TransactionID + "/0"
		r.Kind = usage.Kind(pick(selectors[0].values))
		r.Reason, r.ActivationID, r.Item, r.RequesterValue = pick(texts), pick(texts), pick(texts), pick(texts)
		r.CorrelationID, r.LimitationID = pick(texts), pick(texts)
		r.SubjectKind, r.SubjectUID = "Session", pick(texts)
		r.SubjectName = "name of " + r.SubjectUID
		r.Tokens = licensing.Tokens(random.Int64N(10_000_000))
		made[i] = r.Sealed()
	}
	return made
}

// A client gets what its filters select of its own instances, and nothing else, whatever it asks for.
func TestEveryCombinationOfFilters(t *testing.T) {
	random := rand.New(rand.NewPCG(3, 4)) //nolint:gosec // it must be the same each time
	w := newWorld(t)
	all := randomRecords(random, 300)
	w.append(t, all...)
	w.caller = twoInstances
	found := 0
	for range 150 {
		query := url.Values{"limit": {"10000"}}
		selected := slices.DeleteFunc(slices.Clone(all), func(r usage.Record) bool { return r.Instance == "other" })
		keep := func(keeps func(usage.Record) bool) {
			selected = slices.DeleteFunc(selected, func(r usage.Record) bool { return !keeps(r) })
		}
		for range 1 + random.IntN(3) {
			filter := selectors[random.IntN(len(selectors))]
			values := filter.values[:1+random.IntN(len(filter.values))]
			if query.Has(filter.name) {
				continue
			}
			query[filter.name] = values
			keep(func(r usage.Record) bool { return slices.Contains(values, filter.of(r)) })
		}
		if random.IntN(2) == 0 {
			from, to := start.Add(time.Duration(random.IntN(300))*time.Minute), start.Add(time.Duration(random.IntN(300))*time.Minute+300*time.Minute)
			query.Set("from", from.Format(time.RFC3339))
			query.Set("to", to.In(time.FixedZone("", 7200)).Format(time.RFC3339))
			keep(func(r usage.Record) bool { return !r.Time.Before(from) && r.Time.Before(to) })
		}
		wanted := []string{}
		for _, r := range selected {
			wanted = append(wanted, r.ID)
		}
		found += len(wanted)
		if diff := cmp.Diff(wanted, w.list(t, query).ids()); diff != "" {
			t.Fatalf("%s (-want +got):\n%s", query.Encode(), diff)
		}
		w.addsUp(t, query, selected)
	}
	if found < 400 {
		t.Errorf("all filters together found %d records", found)
	}
}

// addsUp wants the sum over what the filters select to be that of the records.
func (w *world) addsUp(t *testing.T, query url.Values, selected []usage.Record) {
	t.Helper()
	query.Del("limit")
	answer := w.get(t, "aggregates", query)
	var sums struct {
		Buckets []struct {
			Records       int
			Used, Charged json.Number
		}
	}
	if err := json.Unmarshal(answer.Body.Bytes(), &sums); err != nil || answer.Code != http.StatusOK {
		t.Fatalf("%d %s", answer.Code, answer.Body)
	}
	var used, charged licensing.Tokens
	for _, r := range selected {
		used += r.Used()
		charged += max(0, r.Used())
	}
	if len(selected) == 0 && len(sums.Buckets) == 0 {
		return
	}
	got := sums.Buckets[0]
	if len(sums.Buckets) != 1 || got.Records != len(selected) || got.Used.String() != used.String() || got.Charged.String() != charged.String() {
		t.Fatalf("%s: %s, want %d records, used %s, charged %s", query.Encode(), answer.Body, len(selected), used, charged)
	}
}

func TestPagesHaveEverythingOnceWhileRecordsAreAppended(t *testing.T) {
	w := newWorld(t)
	next := 0
	more := func(n int) {
		var batch []usage.Record
		for range n {
			batch = append(batch, record("acme", "acme-eu", next))
			next++
		}
		w.append(t, batch...)
	}
	more(10)
	var ids []string
	var after int64
	for pages := 0; ; pages++ {
		page := w.list(t, url.Values{"after": {strconv.FormatInt(after, 10)}, "limit": {"7"}})
		ids = append(ids, page.ids()...)
		if page.Next < after || len(page.Records) > 0 && page.Next != page.Records[len(page.Records)-1].Position {
			t.Fatalf("next is %d after %d: %v", page.Next, after, page)
		}
		if page.More != (len(ids) < next) {
			t.Fatalf("more is %t, and %d of %d records were seen", page.More, len(ids), next)
		}
		if !page.More && pages > 20 {
			break
		}
		after = page.Next
		if pages < 20 {
			more(5)
		}
	}
	if len(ids) != next || len(slices.Compact(slices.Sorted(slices.Values(ids)))) != next {
		t.Errorf("%d records were seen, %d are there", len(ids), next)
	}
}

func TestAnEmptyPageSaysWhereToGoOn(t *testing.T) {
	w := newWorld(t)
	for _, after := range []string{"0", "17", "9223372036854775807"} {
		answer := w.get(t, "records", url.Values{"after": {after}})
		if got, want := answer.Body.String(), `{"records":[],"next":`+after+`,"more":false}`+"\n"; got != want {
			t.Errorf("after %s: %s, want %s", after, got, want)
		}
	}
}

func TestRecordsAreWrittenAsTheContractSays(t *testing.T) {
	w := newWorld(t)
	r := record("acme", "acme-eu", 0)
	r.Tokens, r.Units, r.MetaData, r.Item = 9_223_372_036_854_775_807, -1_500_000, json.RawMessage(`{"a": 1.50}`), `<"ä">`
	w.append(t, r.Sealed())
	want := `{"records":[{"id":"acme-acme-eu-0/0","position":1,"transactionId":"acme-acme-eu-0","sequence":1,"kind":"Charge","reason":"Granted",` +
		`"time":"2026-03-01T12:00:00.000Z","namespace":"acme","instance":"acme-eu","requesterType":"user","requesterValue":"lisa","activationId":"abc",` +
		`"item":"<\"ä\">","version":"1","count":1,"rate":1,"tokens":9223372036854.775807,"units":-1.5,"metaData":{"a":1.50},"seal":"` + r.Sealed().Seal + `"}` +
		"\n],\"next\":1,\"more\":false}\n"
	if diff := cmp.Diff(want, w.get(t, "records", nil).Body.String()); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}
