package restusage

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/licensing-operator/licensing-operator/internal/usage"
)

// follower reads part by part, and does what it is told where records were dropped.
type follower struct {
	*world
	*testing.T

	operation string
	query     url.Values
	// aside is what it asks for besides until it has read up to a position; nil if it asks as ever.
	aside url.Values
	upTo  int64
	after int64
	seen  []string
	told  int
}

var advice = regexp.MustCompile(`go on with after=(\d+)(?: and from=(\S+) up to position (\d+).* behind it with after=(\d+) as before)?`)

// next tells whether there may be more.
func (f *follower) next() (more bool) {
	f.Helper()
	query := maps.Clone(f.query)
	maps.Copy(query, f.aside)
	query.Set("after", strconv.FormatInt(f.after, 10))
	answer := f.get(f.T, f.operation, query)
	if answer.Code == http.StatusGone {
		f.obey(answer.Body.String())
		return true
	}
	if answer.Code != http.StatusOK {
		f.Fatalf("%v: %d %s", query, answer.Code, answer.Body)
	}
	part := f.part(answer.Body.Bytes())
	for _, record := range part.Records {
		if f.aside != nil && record.Position > f.upTo {
			part.More = false
			break
		}
		f.seen, f.after = append(f.seen, record.ID), record.Position
	}
	if f.aside != nil && !part.More {
		f.aside, f.after = nil, f.upTo
		return true
	}
	return part.More
}

func (f *follower) obey(text string) {
	f.Helper()
	said := advice.FindStringSubmatch(text)
	if said == nil {
		f.Fatalf("it is not said how to go on: %s", text)
	}
	f.told++
	f.after, f.aside = f.number(said[1]), nil
	if said[2] != "" {
		f.aside, f.upTo = url.Values{"from": {said[2]}}, f.number(said[3])
	}
}

func (f *follower) number(text string) int64 {
	f.Helper()
	number, err := strconv.ParseInt(text, 10, 64)
	if err != nil {
		f.Fatal(err)
	}
	return number
}

// part is a page, or an export that a limit bounds.
func (f *follower) part(body []byte) (part listed) {
	f.Helper()
	if f.operation == "export" {
		lines := bytes.Split(bytes.TrimSpace(body), []byte("\n"))
		part.More = strconv.Itoa(len(lines)) == f.query.Get("limit")
		body = slices.Concat([]byte(`{"records":[`), bytes.Join(lines, []byte(",")), []byte("]}"))
	}
	if err := json.Unmarshal(body, &part); err != nil {
		f.Fatalf("%v in %s", err, body)
	}
	return part
}

// Kept records stand before those that were dropped: another instance's, and one that came late behind all there are.
func TestWhoWasToldGoesOnWhereNothingIsLeftOut(t *testing.T) {
	for _, operation := range []string{"records", "export"} {
		for name, test := range map[string]struct {
			query url.Values
			told  int
		}{
			"all of a namespace":                      {url.Values{}, 3},
			"of an instance":                          {url.Values{"instance": {"acme-eu"}}, 2},
			"of an instance without one that is late": {url.Values{"instance": {"acme-us"}}, 0},
			"from a time before":                      {url.Values{"from": {"2026-03-10T00:00:00Z"}}, 3},
			"from the first that is kept":             {url.Values{"from": {"2026-04-01T00:00:00Z"}}, 0},
			"of a kind":                               {url.Values{"kind": {"Charge"}}, 3},
		} {
			t.Run(operation+" "+name, func(t *testing.T) {
				w := newWorld(t)
				n := 0
				store := func(instance string, month time.Month) usage.Record {
					stored := record("acme", instance, n)
					n++
					stored.Time = stored.Time.AddDate(0, int(month-time.March), 0)
					w.append(t, stored.Sealed())
					return stored
				}
				var kept []string
				keep := func(instance string, month time.Month) {
					if stored := store(instance, month); test.query.Get("instance") == "" || test.query.Get("instance") == instance {
						kept = append(kept, stored.ID)
					}
				}
				for range 5 {
					store("acme-us", time.March)
					keep("acme-eu", time.April)
				}
				w.retain(t, time.April)
				for range 5 {
					keep("acme-eu", time.April)
					keep("acme-us", time.May)
				}
				query := maps.Clone(test.query)
				query.Set("limit", "3")
				f := &follower{world: w, T: t, operation: operation, query: query}
				for call := 0; f.next(); call++ {
					switch call {
					case 1, 4: // behind all there are, and while the rest is read
						store("acme-eu", time.March)
						w.retain(t, time.April)
						keep("acme-eu", time.April)
					case 5:
						if test.query.Get("from") == "" { // late as well, and not dropped yet
							keep("acme-eu", time.March)
						}
					case 50:
						t.Fatalf("it is led round for ever: told %d times, %v seen", f.told, f.seen)
					}
				}
				if diff := cmp.Diff(kept, f.seen); diff != "" {
					t.Errorf("records (-want +got):\n%s", diff)
				}
				if f.told != test.told {
					t.Errorf("it was told %d times, want %d", f.told, test.told)
				}
			})
		}
	}
}

func TestAnExportThatIsCutOffByOneThatCameLateGoesOn(t *testing.T) {
	const kept = 2500
	w := newWorld(t)
	w.appendMany(t, kept, func(r *usage.Record) { r.Time = r.Time.AddDate(0, 1, 0) })
	w.append(t, record("acme", "acme-eu", kept))
	begun := w.cutOff(t)
	if begun == 0 || begun == kept {
		t.Fatalf("%d records came", begun)
	}
	f := &follower{world: w, T: t, operation: "export", query: url.Values{"limit": {"700"}}, after: int64(begun)}
	for call := 0; f.next(); call++ {
		if call == 10 {
			t.Fatalf("it is led round for ever: told %d times, %d seen", f.told, len(f.seen))
		}
	}
	if len(f.seen) != kept-begun || f.seen[0] != fmt.Sprintf("acme-acme-eu-%d/0", begun) || f.told != 1 {
		t.Errorf("after %d of %d records %d came, of which the first is %s; told %d times", begun, kept, len(f.seen), f.seen[0], f.told)
	}
	// Whoever begins at what there is is not cut off by what was dropped before.
	if got := fetch(t, w.served(t), nil); bytes.Count(got.body, []byte("\n")) != kept || got.trailer.Get("Usage-Position") != strconv.Itoa(kept) {
		t.Errorf("an export of all has %d records and trailer %v, want %d", bytes.Count(got.body, []byte("\n")), got.trailer, kept)
	}
}
