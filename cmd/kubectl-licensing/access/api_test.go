package access

import (
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	testingclock "k8s.io/utils/clock/testing"

	"github.com/licensing-operator/licensing-operator/internal/licensing"
	"github.com/licensing-operator/licensing-operator/internal/usage"
)

// serving gives the API of a server that answers as the handler does.
func serving(t *testing.T, handler http.HandlerFunc) *API {
	t.Helper()
	server := httptest.NewServer(handler)
	t.Cleanup(server.Close)
	base, err := baseURL(server.URL+"/behind/a/proxy", "example-producer")
	if err != nil {
		t.Fatal(err)
	}
	api := &API{base: base, token: "secret", client: server.Client(), clock: eager{testingclock.NewFakeClock(time.Time{})}, close: func() {}}
	t.Cleanup(api.Close)
	return api
}

// eager is a clock on which every pause is over at once.
type eager struct{ *testingclock.FakeClock }

func (eager) After(time.Duration) <-chan time.Time {
	over := make(chan time.Time)
	close(over)
	return over
}

func collect(t *testing.T, api *API, query usage.Query) (records []usage.Record, err error) {
	t.Helper()
	for record, err := range api.Records(t.Context(), query) {
		if err != nil {
			return records, err
		}
		records = append(records, record)
	}
	return records, nil
}

func TestRecordsAreAskedForAsTheQuerySays(t *testing.T) {
	var asked *http.Request
	api := serving(t, func(w http.ResponseWriter, r *http.Request) {
		asked = r
		w.Header().Set("Trailer", positionTrailer)
		fmt.Fprintln(w, `{"id":"t/0","position":7,"transactionId":"t","kind":"Charge","time":"2026-11-21T14:44:12.000Z","tokens":"29.333333","metaData":{"a":1}}`)
		w.Header().Set(positionTrailer, "7")
	})
	records, err := collect(t, api, usage.Query{
		Instances: []string{"acme"}, Sessions: []string{"s"}, Requesters: []string{"Lisa & Max"}, TransactionIDs: []string{"t", "u"}, After: 6,
		From: time.Date(2026, 11, 1, 0, 0, 0, 0, time.FixedZone("", 3600)),
	})
	if err != nil || len(records) != 1 || records[0].Tokens != 29_333_333 || records[0].Position != 7 || string(records[0].MetaData) != `{"a":1}` {
		t.Errorf("%v %+v", err, records)
	}
	const want = "/behind/a/proxy/namespaces/example-producer/usage/v1/export?after=6&format=ndjson&from=2026-10-31T23%3A00%3A00Z" +
		"&instance=acme&requester=Lisa+%26+Max&session=s&transactionId=t&transactionId=u"
	if got := asked.URL.String(); got != want || asked.Header.Get("Authorization") != "Bearer secret" {
		t.Errorf("asked for %s, want %s", got, want)
	}
}

func TestAPartOfTheRecordsIsNeverTakenForAll(t *testing.T) {
	for what, end := range map[string]func(http.ResponseWriter){
		"the server cuts the connection":      func(http.ResponseWriter) { panic(http.ErrAbortHandler) },
		"a proxy ends the answer as a whole":  func(http.ResponseWriter) {},
		"half a record is the last of them":   func(w http.ResponseWriter) { fmt.Fprint(w, `{"id":"u`); w.Header().Set(positionTrailer, "8") },
		"something else than a record is the": func(w http.ResponseWriter) { fmt.Fprint(w, `oops`); w.Header().Set(positionTrailer, "8") },
	} {
		api := serving(t, func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Trailer", positionTrailer)
			fmt.Fprintln(w, `{"id":"t/0","position":7}`)
			w.(http.Flusher).Flush() //nolint:forcetypeassert // it is one
			end(w)
		})
		if records, err := collect(t, api, usage.Query{}); !errors.Is(err, ErrCutOff) || len(records) != 1 {
			t.Errorf("%s: %d records and %v", what, len(records), err)
		}
	}
}

