package export

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"time"

	"github.com/licensing-operator/licensing-operator/internal/usage"
)

// written is how times are written: all are as long, so that they sort as texts.
const written = "2006-01-02T15:04:05.000Z"

// Document is a record in JSON. Decimals are texts, or numbers.
type Document[Decimal string | json.Number] struct {
	ID             string          `json:"id"`
	Position       int64           `json:"position"`
	TransactionID  string          `json:"transactionId"`
	Sequence       int64           `json:"sequence"`
	CorrelationID  string          `json:"correlationId,omitempty"`
	Kind           usage.Kind      `json:"kind"`
	Reason         string          `json:"reason"`
	Time           string          `json:"time"`
	Namespace      string          `json:"namespace"`
	Instance       string          `json:"instance"`
	SubjectKind    string          `json:"subjectKind,omitempty"`
	SubjectName    string          `json:"subjectName,omitempty"`
	SubjectUID     string          `json:"subjectUid,omitempty"`
	RequesterType  string          `json:"requesterType,omitempty"`
	RequesterValue string          `json:"requesterValue,omitempty"`
	Caller         string          `json:"caller,omitempty"`
	ActivationID   string          `json:"activationId,omitempty"`
	Item           string          `json:"item,omitempty"`
	Version        string          `json:"version,omitempty"`
	Count          Decimal         `json:"count"`
	Rate           Decimal         `json:"rate"`
	RateTable      string          `json:"rateTable,omitempty"`
	Series         string          `json:"series,omitempty"`
	ActionID       string          `json:"actionId,omitempty"`
	Tokens         Decimal         `json:"tokens"`
	LimitationID   string          `json:"limitationId,omitempty"`
	Units          Decimal         `json:"units"`
	Period         int64           `json:"period,omitempty"`
	PeriodStart    string          `json:"periodStart,omitempty"`
	Message        string          `json:"message,omitempty"`
	MetaData       json.RawMessage `json:"metaData,omitempty"`
	Seal           string          `json:"seal,omitempty"`
}

// NewDocument is the record as a document.
func NewDocument[Decimal string | json.Number](r usage.Record) Document[Decimal] {
	return Document[Decimal]{
		ID: r.ID, Position: r.Position, TransactionID: r.TransactionID, Sequence: r.Sequence, CorrelationID: r.CorrelationID,
		Kind: r.Kind, Reason: r.Reason, Time: timeText(r.Time), Namespace: r.Namespace, Instance: r.Instance,
		SubjectKind: r.SubjectKind, SubjectName: r.SubjectName, SubjectUID: r.SubjectUID,
		RequesterType: r.RequesterType, RequesterValue: r.RequesterValue, Caller: r.Caller,
		ActivationID: r.ActivationID, Item: r.Item, Version: r.Version, Count: Decimal(r.Count.String()), Rate: Decimal(r.Rate.String()),
		RateTable: r.RateTable, Series: r.Series, ActionID: r.ActionID, Tokens: Decimal(r.Tokens.String()),
		LimitationID: r.LimitationID, Units: Decimal(r.Units.String()), Period: r.Period, PeriodStart: timeText(r.PeriodStart),
		Message: r.Message, MetaData: r.MetaData, Seal: r.Seal,
	}
}

// timeText is empty where there is no time.
func timeText(at time.Time) string {
	if at.IsZero() {
		return ""
	}
	return at.UTC().Format(written)
}

// lines writes a document a line.
type lines struct{ to *bufio.Writer }

func newLines(w io.Writer) *lines { return &lines{to: bufio.NewWriter(w)} }

// Write implements Writer.
func (l *lines) Write(records []usage.Record) error {
	encoder := json.NewEncoder(l.to)
	encoder.SetEscapeHTML(false)
	for _, record := range records {
		if err := encoder.Encode(NewDocument[string](record)); err != nil {
			return fmt.Errorf("record %s: %w", record.ID, err)
		}
	}
	return l.to.Flush()
}

// Close implements Writer.
func (l *lines) Close() error { return l.to.Flush() }
