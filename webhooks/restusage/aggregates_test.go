package restusage

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/licensing-operator/licensing-operator/internal/licensing"
	"github.com/licensing-operator/licensing-operator/internal/usage"
	usageclient "github.com/licensing-operator/licensing-operator/pkg/client/usage"
)

func TestSumsByDimensions(t *testing.T) {
	w := newWorld(t)
	for i, r := range []usage.Record{
		{Item: "b", Kind: usage.Charge, Tokens: 1_500_000}, {Item: "a", Kind: usage.Charge, Tokens: 333_333},
		{Item: "b", Kind: usage.Refund, Tokens: 500_000}, {Item: "c", Kind: usage.AutomaticCharge, Tokens: 7_000_000},
		{Item: "a", Kind: usage.Denial, Tokens: 9_000_000}, {Item: "d", Kind: usage.Provision, Units: 1_000_000},
	} {
		made := record("acme", "acme-eu", i)
		made.Item, made.Kind, made.Tokens, made.Units = r.Item, r.Kind, r.Tokens, r.Units
		made.Time = start.Add(time.Duration(i) * 12 * time.Hour)
		w.append(t, made.Sealed())
	}
	const zero = `"charged":0,"refunded":0,"used":0`
	for query, want := range map[string]string{
		"": `{"by":[],"buckets":[{"key":[],"records":6,"charged":8.833333,"refunded":0.5,"used":8.333333,"units":1}]}`,
		"by=item": `{"by":["item"],"buckets":[{"key":["a"],"records":2,"charged":0.333333,"refunded":0,"used":0.333333,"units":0},` +
			`{"key":["b"],"records":2,"charged":1.5,"refunded":0.5,"used":1,"units":0},` +
			`{"key":["c"],"records":1,"charged":7,"refunded":0,"used":7,"units":0},{"key":["d"],"records":1,` + zero + `,"units":1}]}`,
		"by=item&top=2": `{"by":["item"],"buckets":[{"key":["c"],"records":1,"charged":7,"refunded":0,"used":7,"units":0},` +
			`{"key":["b"],"records":2,"charged":1.5,"refunded":0.5,"used":1,"units":0}]}`,
		"by=day,kind&kind=Denial&kind=Provision": `{"by":["day","kind"],"buckets":[{"key":["2026-03-03T00:00:00Z","Denial"],"records":1,` + zero + `,"units":0},` +
			`{"key":["2026-03-04T00:00:00Z","Provision"],"records":1,` + zero + `,"units":1}]}`,
		"item=nothing&by=item": `{"by":["item"],"buckets":[]}`,
	} {
		values, err := url.ParseQuery(query)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(decoded(t, []byte(want)), decoded(t, w.get(t, "aggregates", values).Body.Bytes())); diff != "" {
			t.Errorf("%s (-want +got):\n%s", query, diff)
		}
	}
}

// A customer who takes much and gives it back, again and again, has sums that no account holds.
func TestSumsBeyondOneAmountAreExactAndHinderNobody(t *testing.T) {
	w := newWorld(t)
	w.append(t, record("acme", "acme-us", 0))
	for i := range 2 {
		made := record("acme", "acme-eu", i)
		made.Kind, made.Item, made.Tokens, made.LimitationID, made.Units = usage.Consumption, "", 0, "#prints", 8_000_000_000_000*licensing.Token+1
		w.append(t, made.Sealed())
	}
	const others = `{"key":["PhotoPrint"],"records":1,"charged":1,"refunded":0,"used":1,"units":0}`
	const mine = `{"key":[""],"records":2,"charged":0,"refunded":0,"used":0,"units":16000000000000.000002}`
	for query, want := range map[string]string{
		"by=item": `{"by":["item"],"buckets":[` + mine + `,` + others + `]}`, "by=item&instance=acme-us": `{"by":["item"],"buckets":[` + others + `]}`,
		"by=item&top=2": `{"by":["item"],"buckets":[` + others + `,` + mine + `]}`, // the most tokens first
	} {
		values, err := url.ParseQuery(query)
		if err != nil {
			t.Fatal(err)
		}
		answer := w.get(t, "aggregates", values)
		if diff := cmp.Diff(decoded(t, []byte(want)), decoded(t, answer.Body.Bytes())); answer.Code != http.StatusOK || diff != "" {
			t.Errorf("%s: %d (-want +got):\n%s", query, answer.Code, diff)
		}
		var read usageclient.UsageAggregates
		if err := json.Unmarshal(answer.Body.Bytes(), &read); err != nil {
			t.Errorf("%s: the client cannot read it: %v", query, err)
		} else if b := read.Buckets[0]; b.Key[0] == "" && b.Units != "16000000000000.000002" {
			t.Errorf("%s: the client reads %s", query, b.Units)
		}
	}
}

