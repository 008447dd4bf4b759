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

func (s *sums) bucket() usage.Bucket {
	return usage.Bucket{Records: s.records, Charged: s.charged.sum(), Refunded: s.refunded.sum(), Units: s.units.sum()}
}
