package sqlstore

import (
	"database/sql"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"github.com/licensing-operator/licensing-operator/internal/usage"
)

// columns are those of usage_records that hold what a record says, in the order of values.
var columns = []string{
	"id", "sequence", "correlation_id", "kind", "reason", "time", "subject_kind", "subject_name", "subject_uid",
	"requester_type", "requester_value", "caller", "activation_id", "item", "version", "count", "rate", "rate_table", "series",
	"action_id", "tokens", "limitation_id", "units", "period", "period_start", "message", "metadata", "seal",
}

// precision is that of the times that are stored.
const precision = time.Microsecond

// values are what is stored of a record, as both databases take it. Times are left to the dialect.
func values(r usage.Record) []any {
	return []any{
		text(r.ID), r.Sequence, text(r.CorrelationID), text(string(r.Kind)), text(r.Reason), r.Time,
		text(r.SubjectKind), text(r.SubjectName), text(r.SubjectUID),
		text(r.RequesterType), text(r.RequesterValue), text(r.Caller), text(r.ActivationID), text(r.Item), text(r.Version),
		int64(r.Count), int64(r.Rate), text(r.RateTable), text(r.Series), text(r.ActionID), int64(r.Tokens),
		text(r.LimitationID), int64(r.Units), r.Period, r.PeriodStart, text(r.Message), text(string(r.MetaData)), text(r.Seal),
	}
}

// selected is the list of columns that scan reads.
var selected = "position, account, " + strings.Join(columns, ", ")

// scan reads a record, all but whose it is. size is about what it takes in memory.
func scan(rows *sql.Rows) (r usage.Record, account int64, size int, err error) {
	var kind, metadata string
	var at, periodStart instant
	texts := []*string{
		&r.ID, &r.CorrelationID, &kind, &r.Reason, &r.SubjectKind, &r.SubjectName, &r.SubjectUID, &r.RequesterType, &r.RequesterValue,
		&r.Caller, &r.ActivationID, &r.Item, &r.Version, &r.RateTable, &r.Series, &r.ActionID, &r.LimitationID, &r.Message, &metadata, &r.Seal,
	}
	if err := rows.Scan(
		&r.Position, &account, &r.ID, &r.Sequence, &r.CorrelationID, &kind, &r.Reason, &at,
		&r.SubjectKind, &r.SubjectName, &r.SubjectUID, &r.RequesterType, &r.RequesterValue, &r.Caller,
		&r.ActivationID, &r.Item, &r.Version, &r.Count, &r.Rate, &r.RateTable, &r.Series, &r.ActionID, &r.Tokens,
		&r.LimitationID, &r.Units, &r.Period, &periodStart, &r.Message, &metadata, &r.Seal,
	); err != nil {
		return r, 0, 0, err
	}
	for _, t := range texts {
		*t = untext(*t)
		size += len(*t)
	}
	r.Kind, r.Time, r.PeriodStart = usage.Kind(kind), at.Time, periodStart.Time
	r.TransactionID = transactionOf(r.ID)
	if metadata != "" {
		r.MetaData = json.RawMessage(metadata)
	}
	return r, account, size + recordBytes, nil
}

// recordBytes is what a record takes without its texts.
const recordBytes = 512

func transactionOf(id string) string { return id[:max(strings.LastIndexByte(id, '/'), 0)] }

// instant reads a time of either database. None is the zero time.
type instant struct{ time.Time }

// Scan is of sql.Scanner.
func (i *instant) Scan(value any) error {
	switch value := value.(type) {
	case nil:
		i.Time = time.Time{}
	case int64:
		i.Time = time.UnixMicro(value).UTC()
	case time.Time:
		i.Time = value.UTC()
	default:
		return fmt.Errorf("%T is not a time", value)
	}
	return nil
}