// decoded keeps numbers as they are written.
func decoded(t *testing.T, text []byte) (value any) {
	t.Helper()
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.UseNumber()
	if err := decoder.Decode(&value); err != nil {
		t.Fatalf("%v in %s", err, text)
	}
	return value
}

// bounded is a store that is asked for one aggregation after the other.
type bounded struct {
	usage.Store

	asked []usage.Aggregation
}

func (b *bounded) Aggregate(ctx context.Context, a usage.Aggregation) ([]usage.Bucket, error) {
	b.asked = append(b.asked, a)
	if a.Most > 0 {
		a.Most = 2 // in place of 10000
	}
	return b.Store.Aggregate(ctx, a)
}

func TestTheStoreIsToldHowManySumsAreAnswered(t *testing.T) {
	w := newWorld(t)
	for i := range 3 {
		made := record("acme", "acme-eu", i)
		made.Item = fmt.Sprint("item ", i)
		w.append(t, made)
	}
	store := &bounded{Store: w.api.Store}
	w.api.Store = store
	want(t, w.get(t, "aggregates", url.Values{"by": {"item"}}), http.StatusBadRequest, "Invalid", "more than the 2 sums that are possible", "narrow from and to")
	if answer := w.get(t, "aggregates", url.Values{"by": {"item"}, "top": {"10000"}}); answer.Code != http.StatusOK {
		t.Errorf("the top ones: %d %s", answer.Code, answer.Body)
	}
	type bound struct{ Most, Top int }
	var got []bound
	for _, a := range store.asked {
		got = append(got, bound{a.Most, a.Top})
	}
	if diff := cmp.Diff([]bound{{Most: 10_000}, {Top: 10_000}}, got); diff != "" {
		t.Errorf("what the store was asked (-want +got):\n%s", diff)
	}
}

func TestHowFastTokensAreUsed(t *testing.T) {
	at := time.Date(2026, 3, 10, 0, 0, 0, 0, time.UTC)
	never := time.Date(9999, 1, 1, 0, 0, 0, 0, time.UTC)
	for name, test := range map[string]struct {
		hours           int64
		used, available licensing.Tokens
		end             time.Time
		rate            licensing.Tokens
		lasts           time.Time
	}{
		"a day's worth in a day":       {24, 10 * licensing.Token, 20 * licensing.Token, never, 10 * licensing.Token, at.AddDate(0, 0, 2)},
		"a week":                       {168, 70 * licensing.Token, 35 * licensing.Token, never, 10 * licensing.Token, at.Add(84 * time.Hour)},
		"an hour":                      {1, licensing.Token, licensing.Token, never, 24 * licensing.Token, at.Add(time.Hour)},
		"nothing is used":              {24, 0, licensing.Token, never, 0, time.Time{}},
		"more came back than was used": {24, -licensing.Token, licensing.Token, never, 0, time.Time{}},
		"nothing is left":              {24, licensing.Token, 0, never, licensing.Token, at},
		"it lasts until the end":       {24, licensing.Token, 10 * licensing.Token, at.AddDate(0, 0, 10), licensing.Token, time.Time{}},
		"it ends before the end":       {24, licensing.Token, 10 * licensing.Token, at.AddDate(0, 0, 10).Add(1), licensing.Token, time.Time{}},
		"it has ended already":         {24, licensing.Token, licensing.Token, at.AddDate(0, 0, -1), licensing.Token, time.Time{}},
		"thirds are rounded down":      {72, 1, 1_000_000_000_000, at.AddDate(1, 0, 0), 0, time.Time{}},
		"more than can be counted":     {1, licensing.MaxTokens, licensing.MaxTokens, never, licensing.MaxTokens, at.Add(time.Hour)},
	} {
		w := window{to: at, hours: test.hours}
		if got := w.ratePerDay(test.used.Sum()); got != test.rate {
			t.Errorf("%s: %s a day, want %s", name, got, test.rate)
		}
		if got := w.lasts(test.available, test.used.Sum(), test.end); !got.Equal(test.lasts) {
			t.Errorf("%s: lasts until %s, want %s", name, got, test.lasts)
		}
	}
}
