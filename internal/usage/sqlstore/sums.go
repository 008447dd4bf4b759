package sqlstore

import (
	"math/big"

	"github.com/licensing-operator/licensing-operator/internal/usage"
)

// sums are what a bucket adds up.
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

func (s *sums) merge(other sums) {
	s.records += other.records
	s.charged.merge(other.charged)
	s.refunded.merge(other.refunded)
	s.units.merge(other.units)
}

// used is what is charged and not refunded.
func (s *sums) used() *big.Int {
	used := s.charged.big()
	return used.Sub(used, s.refunded.big())
}

func (s *sums) bucket(key []string) (usage.Bucket, error) {
	bucket := usage.Bucket{Key: key, Records: s.records}
	var err error
	s.charged.into(&bucket.Charged, "charged", &err)
	s.refunded.into(&bucket.Refunded, "refunded", &err)
	s.units.into(&bucket.Units, "units", &err)
	return bucket, err
}
