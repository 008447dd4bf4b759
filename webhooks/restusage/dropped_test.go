package restusage

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"iter"
	"net/http"
	"net/url"
	"strconv"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/licensing-operator/licensing-operator/internal/usage"
)

// withDropped has five records of each of two instances in March, and four of acme-eu in April; March was dropped.
func withDropped(t *testing.T) *world {
	t.Helper()
	w := newWorld(t)
	for i := range 5 {
		w.append(t, record("acme", "acme-eu", i), record("acme", "acme-us", i))
	}
	for i := range 4 {
		kept := record("acme", "acme-eu", 10+i)
		kept.Time = kept.Time.AddDate(0, 1, 0)
		w.append(t, kept)
	}
	w.retain(t, time.April)
	return w
}

func (w *world) retain(t *testing.T, before time.Month) {
	t.Helper()
	if err := retain(t.Context(), w.api.Store, before); err != nil {
		t.Fatal(err)
	}
}

func retain(ctx context.Context, store usage.Store, before time.Month) error {
	return store.Retain(ctx, time.Date(2026, before, 1, 0, 0, 0, 0, time.UTC))
}

func TestWhoWouldPassOverDroppedRecordsIsTold(t *testing.T) {
	w := withDropped(t)
	for _, test := range []struct {
		after    string
		instance string
		from     string
		gone     bool
		want     int
	}{
		{after: "", want: 4},
		{after: "0", want: 4},
		{after: "1", gone: true},
		{after: "9", gone: true},
		{after: "10", want: 4},
		{after: "11", want: 3},
		{after: "8", instance: "acme-eu", gone: true},
		{after: "9", instance: "acme-eu", want: 4}, // position 10 is of the other one
		{after: "9", instance: "acme-us", gone: true},
		{after: "10", instance: "acme-us", want: 0},
		{after: "1", from: "2026-03-31T23:59:59Z", gone: true},
		{after: "1", from: "2026-04-01T00:00:00Z", want: 4},
	} {
		query := url.Values{}
		for name, value := range map[string]string{"after": test.after, "instance": test.instance, "from": test.from} {
			if value != "" {
				query.Set(name, value)
			}
		}
		for _, operation := range []string{"records", "export"} {
			answer := w.get(t, operation, query)
			if test.gone {
				want(t, answer, http.StatusGone, "RecordsDropped", "'after': records after position "+test.after+" were dropped", "usage.retention", "2026-04-01T00:00:00Z")
				continue
			}
			if got := bytes.Count(answer.Body.Bytes(), []byte(`"position":`)); answer.Code != http.StatusOK || got != test.want {
				t.Errorf("%s %v: %d with %d records, want %d", operation, query, answer.Code, got, test.want)
			}
		}
	}
}

func TestWhoAsksForNothingThatIsKeptGoesOnBehindWhatWasDropped(t *testing.T) {
	w := withDropped(t)
	query := url.Values{"after": {"3"}, "to": {"2026-04-01T00:00:00Z"}}
	want(t, w.get(t, "records", query), http.StatusGone, "RecordsDropped", "none from then on is asked for", "go on with after=10")
	query.Set("after", "10")
	if page := w.list(t, query); len(page.Records) != 0 || page.More {
		t.Errorf("%+v", page)
	}
}

// dropping is a store from which months are dropped in the middle of what is read for the nth time.
type dropping struct {
	usage.Store

	at     int
	before time.Month
}

func (d *dropping) Records(ctx context.Context, query usage.Query) iter.Seq2[usage.Record, error] {
	d.at--
	return func(yield func(usage.Record, error) bool) {
		first := d.at == 0
		for record, err := range d.Store.Records(ctx, query) {
			if first {
				err = errors.Join(err, retain(ctx, d.Store, d.before))
			}
			first = false
			if !yield(record, err) {
				return
			}
		}
	}
}

// cutOff makes an export in the middle of which everything before April is dropped. It gives how many records came.
func (w *world) cutOff(t *testing.T) (records int) {
	t.Helper()
	stored := w.api.Store
	w.api.Store = &dropping{Store: stored, at: 2, before: time.April}
	response, err := http.Get(w.served(t))
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err == nil || response.Trailer.Get("Usage-Position") != "" {
		t.Errorf("%d bytes came, error %v, trailer %v", len(body), err, response.Trailer)
	}
	w.api.Store = stored
	return bytes.Count(body, []byte("\n"))
}

func TestAnExportIsCutOffWhereRecordsAreDroppedMeanwhile(t *testing.T) {
	w := newWorld(t)
	w.appendMany(t, 2500, nil)
	april := record("acme", "acme-eu", 2500)
	april.Time = april.Time.AddDate(0, 1, 0)
	w.append(t, april)
	last := w.cutOff(t)
	want(t, w.get(t, "export", url.Values{"after": {strconv.Itoa(last)}}), http.StatusGone, "RecordsDropped")
}

func TestAnExportThatBeginsWhileRecordsAreDroppedBeginsAtWhatThereIs(t *testing.T) {
	w := newWorld(t)
	w.appendMany(t, 500, nil) // more than the store reads at once
	april := record("acme", "acme-eu", 500)
	april.Time = april.Time.AddDate(0, 1, 0)
	w.append(t, april)
	w.api.Store = &dropping{Store: w.api.Store, at: 1, before: time.April}
	if diff := cmp.Diff([]string{april.ID}, w.list(t, url.Values{"limit": {"1000"}}).ids()); diff != "" {
		t.Errorf("records (-want +got):\n%s", diff)
	}
}

func TestSumsSayWhereMonthsAreMissing(t *testing.T) {
	w := withDropped(t)
	for _, test := range []struct {
		query url.Values
		want  string
	}{
		{url.Values{}, "2026-04-01T00:00:00Z"},
		{url.Values{"from": {"2026-03-31T23:00:00Z"}}, "2026-04-01T00:00:00Z"},
		{url.Values{"from": {"2026-04-01T00:00:00Z"}}, ""},
		{url.Values{"instance": {"other"}}, ""}, // of which nothing was dropped
	} {
		var answer struct{ KeptFrom string }
		body := w.get(t, "aggregates", test.query).Body.Bytes()
		if err := json.Unmarshal(body, &answer); err != nil || answer.KeptFrom != test.want {
			t.Errorf("%v: %s, want that all is there from %q", test.query, body, test.want)
		}
	}
}
