package audit_test

import (
	"errors"
	"iter"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/licensing-operator/licensing-operator/internal/licensing"
	"github.com/licensing-operator/licensing-operator/internal/usage"
	"github.com/licensing-operator/licensing-operator/internal/usage/audit"
)

func each(records ...usage.Record) iter.Seq2[usage.Record, error] {
	return func(yield func(usage.Record, error) bool) {
		for _, record := range records {
			if !yield(record, nil) {
				return
			}
		}
	}
}

func TestABillSaysLineByLineWhatIsUsed(t *testing.T) {
	printed := usage.Record{
		Kind: usage.Charge, Sequence: 2, Position: 1, ActivationID: "ACT01", Item: "PhotoPrint", Version: "1.0", Count: 10 * licensing.One,
		Rate: 3 * licensing.Token, Series: "PublicationApps", RateTable: "1", Tokens: 30 * licensing.Token,
	}
	again, other, back, refused, unit := printed, printed, printed, printed, printed
	again.Kind, again.Sequence, again.Position = usage.AutomaticCharge, 5, 4
	other.Sequence, other.Position, other.ActivationID, other.Tokens = 2, 2, "ACT02", 1
	back.Kind, back.Sequence, back.Position, back.Tokens = usage.Refund, 6, 3, 29_333_333
	refused.Kind, refused.Sequence, refused.Position, refused.Message = usage.Denial, 7, 6, "30 tokens required, 4 available"
	unit.Kind, unit.Sequence, unit.Position, unit.Tokens, unit.Units, unit.LimitationID = usage.Provision, 8, 7, 0, licensing.Token, "max-print"

	bill, err := audit.Explain(each(refused, printed, other, back, again, unit))
	if err != nil {
		t.Fatal(err)
	}
	type line struct{ text, change, sum string }
	var lines []line
	for _, l := range bill.Lines {
		lines = append(lines, line{l.Text, l.Change.String(), l.Sum.String()})
	}
	want := []line{
		{"10 PhotoPrint 1.0 at 3 each from ACT01 by PublicationApps 1", "30", "30"},
		{"10 PhotoPrint 1.0 at 3 each from ACT02 by PublicationApps 1", "0.000001", "30.000001"},
		{"10 PhotoPrint 1.0 at 3 each from ACT01 by PublicationApps 1", "30", "60.000001"},
		{"10 PhotoPrint 1.0, back to ACT01", "-29.333333", "30.666668"},
		{"10 PhotoPrint 1.0 refused: 30 tokens required, 4 available", "0", "30.666668"},
		{"+1 of limitation max-print of ACT01", "0", "30.666668"},
	}
	if diff := cmp.Diff(want, lines, cmp.AllowUnexported(line{})); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
	shares := []audit.Share{{ActivationID: "ACT01", Used: 30_666_667}, {ActivationID: "ACT02", Used: 1}}
	if diff := cmp.Diff(shares, bill.LineItems); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
	if bill.Charged.String() != "60.000001" || bill.Refunded.String() != "29.333333" || bill.Used.String() != "30.666668" || bill.Denials != 1 {
		t.Errorf("charged %s, refunded %s, used %s, %d denials", bill.Charged, bill.Refunded, bill.Used, bill.Denials)
	}
}

func TestABillIsNeverCutShort(t *testing.T) {
	lost := errors.New("the connection was lost")
	_, err := audit.Explain(func(yield func(usage.Record, error) bool) {
		_ = yield(usage.Record{Kind: usage.Charge, Tokens: 1}, nil) && yield(usage.Record{}, lost)
	})
	if !errors.Is(err, lost) {
		t.Errorf("got %v", err)
	}
}

func TestABillBeyondWhatCanBeCountedIsAnError(t *testing.T) {
	most := usage.Record{Kind: usage.Charge, Tokens: licensing.MaxTokens}
	if _, err := audit.Explain(each(most, most)); !errors.Is(err, licensing.ErrOverflow) {
		t.Errorf("got %v", err)
	}
}

// What all bills of all sessions and requests say together is the account.
func TestTheBillsOfEverybodyAddUpToTheAccount(t *testing.T) {
	aged(t, func(w *world) {
		bill, err := audit.Explain(w.Records(w.Context(), usage.Query{}))
		w.succeeds(err)
		for _, share := range bill.LineItems {
			if used := w.stored().Usage[share.ActivationID]; used != share.Used {
				t.Errorf("line item %s: the bills say %s, the account %s", share.ActivationID, share.Used, used)
			}
		}
		if len(bill.LineItems) == 0 || bill.Refunded == 0 {
			t.Errorf("too little happened: %+v", bill.LineItems)
		}
	})
}
