package restusage

import (
	"bytes"
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/parquet-go/parquet-go"

	"github.com/licensing-operator/licensing-operator/internal/authentication"
	"github.com/licensing-operator/licensing-operator/internal/usage"
	"github.com/licensing-operator/licensing-operator/internal/usage/export"
	"github.com/licensing-operator/licensing-operator/internal/usage/opaque"
	"github.com/licensing-operator/licensing-operator/internal/usage/sqlstore"
	"github.com/licensing-operator/licensing-operator/internal/usage/usagetest/postgres"
)

// confined are callers who see acme-eu only, each in its way.
func confined() map[string]func(*world, url.Values) {
	return map[string]func(*world, url.Values){
		"client": func(w *world, _ url.Values) { w.caller = oneInstance },
		"ServiceAccount": func(w *world, query url.Values) {
			w.caller, w.cluster.allowed = build, []string{"acme/acme-eu"}
			query.Set("instance", "acme-eu")
		},
	}
}

var sixteenDigits = regexp.MustCompile(`\b\d{16}\b`)

// told is everything that the API says of four own records, before each of which others have theirs. In place of each hidden position
// stands which one it is; shown are what they were.
func told(t *testing.T, others int, become func(*world, url.Values)) (answers map[string]string, shown []int64) {
	t.Helper()
	w := newWorld(t)
	for i := range 4 {
		var batch []usage.Record
		for n := range others {
			batch = append(batch, record([]string{"acme", "umbrella"}[n%2], "other", 1000*i+n))
		}
		batch = append(batch, record("acme", "acme-eu", i))
		for n := range batch {
			batch[n].Time = start.AddDate(0, i/2, 0) // two of its own in March, two in April
		}
		w.append(t, batch...)
	}
	base := url.Values{}
	become(w, base)
	with := func(parameters ...string) url.Values {
		query := url.Values{}
		for name, values := range base {
			query[name] = values
		}
		for i := 0; i < len(parameters); i += 2 {
			query.Set(parameters[i], parameters[i+1])
		}
		return query
	}
	answers, seen := map[string]string{}, []string{}
	tell := func(name string, answer *httptest.ResponseRecorder) {
		text := fmt.Sprint(answer.Code, answer.Header()[positionTrailer], answer.Body)
		answers[name] = sixteenDigits.ReplaceAllStringFunc(text, func(number string) string {
			if position, err := strconv.ParseInt(number, 10, 64); err != nil || !opaque.Is(position) {
				return number
			}
			if !slices.Contains(seen, number) {
				seen = append(seen, number)
			}
			return fmt.Sprint("position ", slices.Index(seen, number))
		})
	}
	page := w.list(t, with("limit", "1"))
	tell("page", w.get(t, "records", with("limit", "1")))
	tell("next page", w.get(t, "records", with("limit", "1", "after", fmt.Sprint(page.Next))))
	tell("records", w.get(t, "records", with()))
	tell("totals", w.get(t, "totals", with("instance", "acme-eu")))
	tell("ndjson", w.get(t, "export", with()))
	tell("csv", w.get(t, "export", with("format", "csv")))
	tell("rest", w.get(t, "export", with("after", fmt.Sprint(page.Next))))
	rows, err := readRows(w.get(t, "export", with("format", "parquet")).Body.Bytes())
	if err != nil {
		t.Fatal(err)
	}
	for i := range rows {
		rows[i].Position = int64(slices.Index(seen, fmt.Sprint(rows[i].Position)))
	}
	answers["parquet"] = fmt.Sprintf("%+v", rows)
	w.retain(t, time.April)
	tell("gone", w.get(t, "records", with("after", fmt.Sprint(page.Next))))
	tell("kept", w.get(t, "export", with()))
	tell("wrong", w.get(t, "records", with("after", "2")))
	if len(seen) != 4 {
		t.Fatalf("%d positions were shown, want those of 4 records: %q", len(seen), seen)
	}
	for _, number := range seen {
		position, err := strconv.ParseInt(number, 10, 64)
		if err != nil {
			t.Fatal(err)
		}
		shown = append(shown, position)
	}
	return answers, shown
}

func readRows(file []byte) ([]export.Row, error) {
	return parquet.Read[export.Row](bytes.NewReader(file), int64(len(file)))
}

func TestWhoSeesSingleInstancesCannotCountTheRecordsOfOthers(t *testing.T) {
	for who, become := range confined() {
		t.Run(who, func(t *testing.T) {
			alone, few := told(t, 0, become)
			among, many := told(t, 50, become)
			if diff := cmp.Diff(alone, among); diff != "" {
				t.Errorf("answers without others (-) and with 50 records of others before each (+):\n%s", diff)
			}
			for _, positions := range [][]int64{few, many} {
				for i, position := range positions[1:] {
					if distance := position - positions[i]; -1_000_000 < distance && distance < 1_000_000 {
						t.Errorf("positions %d and %d are %d apart", positions[i], position, distance)
					}
				}
			}
		})
	}
}

// stores are one of each kind, empty.
func stores(t *testing.T) map[string]usage.Store {
	t.Helper()
	cluster, err := postgres.Start(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := cluster.Remove(); err != nil {
			t.Error(err)
		}
	})
	address, err := cluster.NewDatabase(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	store, err := sqlstore.OpenPostgres(t.Context(), address, sqlstore.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := store.Close(); err != nil {
			t.Error(err)
		}
	})
	return map[string]usage.Store{"SQLite": newWorld(t).api.Store, "PostgreSQL": store}
}

