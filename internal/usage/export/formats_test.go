package export

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/parquet-go/parquet-go"

	"github.com/licensing-operator/licensing-operator/internal/licensing"
	"github.com/licensing-operator/licensing-operator/internal/usage"
)

// written is what a writer makes of records that it is given in parts.
func exported(t *testing.T, format Format, given []usage.Record) []byte {
	t.Helper()
	var text bytes.Buffer
	writer := NewWriter(format, &text)
	for part := range slices.Chunk(given, 7) {
		if err := writer.Write(part); err != nil {
			t.Fatal(err)
		}
	}
	if err := writer.Close(); err != nil {
		t.Fatal(err)
	}
	return text.Bytes()
}

// readers read a file of each format as other programs do.
var readers = map[Format]func(*testing.T, []byte) []usage.Record{NDJSON: readLines, CSV: readSheet, Parquet: readTable}

func readLines(t *testing.T, text []byte) (read []usage.Record) {
	t.Helper()
	for line := range bytes.Lines(text) {
		var document Document[string]
		if err := json.Unmarshal(line, &document); err != nil {
			t.Fatal(err)
		}
		read = append(read, recordOf(t, document))
	}
	return read
}

// readSheet reads as RFC 4180 says: unlike encoding/csv it keeps carriage returns.
func readSheet(t *testing.T, text []byte) (read []usage.Record) {
	t.Helper()
	lines := cells(string(text))
	names := lines[0]
	for _, line := range lines[1:] {
		if len(line) != len(names) {
			t.Fatalf("a line has %d cells, want %d: %.100q", len(line), len(names), line)
		}
		fields := map[string]any{}
		for i, cell := range line {
			value := undone(cell)
			switch names[i] {
			case "position", "sequence", "period":
				number, err := strconv.ParseInt(cell, 10, 64)
				if err != nil {
					t.Fatal(err)
				}
				fields[names[i]] = number
			case "metaData":
				if value != "" {
					fields[names[i]] = json.RawMessage(value)
				}
			default:
				fields[names[i]] = value
			}
		}
		text, err := json.Marshal(fields)
		if err != nil {
			t.Fatal(err)
		}
		var document Document[string]
		decoder := json.NewDecoder(bytes.NewReader(text))
		decoder.DisallowUnknownFields()
		if err := decoder.Decode(&document); err != nil {
			t.Fatal(err)
		}
		read = append(read, recordOf(t, document))
	}
	return read
}

// undone is a text as it was, by the rule in the contract.
func undone(cell string) string { return apostrophes.ReplaceAllString(cell, "$1") }

var apostrophes = regexp.MustCompile(`(^|[;\t\r\n])'`)

func cells(text string) (lines [][]string) {
	var line []string
	for text != "" {
		var cell string
		if rest, ok := strings.CutPrefix(text, `"`); ok {
			end := 0
			for end < len(rest) && (rest[end] != '"' || strings.HasPrefix(rest[end:], `""`)) {
				if rest[end] == '"' {
					end++
				}
				end++
			}
			cell, text = strings.ReplaceAll(rest[:end], `""`, `"`), rest[end+1:]
		} else {
			end := strings.IndexAny(text, ",\n")
			cell, text = text[:end], text[end:]
		}
		line = append(line, cell)
		if text[0] == '\n' {
			lines, line = append(lines, line), nil
		}
		text = text[1:]
	}
	return lines
}

func readTable(t *testing.T, text []byte) (read []usage.Record) {
	t.Helper()
	rows, err := parquet.Read[Row](bytes.NewReader(text), int64(len(text)))
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

func TestEveryFormatGivesBackWhatWasWritten(t *testing.T) {
	for _, n := range []int{0, 1, 500} {
		want := records(n)
		for _, format := range Formats() {
			got := readers[format](t, exported(t, format, want))
			if diff := cmp.Diff(want, got, cmpopts.EquateEmpty()); diff != "" {
				t.Errorf("%d records in %s (-written +read):\n%.2000s", n, format, diff)
			}
			for _, record := range got {
				if !record.Intact() {
					t.Errorf("%s: record %.40s is not what was sealed", format, record.ID)
				}
			}
		}
	}
}

func TestNumbersInDocumentsAreExact(t *testing.T) {
	for _, want := range records(100) {
		text, err := json.Marshal(NewDocument[json.Number](want))
		if err != nil {
			t.Fatal(err)
		}
		var document Document[json.Number]
		if err := json.Unmarshal(text, &document); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, recordOf(t, document), cmpopts.EquateEmpty()); diff != "" {
			t.Errorf("(-written +read):\n%.2000s", diff)
		}
		if bytes.Contains(text, []byte(`"tokens":"`)) {
			t.Errorf("tokens are text in %.200s", text)
		}
	}
}

