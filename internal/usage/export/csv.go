package export

import (
	"encoding/csv"
	"io"
	"strconv"
	"strings"
	"unicode"

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

// harmless is a text that no spreadsheet takes for a formula. Whoever takes away one apostrophe in front has what was
// there before. Clients choose most of the texts, and somebody else opens the file.
func harmless(value string) string {
	if value == "" {
		return ""
	}
	visible := strings.TrimLeftFunc(value, func(r rune) bool {
		return unicode.IsSpace(r) || unicode.IsControl(r) || unicode.Is(unicode.Cf, r)
	})
	if value[0] == '\'' || visible != "" && strings.ContainsRune("=+-@＝＋－＠−﹢﹣﹦﹫", []rune(visible)[0]) || unicode.IsControl(rune(value[0])) {
		return "'" + value
	}
	return value
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
