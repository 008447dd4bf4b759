package audit

import (
	"cmp"
	"fmt"
	"iter"
	"slices"
	"strings"

	"github.com/licensing-operator/licensing-operator/internal/licensing"
	"github.com/licensing-operator/licensing-operator/internal/usage"
)

// Bill is what a session or a user was charged, line by line.
type Bill struct {
	Lines []Line `json:"lines"`
	// Charged less Refunded is Used, to the last micro-token.
	Charged  licensing.Tokens `json:"charged"`
	Refunded licensing.Tokens `json:"refunded"`
	Used     licensing.Tokens `json:"used"`
	// LineItems are the parts of Used, by activation id.
	LineItems []Share `json:"lineItems"`
	// Denials is how many items were refused.
	Denials int `json:"denials"`
	// Dropped are the records that the bill may lack, if there are any.
	Dropped *Dropped `json:"dropped,omitempty"`
}

// Share is what of a bill is used of one line item.
type Share struct {
	ActivationID string           `json:"activationId"`
	Used         licensing.Tokens `json:"used"`
}

// Line is a record with what it does to the bill.
type Line struct {
	usage.Record

	// Text says in words what happened.
	Text string `json:"text"`
	// Change is what the line adds, Sum what is used after it.
	Change licensing.Tokens `json:"change"`
	Sum    licensing.Tokens `json:"sum"`
}

// Explain makes a bill of records, in the order in which their transactions were committed. The records of one commit come in
// their order: positions do not tell it to everybody.
func Explain(records iter.Seq2[usage.Record, error]) (Bill, error) {
	bill := Bill{Lines: []Line{}, LineItems: []Share{}}
	for record, err := range records {
		if err != nil {
			return Bill{}, err
		}
		bill.Lines = append(bill.Lines, Line{Record: record, Text: sentence(record), Change: record.Used()})
	}
	slices.SortStableFunc(bill.Lines, func(a, b Line) int { return cmp.Compare(a.Sequence, b.Sequence) })
	return bill, bill.addUp()
}

func (b *Bill) addUp() (err error) {
	shares := map[string]licensing.Tokens{}
	for i := range b.Lines {
		line := &b.Lines[i]
		if line.Kind == usage.Denial {
			b.Denials++
		}
		sum := &b.Charged
		if line.Kind == usage.Refund {
			sum = &b.Refunded
		}
		if line.Change != 0 {
			if *sum, err = sum.Add(line.Tokens); err != nil {
				return fmt.Errorf("record %s: %w", line.ID, err)
			}
			shares[line.ActivationID] += line.Change // a part of the sum that was checked
		}
		b.Used = b.Charged - b.Refunded
		line.Sum = b.Used
	}
	for _, id := range keys(shares, nil) {
		b.LineItems = append(b.LineItems, Share{ActivationID: id, Used: shares[id]})
	}
	return nil
}

// sentence says what a record is about.
func sentence(record usage.Record) string {
	switch record.Kind {
	case usage.Charge, usage.AutomaticCharge:
		return fmt.Sprintf("%s at %s each from %s%s", counted(record), record.Rate, record.ActivationID, pricedBy(record))
	case usage.Refund:
		return fmt.Sprintf("%s, back to %s", counted(record), record.ActivationID)
	case usage.Denial:
		return fmt.Sprintf("%s refused: %s", counted(record), cmp.Or(record.Message, record.Reason))
	case usage.Provision, usage.Revoke, usage.Consumption, usage.Rollback, usage.Correction:
		return fmt.Sprintf("%s of limitation %s of %s", signed(record.Units), record.LimitationID, record.ActivationID)
	}
	return record.Reason
}

// counted is an item with how many of it, as in "10 PhotoPrint 1.0".
func counted(record usage.Record) string {
	return strings.TrimSpace(fmt.Sprintf("%s %s %s", record.Count, record.Item, record.Version))
}

func pricedBy(record usage.Record) string {
	if record.RateTable == "" {
		return ""
	}
	return " by " + strings.TrimSpace(record.Series+" "+record.RateTable)
}

func signed(units licensing.Tokens) string {
	if units > 0 {
		return "+" + units.String()
	}
	return units.String()
}
