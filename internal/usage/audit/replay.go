package audit

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/licensing-operator/licensing-operator/internal/usage"
)

// Replay is what records say that were read one after the other.
type Replay struct {
	Sums
	// First is the oldest commit of which there is a record; 0 without any.
	First int64

	account usage.Account
	// upTo is the position of the newest record that is replayed.
	upTo int64
	// findings are about single records, sums about what the store adds up by month.
	findings findings
	sums     []Finding
	notes    []string
	months   []months
	// cut are transactions of which the beginning is not there, by month: while a month is dropped it has some.
	cut map[string]*findings
	// keptFrom is since when nothing was dropped; zero if nothing ever was.
	keptFrom time.Time
	// last is the record before.
	last usage.Record
}

// Replayed reads the records of an account up to the position of the evidence's totals, in the order of their positions, and
// holds the store's sums by month against them. Memory is bounded by the number of figures.
func Replayed(ctx context.Context, evidence Evidence, records Records) (*Replay, error) {
	replay := &Replay{Sums: NewSums(), account: evidence.account(), upTo: evidence.Totals.Position, months: newMonths(), cut: map[string]*findings{}}
	query := queryOf(replay.account)
	for record, err := range records.Records(ctx, query) {
		if err != nil {
			return nil, fmt.Errorf("read the records of %s/%s: %w", replay.account.Namespace, replay.account.Instance, err)
		}
		if record.Position > replay.upTo {
			break
		}
		replay.take(record)
	}
	if err := replay.compareMonths(ctx, records, query); err != nil {
		return nil, err
	}
	replay.reportCut()
	return replay, nil
}

// Findings are what is wrong with single records, and with the store's sums of them by month.
func (r *Replay) Findings() []Finding { return append(r.findings.all(), r.sums...) }

func (r *Replay) take(record usage.Record) {
	if message := broken(record); message != "" {
		r.report(record, RecordAltered, message)
	}
	if message := r.misplaced(record); message != "" {
		r.report(record, RecordMisplaced, message)
	} else if record.TransactionID != r.last.TransactionID && placeOf(record) > 0 {
		month := monthOf(record)
		if r.cut[month] == nil {
			r.cut[month] = &findings{}
		}
		r.cut[month].add(about(record, RecordMisplaced, headless))
	}
	if err := r.Add(record); err != nil {
		r.report(record, RecordMisplaced, err.Error())
	}
	addToMonths(r.months, record, true)
	if r.First == 0 || record.Sequence < r.First {
		r.First = record.Sequence
	}
	r.last = record
}

// broken says why a record is not what was recorded. None is made without a seal.
func broken(record usage.Record) string {
	switch {
	case record.Intact():
		return ""
	case record.Seal == "":
		return "it has no seal"
	}
	return "its content does not match its seal"
}

// misplaced says why a record cannot be what it is where it is. All records of a transaction are stored at once, so that
// they stand one behind the other and are counted from zero.
func (r *Replay) misplaced(record usage.Record) string {
	transaction, index, _ := strings.Cut(record.ID, "/")
	place, err := strconv.Atoi(index)
	follows := record.TransactionID == r.last.TransactionID
	switch {
	case record.Namespace != r.account.Namespace || record.Instance != r.account.Instance:
		return fmt.Sprintf("it is of %s/%s", record.Namespace, record.Instance)
	case transaction != record.TransactionID || err != nil:
		return fmt.Sprintf("its transaction is %s, its id names another", record.TransactionID)
	case record.Position <= r.last.Position:
		return fmt.Sprintf("its position %d comes after position %d", record.Position, r.last.Position)
	case record.Tokens < 0:
		return fmt.Sprintf("its tokens are %s, must not be negative", record.Tokens)
	case follows && place != placeOf(r.last)+1:
		return headless
	case follows && record.Sequence != r.last.Sequence:
		return fmt.Sprintf("it is of commit %d, the record before it of the same transaction of commit %d", record.Sequence, r.last.Sequence)
	}
	return ""
}

// headless is a record of which the one before is not there.
const headless = "the record before it of the same transaction is not there"

// reportCut leaves out the months that are dropped, or may be: their records go in steps.
func (r *Replay) reportCut() {
	for _, month := range keys(r.cut, nil) {
		if month < since(r.keptFrom) {
			continue
		}
		for _, finding := range r.cut[month].list {
			r.findings.add(finding)
		}
		r.findings.more += r.cut[month].more
	}
}

func placeOf(record usage.Record) int {
	_, index, _ := strings.Cut(record.ID, "/")
	place, err := strconv.Atoi(index)
	if err != nil {
		return -1
	}
	return place
}

func (r *Replay) report(record usage.Record, kind Kind, message string) {
	r.findings.add(about(record, kind, message))
}

func about(record usage.Record, kind Kind, message string) Finding {
	return Finding{
		Kind: kind, RecordID: record.ID, TransactionID: record.TransactionID, ActivationID: record.ActivationID,
		Message: fmt.Sprintf("record %s at position %d: %s", record.ID, record.Position, message),
	}
}
