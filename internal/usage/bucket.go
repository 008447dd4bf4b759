package usage

import "github.com/licensing-operator/licensing-operator/internal/licensing"

// Bucket is a sum. Key has a value for each dimension, in their order.
type Bucket struct {
	Key []string `json:"key"`
	// Records is how many there are.
	Records int64 `json:"records"`
	// Charged and Refunded are tokens; what is used is the difference. What a bucket adds up is of any number of accounts and
	// periods: no customer can make the sum of all too large to be told.
	Charged  licensing.Sum `json:"charged"`
	Refunded licensing.Sum `json:"refunded"`
	Units    licensing.Sum `json:"units"`
}

// Used is what is charged and not refunded.
func (b Bucket) Used() licensing.Sum { return b.Charged.Sub(b.Refunded) }

// Add adds a record.
func (b *Bucket) Add(record Record) {
	b.Records++
	switch record.Kind {
	case Charge, AutomaticCharge:
		b.Charged = b.Charged.Add(record.Tokens.Sum())
	case Refund:
		b.Refunded = b.Refunded.Add(record.Tokens.Sum())
	default: // moves no tokens
	}
	if record.MovesUnits() {
		b.Units = b.Units.Add(record.Units.Sum())
	}
}

// Merge adds what another one adds up.
func (b *Bucket) Merge(other Bucket) {
	b.Records += other.Records
	b.Charged = b.Charged.Add(other.Charged)
	b.Refunded = b.Refunded.Add(other.Refunded)
	b.Units = b.Units.Add(other.Units)
}