func TestACallIsRepeatedForAsLongAsTheServerAsksForIt(t *testing.T) {
	calls := 0
	busy := func(until int) *API {
		calls = 0
		return serving(t, func(w http.ResponseWriter, _ *http.Request) {
			if calls++; calls < until {
				w.Header().Set("Retry-After", "1")
				w.Header().Set("X-Request-Id", "abc")
				w.WriteHeader(http.StatusServiceUnavailable)
				fmt.Fprint(w, `{"error":"the usage store is not available","reason":"Unavailable"}`)
				return
			}
			fmt.Fprint(w, `{"records":3,"sequence":2,"position":9,"used":[{"activationId":"A","tokens":9007199254740.993001}],"allocations":[],`+
				`"limitations":[{"activationId":"A","limitationId":"calls","balance":1.5,"period":2,"periodStart":"2026-11-01T00:00:00.000Z"}]}`)
		})
	}
	totals, err := busy(attempts).Totals(t.Context(), usage.Account{Instance: "acme"})
	if err != nil || totals.Used["A"] != 9_007_199_254_740_993_001 || totals.Records != 3 || totals.Sequence != 2 || totals.Position != 9 {
		t.Errorf("%v %+v", err, totals)
	}
	calls2 := totals.Units[usage.LimitationKey{ActivationID: "A", LimitationID: "calls"}]
	if want := (licensing.Balance{Consumed: 1_500_000, Period: 2, LastReset: time.Date(2026, 11, 1, 0, 0, 0, 0, time.UTC)}); calls2 != want {
		t.Errorf("%+v, want %+v", calls2, want)
	}
	_, err = busy(attempts+1).Totals(t.Context(), usage.Account{})
	if refused := (*RefusedError)(nil); !errors.As(err, &refused) || refused.Status != http.StatusServiceUnavailable || calls != attempts {
		t.Fatalf("%v after %d calls", err, calls)
	}
	if want := "the REST API answers 503 Service Unavailable: the usage store is not available (request abc)"; err.Error() != want {
		t.Errorf("%q, want %q", err, want)
	}
}

func TestSumsAreReadToTheLastDigit(t *testing.T) {
	var asked *http.Request
	answer := `{"by":["month","lineItem"],"buckets":[{"key":["2026-11-01T00:00:00Z","A"],"records":3,"charged":99007199254740.993001,"refunded":0.5,"used":99007199254740.493001,"units":-1.5}]}`
	api := serving(t, func(w http.ResponseWriter, r *http.Request) {
		asked = r
		fmt.Fprint(w, answer)
	})
	aggregation := usage.Aggregation{Query: usage.Query{Instances: []string{"acme"}, After: 6}, By: []usage.Dimension{usage.ByMonth, usage.ByLineItem}, Top: 7}
	buckets, err := api.Aggregate(t.Context(), aggregation)
	want := []usage.Bucket{{Key: []string{"2026-11-01T00:00:00Z", "A"}, Records: 3, Charged: licensing.SumOf(99_007_199_254_740, 993_001), Refunded: licensing.SumOf(0, 500_000), Units: licensing.SumOf(-1, -500_000)}}
	if diff := cmp.Diff(want, buckets); err != nil || diff != "" {
		t.Errorf("%v (-want +got)\n%s", err, diff)
	}
	const url = "/behind/a/proxy/namespaces/example-producer/usage/v1/aggregates?by=month%2ClineItem&instance=acme&top=7"
	if got := asked.URL.String(); got != url {
		t.Errorf("asked for %s, want %s", got, url)
	}
	for _, answer = range []string{`{"buckets":[{"key":["A"]}]}`, `{"buckets":[{"key":["",""],"charged":1e99}]}`, `{"buckets":`} {
		if _, err := api.Aggregate(t.Context(), aggregation); err == nil {
			t.Errorf("%s is taken for sums", answer)
		}
	}
}

func TestSinceWhenNothingWasDroppedIsAskedForWhatIsAskedFor(t *testing.T) {
	var asked *http.Request
	answer := `{"by":[],"buckets":[{"key":[],"records":3,"charged":1,"refunded":0,"used":1,"units":0}],"keptFrom":"2026-10-01T00:00:00Z"}`
	api := serving(t, func(w http.ResponseWriter, r *http.Request) {
		asked = r
		fmt.Fprint(w, answer)
	})
	query := usage.Query{Instances: []string{"acme"}, From: time.Date(2026, 9, 1, 0, 0, 0, 0, time.UTC)}
	for _, want := range []time.Time{time.Date(2026, 10, 1, 0, 0, 0, 0, time.UTC), {}} {
		if got, err := api.KeptFrom(t.Context(), query); err != nil || !got.Equal(want) || got.IsZero() != want.IsZero() {
			t.Errorf("%v %s, want %s", err, got, want)
		}
		answer = `{"by":[],"buckets":[]}`
	}
	const url = "/behind/a/proxy/namespaces/example-producer/usage/v1/aggregates?from=2026-09-01T00%3A00%3A00Z&instance=acme"
	if got := asked.URL.String(); got != url {
		t.Errorf("asked for %s, want %s", got, url)
	}
	answer = `{"keptFrom":`
	if _, err := api.KeptFrom(t.Context(), query); err == nil {
		t.Error("half an answer is taken for one")
	}
}

func TestARefusalIsFinal(t *testing.T) {
	calls := 0
	api := serving(t, func(w http.ResponseWriter, _ *http.Request) {
		calls++
		w.Header().Set("Retry-After", "1")
		http.Error(w, "not yours", http.StatusForbidden)
	})
	if _, err := collect(t, api, usage.Query{}); err == nil || calls != 1 {
		t.Errorf("%v after %d calls", err, calls)
	}
}
