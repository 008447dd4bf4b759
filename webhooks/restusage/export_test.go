package restusage

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/parquet-go/parquet-go"

	"github.com/licensing-operator/licensing-operator/internal/usage"
	"github.com/licensing-operator/licensing-operator/internal/usage/export"
)

// served is the world over HTTP.
func (w *world) served(t *testing.T) string {
	t.Helper()
	s := httptest.NewServer(w.handler)
	t.Cleanup(s.Close)
	return s.URL + "/namespaces/acme/usage/v1/export"
}

func (w *world) appendMany(t *testing.T, n int, grow func(*usage.Record)) {
	t.Helper()
	var batch []usage.Record
	for i := range n {
		r := record("acme", "acme-eu", i)
		if grow != nil {
			grow(&r)
		}
		batch = append(batch, r)
		if len(batch) == 500 || i == n-1 {
			w.append(t, batch...)
			batch = nil
		}
	}
}

// fetched is an answer whose body was read.
type fetched struct {
	status          int
	header, trailer http.Header
	body            []byte
}

func fetch(t *testing.T, address string, header http.Header) fetched {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, address, nil)
	if err != nil {
		t.Fatal(err)
	}
	request.Header = header
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	return fetched{response.StatusCode, response.Header, response.Trailer, body}
}

func TestFormatsByParameterAndHeader(t *testing.T) {
	w := newWorld(t)
	w.append(t, record("acme", "acme-eu", 0))
	address := w.served(t)
	const parquetType = "application/vnd.apache.parquet"
	for _, test := range []struct{ query, accept, want string }{
		{"", "", "application/x-ndjson"},
		{"", "*/*", "application/x-ndjson"},
		{"", "text/csv", "text/csv; charset=utf-8; header=present"},
		{"", "text/*", "text/csv; charset=utf-8; header=present"},
		{"", parquetType, parquetType},
		{"", "application/*", "application/x-ndjson"},
		{"", "application/x-ndjson;q=0.5, text/csv", "text/csv; charset=utf-8; header=present"},
		{"", "text/csv;q=0, */*;q=0.1", "application/x-ndjson"},
		{"", "application/x-ndjson;q=0, */*;q=0.1", "text/csv; charset=utf-8; header=present"},
		{"", "image/png", ""},
		{"", "application/json", ""},
		{"", "text/csv;q=0", ""},
		{"", "garbage", ""},
		{"?format=parquet", "image/png", parquetType},
		{"?format=csv", "application/x-ndjson", "text/csv; charset=utf-8; header=present"},
	} {
		header := http.Header{}
		if test.accept != "" {
			header.Set("Accept", test.accept)
		}
		got := fetch(t, address+test.query, header)
		if test.want == "" {
			if got.status != http.StatusNotAcceptable || !bytes.Contains(got.body, []byte("text/csv")) {
				t.Errorf("Accept %s: %d %s", test.accept, got.status, got.body)
			}
			continue
		}
		if contentType := got.header.Get("Content-Type"); contentType != test.want || got.trailer.Get("Usage-Position") != "1" {
			t.Errorf("%s, Accept %s: %s, trailer %v, want %s", test.query, test.accept, contentType, got.trailer, test.want)
		}
	}
}

func TestExportsHaveEverything(t *testing.T) {
	const n = 2500
	w := newWorld(t)
	w.appendMany(t, n, nil)
	address := w.served(t)
	for _, format := range export.Formats() {
		got := fetch(t, address+"?format="+string(format), nil)
		count := bytes.Count(got.body, []byte("\n"))
		switch format {
		case export.CSV:
			count--
		case export.Parquet:
			rows, err := parquet.Read[export.Row](bytes.NewReader(got.body), int64(len(got.body)))
			if err != nil {
				t.Fatal(err)
			}
			count = len(rows)
		case export.NDJSON:
		}
		if count != n || got.trailer.Get("Usage-Position") != strconv.Itoa(n) {
			t.Errorf("%s: %d records and trailer %v, want %d", format, count, got.trailer, n)
		}
	}
}

func TestAnExportIsResumed(t *testing.T) {
	w := newWorld(t)
	w.appendMany(t, 25, nil)
	address := w.served(t)
	after, seen := "0", 0
	for range 4 {
		got := fetch(t, address+"?limit=10&after="+after, nil)
		seen += bytes.Count(got.body, []byte("\n"))
		after = got.trailer.Get("Usage-Position")
	}
	if seen != 25 || after != "25" {
		t.Errorf("%d records were seen up to %s, want 25", seen, after)
	}
}

