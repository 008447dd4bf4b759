package export

import (
	"fmt"
	"io"
	"time"

	"github.com/parquet-go/parquet-go"

	"github.com/licensing-operator/licensing-operator/internal/usage"
)

// A group of rows is held in memory until it is written. Many small ones would make the end of the file large, which is
// held as well.
const (
	groupRows  = 20_000
	groupBytes = 8 << 20
)

// Row is a record in a Parquet file. What is empty there is null.
type Row struct {
	ID             string    `parquet:"id"`
	Position       int64     `parquet:"position,delta"`
	TransactionID  string    `parquet:"transactionId,dict"`
	Sequence       int64     `parquet:"sequence"`
	CorrelationID  string    `parquet:"correlationId,optional,dict"`
	Kind           string    `parquet:"kind,dict"`
	Reason         string    `parquet:"reason,dict"`
	Time           time.Time `parquet:"time,timestamp(millisecond)"`
	Namespace      string    `parquet:"namespace,dict"`
	Instance       string    `parquet:"instance,dict"`
	SubjectKind    string    `parquet:"subjectKind,optional,dict"`
	SubjectName    string    `parquet:"subjectName,optional,dict"`
	SubjectUID     string    `parquet:"subjectUid,optional,dict"`
	RequesterType  string    `parquet:"requesterType,optional,dict"`
	RequesterValue string    `parquet:"requesterValue,optional,dict"`
	Caller         string    `parquet:"caller,optional,dict"`
	ActivationID   string    `parquet:"activationId,optional,dict"`
	Item           string    `parquet:"item,optional,dict"`
	Version        string    `parquet:"version,optional,dict"`
	Count          Amount    `parquet:"count,decimal(6:38)"`
	Rate           Amount    `parquet:"rate,decimal(6:38)"`
	RateTable      string    `parquet:"rateTable,optional,dict"`
	Series         string    `parquet:"series,optional,dict"`
	ActionID       string    `parquet:"actionId,optional,dict"`
	Tokens         Amount    `parquet:"tokens,decimal(6:38)"`
	LimitationID   string    `parquet:"limitationId,optional,dict"`
	Units          Amount    `parquet:"units,decimal(6:38)"`
	Period         int64     `parquet:"period,optional"`
	PeriodStart    int64     `parquet:"periodStart,optional,timestamp(millisecond)"`
	Message        string    `parquet:"message,optional"`
	MetaData       *string   `parquet:"metaData,json"`
	Seal           string    `parquet:"seal,optional"`
}

func rowOf(r usage.Record) Row {
	row := Row{
		ID: r.ID, Position: r.Position, TransactionID: r.TransactionID, Sequence: r.Sequence, CorrelationID: r.CorrelationID,
		Kind: string(r.Kind), Reason: r.Reason, Time: r.Time.UTC(), Namespace: r.Namespace, Instance: r.Instance,
		SubjectKind: r.SubjectKind, SubjectName: r.SubjectName, SubjectUID: r.SubjectUID,
		RequesterType: r.RequesterType, RequesterValue: r.RequesterValue, Caller: r.Caller,
		ActivationID: r.ActivationID, Item: r.Item, Version: r.Version, Count: amountOf(int64(r.Count)), Rate: amountOf(int64(r.Rate)),
		RateTable: r.RateTable, Series: r.Series, ActionID: r.ActionID, Tokens: amountOf(int64(r.Tokens)),
		LimitationID: r.LimitationID, Units: amountOf(int64(r.Units)), Period: r.Period,
		Message: r.Message, Seal: r.Seal,
	}
	if len(r.MetaData) > 0 {
		row.MetaData = new(string(r.MetaData))
	}
	if !r.PeriodStart.IsZero() {
		row.PeriodStart = r.PeriodStart.UnixMilli()
	}
	return row
}

// table writes groups of rows.
type table struct {
	to          *parquet.GenericWriter[Row]
	rows, bytes int
}

func newParquet(w io.Writer) *table {
	options := []parquet.WriterOption{schema(), parquet.Compression(&parquet.Snappy)}
	for _, name := range amounts {
		options = append(options, parquet.SkipPageBounds(name), parquet.SkipPageStatistics(name))
	}
	return &table{to: parquet.NewGenericWriter[Row](w, options...)}
}

// Write implements Writer.
func (t *table) Write(records []usage.Record) error {
	for _, record := range records {
		if _, err := t.to.Write([]Row{rowOf(record)}); err != nil {
			return fmt.Errorf("record %s: %w", record.ID, err)
		}
		t.rows++
		t.bytes += sizeOf(record)
		if t.rows < groupRows && t.bytes < groupBytes {
			continue
		}
		if err := t.to.Flush(); err != nil {
			return err
		}
		t.rows, t.bytes = 0, 0
	}
	return nil
}

// Close implements Writer.
func (t *table) Close() error { return t.to.Close() }
