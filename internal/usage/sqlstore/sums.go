package sqlstore

import "github.com/licensing-operator/licensing-operator/internal/usage"

// sums are what is stored of a bucket.
type sums struct {
	records                  int64
	charged, refunded, units amount
}

func (s *sums) add(r usage.Record) {
	s.records++
	switch r.Kind {
	case usage.Charge, usage.AutomaticCharge:
		s.charged.add(r.Tokens)
	case usage.Refund:
		s.refunded.add(r.Tokens)
	default: // moves no tokens
	}
	if r.MovesUnits() {
		s.units.add(r.Units)
	}
}

// addTo adds the sums to a bucket.
func (s *sums) addTo(b *usage.Bucket) {
	b.Records += s.records
	b.Charged = b.Charged.Add(s.charged.sum())
	b.Refunded = b.Refunded.Add(s.refunded.sum())
	b.Units = b.Units.Add(s.units.sum())
}