// A store that fails in the middle must not leave the client with what looks like the whole.
func TestAnExportThatFailsIsCutOff(t *testing.T) {
	w := newWorld(t)
	w.appendMany(t, 2500, nil)
	working := w.api.Store
	for _, format := range export.Formats() {
		// The first part is whole, the second is not.
		w.api.Store = &slow{Store: working, failAt: 2}
		response, err := http.Get(w.served(t) + "?format=" + string(format))
		if format == export.Parquet && err != nil {
			continue // nothing was sent yet
		}
		if err != nil {
			t.Fatal(err)
		}
		body, err := io.ReadAll(response.Body)
		response.Body.Close()
		if err == nil || response.Trailer.Get("Usage-Position") != "" {
			t.Errorf("%s: %d bytes came, error %v, trailer %v", format, len(body), err, response.Trailer)
		}
	}
}

func TestAnExportOutlivesTheTimeoutsOfTheServer(t *testing.T) {
	w := newWorld(t)
	w.appendMany(t, 2500, nil)
	w.api.Store = &slow{Store: w.api.Store, pause: 900 * time.Millisecond}
	s := httptest.NewUnstartedServer(w.handler)
	s.Config.ReadTimeout, s.Config.WriteTimeout = 2*time.Second, 2*time.Second
	s.Start()
	t.Cleanup(s.Close)
	got := fetch(t, s.URL+"/namespaces/acme/usage/v1/export", nil)
	if n := bytes.Count(got.body, []byte("\n")); n != 2500 || got.trailer.Get("Usage-Position") != "2500" {
		t.Errorf("%d records and trailer %v came", n, got.trailer)
	}
}

func TestAnExportEndsWithItsClient(t *testing.T) {
	w := newWorld(t)
	// More than fits into the buffers of a connection.
	w.appendMany(t, 3000, func(r *usage.Record) {
		r.MetaData = json.RawMessage(fmt.Sprintf(`{"text":%q}`, strings.Repeat("x", 10_000)))
	})
	read := &slow{Store: w.api.Store}
	w.api.Store = read
	address, err := url.Parse(w.served(t))
	if err != nil {
		t.Fatal(err)
	}
	connection, err := net.Dial("tcp", address.Host)
	if err != nil {
		t.Fatal(err)
	}
	fmt.Fprintf(connection, "GET %s HTTP/1.1\r\nHost: x\r\n\r\n", address.Path)
	line, err := bufio.NewReader(connection).ReadString('\n')
	if err != nil || !strings.Contains(line, "200") {
		t.Fatalf("%q, %v", line, err)
	}
	if err := connection.Close(); err != nil {
		t.Fatal(err)
	}
	deadline := time.Now().Add(time.Minute)
	for w.api.exports.underWay() > 0 {
		if time.Now().After(deadline) {
			t.Fatal("the export goes on without its client")
		}
		time.Sleep(10 * time.Millisecond)
	}
	if parts := read.parts(); parts >= 8 {
		t.Errorf("%d parts were read for a client that has gone", parts)
	}
}

func TestOnlySoManyExportsAtOnce(t *testing.T) {
	var p places
	for i := range exportLimits.inAll {
		if refused := p.take(exportLimits, fmt.Sprint("caller ", i/exportLimits.ofOneCaller)); refused != nil {
			t.Fatalf("export %d: %v", i, refused)
		}
	}
	var got []int
	for _, caller := range []string{"caller 0", "another"} {
		got = append(got, p.take(exportLimits, caller).Status)
	}
	if diff := cmp.Diff([]int{http.StatusTooManyRequests, http.StatusServiceUnavailable}, got); diff != "" {
		t.Error(diff)
	}
	p.leave("caller 0")
	if refused := p.take(exportLimits, "another"); refused != nil {
		t.Errorf("a place that was left: %v", refused)
	}
	w := newWorld(t)
	w.append(t, record("acme", "acme-eu", 0))
	scope := "acme/" + w.caller.Scope()
	for range exportLimits.ofOneCaller {
		if refused := w.api.exports.take(exportLimits, scope); refused != nil {
			t.Fatal(refused)
		}
	}
	answer := w.get(t, "export", nil)
	want(t, answer, http.StatusTooManyRequests, "TooManyRequests", "2 exports of this caller are under way")
	if answer.Header().Get("Retry-After") != "1" {
		t.Errorf("Retry-After is %q", answer.Header().Get("Retry-After"))
	}
	w.api.exports.leave(scope)
	for range 5 {
		if answer := w.get(t, "export", nil); answer.Code != http.StatusOK {
			t.Errorf("an export does not leave its place: %s", answer.Body)
		}
	}
}
