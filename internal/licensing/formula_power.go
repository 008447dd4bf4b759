package licensing

import "math/big"

// Precision of an inexact power. The result keeps the 15 digits of a
// spreadsheet; the rest of the working bits absorb what an exponent of up to
// MaxFormulaPower magnifies, so that those digits are right.
const (
	formulaPowerDigits = 15
	formulaPowerBits   = 256
)

// formulaPower raises x to y. A whole exponent gives the exact value as long as
// that stays within MaxFormulaBits; every other power is rounded to
// formulaPowerDigits significant digits. math.Pow is not used: its last bits
// depend on the processor (fused multiply-add) and its error grows with the
// exponent, while a price has to be the same on every replica.
func formulaPower(x, y *big.Rat, position int) (*big.Rat, error) {
	if new(big.Rat).Abs(y).Cmp(big.NewRat(MaxFormulaPower, 1)) > 0 {
		return nil, formulaErrorf(position, "an exponent is from -%d to %d", MaxFormulaPower, MaxFormulaPower)
	}
	switch {
	case x.Sign() == 0 && y.Sign() == 0:
		return nil, formulaErrorf(position, "zero to the power of zero has no value")
	case x.Sign() == 0 && y.Sign() < 0:
		return nil, formulaErrorf(position, "division by zero: zero to a negative power")
	case x.Sign() == 0:
		return new(big.Rat), nil
	case x.Sign() < 0 && !y.IsInt():
		return nil, formulaErrorf(position, "a negative number to a fractional power has no value")
	}
	if y.IsInt() {
		if exact, ok := formulaExactPower(x, y.Num().Int64()); ok {
			return exact, nil
		}
	}
	result, ok := formulaRoundedPower(new(big.Rat).Abs(x), y)
	if !ok {
		return nil, formulaErrorf(position, "the power is too large or too small: it has at most %d bits before or after the point", MaxFormulaBits)
	}
	// Here y is whole if x is negative.
	if x.Sign() < 0 && y.Num().Bit(0) == 1 {
		result.Neg(result)
	}
	return result, nil
}

// formulaExactPower is false if the value is longer than MaxFormulaBits. A number of
// b bits to the power of n has more than (b-1)n bits, so the work is bounded as well.
func formulaExactPower(x *big.Rat, n int64) (*big.Rat, bool) {
	if int64(max(x.Num().BitLen(), x.Denom().BitLen())-1)*max(n, -n) > MaxFormulaBits {
		return nil, false
	}
	exponent := big.NewInt(max(n, -n))
	numerator := new(big.Int).Exp(x.Num(), exponent, nil)
	denominator := new(big.Int).Exp(x.Denom(), exponent, nil)
	if n < 0 {
		numerator, denominator = denominator, numerator
	}
	power := new(big.Rat).SetFrac(numerator, denominator)
	return power, checkFormulaSize(power, 0) == nil
}

// formulaRoundedPower is exp(y ln x) for x > 0; false if the result is out of range.
func formulaRoundedPower(x, y *big.Rat) (*big.Rat, bool) {
	ln2 := formulaLog(new(big.Rat).SetInt64(2))
	t := formulaFloat()
	t.Mul(formulaFloat().SetRat(y), formulaLog(x))

	// exp(t) = 2^k exp(r) with |r| <= ln2 / 2.
	quotient, _ := formulaFloat().Quo(t, ln2).Rat(nil)
	whole := formulaFloor(quotient.Add(quotient, big.NewRat(1, 2)))
	k := whole.Num()
	if !k.IsInt64() || k.Int64() > MaxFormulaBits || k.Int64() < -MaxFormulaBits {
		return nil, false
	}
	r := t.Sub(t, formulaFloat().Mul(formulaFloat().SetInt(k), ln2))
	power := formulaExp(r)
	power.SetMantExp(power, int(k.Int64()))

	// Through the decimal text, because the digits that count are decimal ones.
	result, ok := new(big.Rat).SetString(power.Text('e', formulaPowerDigits-1))
	return result, ok
}

// formulaFloat is an empty number of the working precision. Without it big.Float would
// take the precision of the operands, which is theirs to choose.
func formulaFloat() *big.Float { return new(big.Float).SetPrec(formulaPowerBits) }

// formulaExp sums the Taylor series for a small r, until a term no longer counts.
func formulaExp(r *big.Float) *big.Float {
	sum, term := formulaFloat().SetInt64(1), formulaFloat().SetInt64(1)
	for i := int64(1); formulaCounts(term, sum); i++ {
		term.Mul(term, r)
		term.Quo(term, formulaFloat().SetInt64(i))
		sum.Add(sum, term)
	}
	return sum
}

// formulaLog is the natural logarithm of x > 0. With x = m 2^e and m near one,
// ln m = 2 artanh((m-1)/(m+1)), whose series converges fast; ln 2 comes from the
// same series, where it is at its slowest, 1/3.
func formulaLog(x *big.Rat) *big.Float {
	m := formulaFloat().SetRat(x)
	e := m.MantExp(m) // 1/2 <= m < 1
	sum := formulaArtanh(formulaFloat().Quo(
		formulaFloat().Sub(m, formulaFloat().SetInt64(1)),
		formulaFloat().Add(m, formulaFloat().SetInt64(1))))
	ln2 := formulaArtanh(formulaFloat().Quo(formulaFloat().SetInt64(1), formulaFloat().SetInt64(3)))
	sum.Add(sum, ln2.Mul(ln2, formulaFloat().SetInt64(int64(e))))
	return sum.Mul(sum, formulaFloat().SetInt64(2))
}

// formulaArtanh sums z + z^3/3 + z^5/5 + ... for |z| <= 1/3.
func formulaArtanh(z *big.Float) *big.Float {
	sum, power := formulaFloat().Set(z), formulaFloat().Set(z)
	square := formulaFloat().Mul(z, z)
	for i := int64(3); formulaCounts(power, sum); i += 2 {
		power.Mul(power, square)
		sum.Add(sum, formulaFloat().Quo(power, formulaFloat().SetInt64(i)))
	}
	return sum
}

// formulaCounts reports whether adding term can still change sum.
func formulaCounts(term, sum *big.Float) bool {
	return term.Sign() != 0 && term.MantExp(nil) > sum.MantExp(nil)-formulaPowerBits-1
}