func TestNoCellIsAFormula(t *testing.T) {
	text := exported(t, CSV, records(500))
	for i, line := range cells(string(text)) {
		for j, cell := range line {
			name := columns[j].name
			if i == 0 || slices.Contains([]string{"count", "rate", "tokens", "units", "sequence", "position", "period"}, name) {
				continue
			}
			if isFormula(cell) {
				t.Errorf("%s is %.40q", name, cell)
			}
		}
	}
	for _, comma := range ";\t" {
		reader := csv.NewReader(bytes.NewReader(text))
		reader.Comma, reader.LazyQuotes, reader.FieldsPerRecord = comma, true, -1
		lines, err := reader.ReadAll()
		if err != nil {
			t.Fatal(err)
		}
		for _, cell := range slices.Concat(lines...) {
			if isFormula(cell) {
				t.Errorf("with %q between cells there is %.40q", comma, cell)
			}
		}
	}
}

func isFormula(cell string) bool {
	text := strings.TrimLeft(cell, " \"\t\r\n\x00\u200b\ufeff")
	return text != "" && strings.ContainsAny(text[:1], "=+-@")
}

func TestHarmlessTexts(t *testing.T) {
	for value, want := range map[string]string{
		"": "", "PhotoPrint": "PhotoPrint", "a=b": "a=b", "1.0": "1.0", " a": " a", "{}": "{}", "LisaBarry@example.com": "LisaBarry@example.com",
		"=1": "'=1", "+1": "'+1", "-1": "'-1", "@a": "'@a", " =1": "' =1", "\t": "'\t", "\ta": "'\ta", "'a": "''a", "＝1": "'＝1", "\u200b=1": "'\u200b=1",
		"a;=1": "a;'=1", "a\n=1": "a\n'=1", "a\t@x": "a\t'@x", "a\r+1": "a\r'+1", "a;b": "a;b", "a;": "a;", "a\r\nb": "a\r\nb", "a; =1;-1": "a;' =1;'-1",
		"a;'": "a;''", ";=1": ";'=1", "\n=1": "'\n'=1", `a;"=1`: `a;'"=1`, "a;b=1": "a;b=1",
	} {
		if got := harmless(value); got != want {
			t.Errorf("%q becomes %q, want %q", value, got, want)
		}
		if got := undone(harmless(value)); got != value {
			t.Errorf("%q comes back as %q", value, got)
		}
	}
}

func TestColumnsAreThoseOfDocuments(t *testing.T) {
	var names []string
	for _, column := range columns {
		names = append(names, column.name)
	}
	text, err := json.Marshal(NewDocument[string](records(1)[0]))
	if err != nil {
		t.Fatal(err)
	}
	decoder := json.NewDecoder(bytes.NewReader(text))
	known := map[string]bool{}
	for {
		token, err := decoder.Token()
		if err != nil {
			break
		}
		if name, ok := token.(string); ok {
			known[name] = true
		}
	}
	for _, name := range []string{"id", "position", "tokens", "time", "seal"} {
		if !known[name] || !slices.Contains(names, name) {
			t.Errorf("%s is missing", name)
		}
	}
	var parquetNames []string
	for _, field := range parquet.SchemaOf(Row{}).Fields() {
		parquetNames = append(parquetNames, field.Name())
	}
	slices.Sort(parquetNames)
	slices.Sort(names)
	if diff := cmp.Diff(names, parquetNames); diff != "" {
		t.Errorf("columns (-csv +parquet):\n%s", diff)
	}
}

func TestParquetColumnsHaveTheirTypes(t *testing.T) {
	text := exported(t, Parquet, records(10))
	file, err := parquet.OpenFile(bytes.NewReader(text), int64(len(text)))
	if err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]string{
		"tokens": "DECIMAL(38,6)", "count": "DECIMAL(38,6)", "units": "DECIMAL(38,6)",
		"time": "TIMESTAMP(isAdjustedToUTC=true,unit=MILLIS)", "periodStart": "TIMESTAMP(isAdjustedToUTC=true,unit=MILLIS)", "item": "STRING", "metaData": "JSON",
	} {
		column, ok := file.Schema().Lookup(name)
		if !ok {
			t.Errorf("there is no column %s", name)
			continue
		}
		if got := column.Node.Type().LogicalType().String(); got != want {
			t.Errorf("%s is %s, want %s", name, got, want)
		}
	}
}

func TestParquetIsWrittenInGroups(t *testing.T) {
	one := records(1)[0]
	many := slices.Repeat([]usage.Record{one}, 2*groupRows+1)
	text := exported(t, Parquet, many)
	file, err := parquet.OpenFile(bytes.NewReader(text), int64(len(text)))
	if err != nil {
		t.Fatal(err)
	}
	if n := len(file.RowGroups()); n != 3 {
		t.Errorf("%d records are in %d groups, want 3", len(many), n)
	}
	large := one
	large.MetaData = metaData(strings.Repeat("x", groupBytes/4))
	text = exported(t, Parquet, slices.Repeat([]usage.Record{large}, 9))
	if file, err = parquet.OpenFile(bytes.NewReader(text), int64(len(text))); err != nil {
		t.Fatal(err)
	}
	if n := len(file.RowGroups()); n != 3 {
		t.Errorf("9 large records are in %d groups, want 3", n)
	}
}