// Two servers answer in turns, while own records and those of others are stored.
func TestWhoSeesSingleInstancesGetsEachRecordOnceByPagesAndByExports(t *testing.T) {
	for name, store := range stores(t) {
		t.Run(name, func(t *testing.T) {
			servers := [2]*world{newWorldOf(t, store), newWorldOf(t, store)}
			var own []string
			more := func(n int) {
				for range n {
					mine := record("acme", "acme-eu", len(own))
					servers[0].append(t, mine, record("acme", "other", len(own)), record("umbrella", "acme-eu", len(own)))
					own = append(own, mine.ID)
				}
			}
			for _, server := range servers {
				server.caller = oneInstance
			}
			more(20)
			var paged, exported []string
			page, after := listed{More: true}, "0"
			for turn := 0; page.More || len(exported) < len(own); turn++ {
				server := servers[turn%2]
				page = server.list(t, url.Values{"after": {fmt.Sprint(page.Next)}, "limit": {"7"}})
				paged = append(paged, page.ids()...)
				got := fetch(t, server.served(t)+"?format=parquet&limit=6&after="+after, nil)
				after = got.trailer.Get("Usage-Position")
				rows, err := readRows(got.body)
				if err != nil {
					t.Fatal(err)
				}
				for _, row := range rows {
					exported = append(exported, row.ID)
				}
				if turn < 5 {
					more(3)
				}
			}
			if diff := cmp.Diff([][]string{own, own}, [][]string{paged, exported}); diff != "" {
				t.Errorf("by pages and by exports (-want +got):\n%s", diff)
			}
			// An answer that has nothing says where to look later, as one that begins at 0 does.
			if empty := servers[0].list(t, url.Values{"after": {after}}); len(empty.Records) > 0 || fmt.Sprint(empty.Next) != after {
				t.Errorf("after the last record: %+v, want the next %s", empty, after)
			}
			for _, server := range servers {
				got := server.get(t, "records", url.Values{"after": {after}, "kind": {"Refund"}}).Body.String()
				if want := `{"records":[],"next":` + after + `,"more":false}` + "\n"; got != want {
					t.Errorf("%s, want %s", got, want)
				}
			}
			// Whoever sees all is shown the numbers themselves.
			servers[0].caller = administration
			for i, shown := range servers[0].list(t, url.Values{"limit": {"10000"}}).Records {
				if want := int64(1 + i*3/2); shown.Position != want { // each third one is of another producer
					t.Errorf("record %d is at position %d, want %d", i, shown.Position, want)
				}
			}
		})
	}
}

func TestAPositionThatACallerWasNotGivenIsRefused(t *testing.T) {
	w := newWorld(t)
	w.append(t, record("acme", "other", 0), record("acme", "acme-eu", 1), record("acme", "acme-eu", 2))
	w.caller = oneInstance
	given := fmt.Sprint(w.list(t, url.Values{"limit": {"1"}}).Next)
	for _, test := range []struct {
		caller authentication.Caller
		after  string
		ok     bool
	}{
		{oneInstance, "0", true},
		{oneInstance, given, true},
		{oneInstance, "1", false},
		{oneInstance, "2", false},
		{oneInstance, "4503599627370495", false},
		{oneInstance, "4503599627370496", false},
		{oneInstance, "9007199254740991", false},
		{oneInstance, "9007199254740992", false},
		{oneInstance, "9223372036854775807", false},
		{administration, given, false},
		{administration, "2", true},
		{administration, "9223372036854775807", true},
	} {
		w.caller = test.caller
		for _, path := range []string{"records", "export"} {
			answer := w.get(t, path, url.Values{"after": {test.after}})
			switch {
			case !test.ok:
				want(t, answer, http.StatusBadRequest, "Invalid", "query parameter 'after': "+test.after+" is none of the positions", "begin at 0")
			case answer.Code != http.StatusOK:
				t.Errorf("%s after %s by %s: %d %s", path, test.after, test.caller.Name, answer.Code, answer.Body)
			}
		}
	}
}

// keyless is a store of which the key of positions cannot be read, or is none.
type keyless struct {
	usage.Store

	err error
}

func (k keyless) PositionKey(context.Context) ([]byte, error) { return nil, k.err }

func TestWithoutTheKeyNoPositionIsShown(t *testing.T) {
	w := newWorld(t)
	w.append(t, record("acme", "acme-eu", 0))
	working := w.api.Store
	for _, err := range []error{nil, fmt.Errorf("read: %w", usage.ErrUnavailable)} {
		w.api.Store = keyless{working, err}
		for _, path := range []string{"records", "export", "totals"} {
			query := url.Values{"instance": {"acme-eu"}}
			w.caller = oneInstance
			want(t, w.get(t, path, query), http.StatusServiceUnavailable, "Unavailable", "try again")
			w.caller = administration
			if answer := w.get(t, path, query); answer.Code != http.StatusOK {
				t.Errorf("%s for who is shown all: %d %s", path, answer.Code, answer.Body)
			}
		}
	}
}
