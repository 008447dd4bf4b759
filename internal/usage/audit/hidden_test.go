package audit_test

import (
	"context"
	"errors"
	"iter"
	"testing"
	"time"

	"github.com/licensing-operator/licensing-operator/internal/ledger"
	"github.com/licensing-operator/licensing-operator/internal/usage"
	"github.com/licensing-operator/licensing-operator/internal/usage/audit"
)

// hidden is the data access API for a caller who may see single Instances only.
type hidden struct{}

func (hidden) Records(context.Context, usage.Query) iter.Seq2[usage.Record, error] { return each() }

func (hidden) Totals(context.Context, usage.Account) (usage.Totals, error) {
	return usage.Totals{Records: 1, Position: 1<<52 + 1}, nil
}

func (hidden) Aggregate(context.Context, usage.Aggregation) ([]usage.Bucket, error) { return nil, nil }

func (hidden) KeptFrom(context.Context, usage.Query) (time.Time, error) { return time.Time{}, nil }

func TestAnAccountIsNotComparedByPositionsThatAreHidden(t *testing.T) {
	if _, err := audit.Gather(t.Context(), ledger.AccountID{}, hidden{}, nil, 0); !errors.Is(err, audit.ErrHidden) {
		t.Errorf("evidence: %v", err)
	}
	// The first record may have come since the evidence was gathered.
	if _, err := audit.Replayed(t.Context(), audit.Evidence{}, hidden{}); !errors.Is(err, audit.ErrHidden) {
		t.Errorf("replay: %v", err)
	}
}

// Positions that are hidden have no order, but records come in the order of what they hide.
func TestABillHasTheRecordsOfACommitInTheOrderInWhichTheyCome(t *testing.T) {
	first := usage.Record{ID: "t/0", Kind: usage.Charge, Sequence: 2, Position: 1<<52 + 7}
	second, third := first, first
	second.ID, second.Position = "t/1", 1<<52+3
	third.ID, third.Position = "t/2", 1<<52+5
	bill, err := audit.Explain(each(first, second, third))
	if err != nil {
		t.Fatal(err)
	}
	for i, want := range []string{"t/0", "t/1", "t/2"} {
		if got := bill.Lines[i].ID; got != want {
			t.Errorf("line %d is %s, want %s", i, got, want)
		}
	}
}
