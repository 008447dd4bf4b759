package audit

import (
	"github.com/licensing-operator/licensing-operator/internal/licensing"
	"github.com/licensing-operator/licensing-operator/internal/usage"
)

// tally is what a bucket adds up.
type tally struct {
	records                  int64
	charged, refunded, units licensing.Sum
}

// tallyOf is that of a bucket.
func tallyOf(bucket usage.Bucket) tally {
	return tally{bucket.Records, bucket.Charged, bucket.Refunded, bucket.Units}
}

func (t *tally) add(record usage.Record) {
	t.records++
	switch record.Kind {
	case usage.Charge, usage.AutomaticCharge:
		t.charged = t.charged.Add(record.Tokens.Sum())
	case usage.Refund:
		t.refunded = t.refunded.Add(record.Tokens.Sum())
	default: // moves no tokens
	}
	if record.MovesUnits() {
		t.units = t.units.Add(record.Units.Sum())
	}
}

func (t *tally) merge(other tally) {
	t.records += other.records
	t.charged = t.charged.Add(other.charged)
	t.refunded = t.refunded.Add(other.refunded)
	t.units = t.units.Add(other.units)
}

// used is what is charged and not refunded.
func (t *tally) used() licensing.Sum { return t.charged.Sub(t.refunded) }
