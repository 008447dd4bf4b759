package audit

import (
	"math/big"

	"github.com/licensing-operator/licensing-operator/internal/licensing"
	"github.com/licensing-operator/licensing-operator/internal/usage"
)

// tally is what a bucket adds up, exactly: a sum of many records may be more than Tokens hold.
type tally struct {
	records                  int64
	charged, refunded, units big.Int
}

// tallyOf is that of a bucket.
func tallyOf(bucket usage.Bucket) *tally {
	t := &tally{records: bucket.Records}
	t.charged.SetInt64(int64(bucket.Charged))
	t.refunded.SetInt64(int64(bucket.Refunded))
	t.units.SetInt64(int64(bucket.Units))
	return t
}

func (t *tally) add(record usage.Record) {
	t.records++
	switch record.Kind {
	case usage.Charge, usage.AutomaticCharge:
		addTokens(&t.charged, record.Tokens)
	case usage.Refund:
		addTokens(&t.refunded, record.Tokens)
	default: // moves no tokens
	}
	if record.MovesUnits() {
		addTokens(&t.units, record.Units)
	}
}

func (t *tally) merge(other *tally) {
	t.records += other.records
	t.charged.Add(&t.charged, &other.charged)
	t.refunded.Add(&t.refunded, &other.refunded)
	t.units.Add(&t.units, &other.units)
}

// used is what is charged and not refunded.
func (t *tally) used() *big.Int { return new(big.Int).Sub(&t.charged, &t.refunded) }

func addTokens(sum *big.Int, tokens licensing.Tokens) { sum.Add(sum, big.NewInt(int64(tokens))) }

// inTokens writes a sum of micro-tokens.
func inTokens(sum *big.Int) string {
	if sum.IsInt64() {
		return licensing.Tokens(sum.Int64()).String()
	}
	return sum.String() + " micro-tokens"
}
