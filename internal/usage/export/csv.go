package export

import (
	"encoding/csv"
	"io"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/licensing-operator/licensing-operator/internal/usage"
)

// column is one of a CSV file.
type column struct {
	name string
	cell func(usage.Record) string
}

// columns have the names and the order of Document. New ones go to the end.
var columns = []column{
	text("id", func(r usage.Record) string { return r.ID }),
	whole("position", func(r usage.Record) int64 { return r.Position }),
	text("transactionId", func(r usage.Record) string { return r.TransactionID }),
	whole("sequence", func(r usage.Record) int64 { return r.Sequence }),
	text("correlationId", func(r usage.Record) string { return r.CorrelationID }),
	text("kind", func(r usage.Record) string { return string(r.Kind) }),
	text("reason", func(r usage.Record) string { return r.Reason }),
	{"time", func(r usage.Record) string { return timeText(r.Time) }},
	text("namespace", func(r usage.Record) string { return r.Namespace }),
	text("instance", func(r usage.Record) string { return r.Instance }),
	text("subjectKind", func(r usage.Record) string { return r.SubjectKind }),
	text("subjectName", func(r usage.Record) string { return r.SubjectName }),
	text("subjectUid", func(r usage.Record) string { return r.SubjectUID }),
	text("requesterType", func(r usage.Record) string { return r.RequesterType }),
	text("requesterValue", func(r usage.Record) string { return r.RequesterValue }),
	text("caller", func(r usage.Record) string { return r.Caller }),
	text("activationId", func(r usage.Record) string { return r.ActivationID }),
	text("item", func(r usage.Record) string { return r.Item }),
	text("version", func(r usage.Record) string { return r.Version }),
	{"count", func(r usage.Record) string { return r.Count.String() }},
	{"rate", func(r usage.Record) string { return r.Rate.String() }},
	text("rateTable", func(r usage.Record) string { return r.RateTable }),
	text("series", func(r usage.Record) string { return r.Series }),
	text("actionId", func(r usage.Record) string { return r.ActionID }),
	{"tokens", func(r usage.Record) string { return r.Tokens.String() }},
	text("limitationId", func(r usage.Record) string { return r.LimitationID }),
	{"units", func(r usage.Record) string { return r.Units.String() }},
	whole("period", func(r usage.Record) int64 { return r.Period }),
	{"periodStart", func(r usage.Record) string { return timeText(r.PeriodStart) }},
	text("message", func(r usage.Record) string { return r.Message }),
	text("metaData", func(r usage.Record) string { return string(r.MetaData) }),
	text("seal", func(r usage.Record) string { return r.Seal }),
}

func text(name string, value func(usage.Record) string) column {
	return column{name, func(r usage.Record) string { return harmless(value(r)) }}
}

func whole(name string, value func(usage.Record) int64) column {
	return column{name, func(r usage.Record) string { return strconv.FormatInt(value(r), 10) }}
}

// begins is what a cell may begin behind, if a spreadsheet expects something else than commas between cells: semicolons in
// much of Europe, tabs where it was told so.
const begins = ";\t\r\n"

// harmless is a text that no spreadsheet takes for a formula, nor a part of it. Whoever takes away one apostrophe in front,
// and one behind each of begins, has what was there before. Clients choose most of the texts, and somebody else opens the file.
func harmless(value string) string {
	if value == "" {
		return ""
	}
	var text strings.Builder
	if unicode.IsControl(rune(value[0])) || active(value) {
		text.WriteByte('\'')
	}
	for rest := value; rest != ""; {
		end := strings.IndexAny(rest, begins) + 1
		if end == 0 {
			end = len(rest)
		}
		text.WriteString(rest[:end])
		rest = rest[end:]
		next := rest
		if stop := strings.IndexAny(rest, begins); stop >= 0 {
			next = rest[:stop]
		}
		if active(next) {
			text.WriteByte('\'')
		}
	}
	return text.String()
}

// active tells that a cell must not begin so. A spreadsheet passes over what cannot be seen, and over quotation marks that
// are closed at once; an apostrophe must not be taken for one that was put there.
func active(text string) bool {
	visible := strings.TrimLeftFunc(text, func(r rune) bool {
		return r == '"' || unicode.IsSpace(r) || unicode.IsControl(r) || unicode.Is(unicode.Cf, r)
	})
	return strings.HasPrefix(text, "'") || visible != "" && strings.ContainsRune("=+-@＝＋－＠−﹢﹣﹦﹫", first(visible))
}

func first(text string) rune {
	r, _ := utf8.DecodeRuneInString(text)
	return r
}

// sheet writes a line for each record, below one of names.
type sheet struct {
	to    *csv.Writer
	begun bool
}

func newCSV(w io.Writer) *sheet { return &sheet{to: csv.NewWriter(w)} }

// Write implements Writer.
func (s *sheet) Write(records []usage.Record) error {
	if err := s.begin(); err != nil {
		return err
	}
	cells := make([]string, len(columns))
	for _, record := range records {
		for i, column := range columns {
			cells[i] = column.cell(record)
		}
		if err := s.to.Write(cells); err != nil {
			return err
		}
	}
	s.to.Flush()
	return s.to.Error()
}

func (s *sheet) begin() error {
	if s.begun {
		return nil
	}
	s.begun = true
	names := make([]string, len(columns))
	for i, column := range columns {
		names[i] = column.name
	}
	return s.to.Write(names)
}

// Close implements Writer. A file without records has names.
func (s *sheet) Close() error { return s.Write(nil) }
