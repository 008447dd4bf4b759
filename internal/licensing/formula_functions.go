package licensing

import (
	"fmt"
	"maps"
	"math/big"
	"slices"
)

// formulaFunction is a function of the formula language. A variadic one takes
// arity arguments or more, and apply sees them two at a time.
type formulaFunction struct {
	name     string
	arity    int
	variadic bool
	apply    func(arguments []*big.Rat, position int) (*big.Rat, error)
}

// arguments says in words how many arguments the function takes.
func (f *formulaFunction) arguments() string {
	switch {
	case f.variadic:
		return fmt.Sprintf("%d arguments or more", f.arity)
	case f.arity == 1:
		return "1 argument"
	default:
		return fmt.Sprintf("%d arguments", f.arity)
	}
}

// formulaFunctions is the whole function library, by upper-case name. It holds what
// is documented for rate tables and nothing more: a formula that is accepted once has
// to be accepted for ever, because rate tables are immutable.
var formulaFunctions = func() map[string]*formulaFunction {
	library := map[string]*formulaFunction{}
	for _, f := range []*formulaFunction{
		{name: "ABS", arity: 1, apply: formulaExact(func(a []*big.Rat) *big.Rat { return new(big.Rat).Abs(a[0]) })},
		{name: "CEILING.MATH", arity: 1, apply: formulaExact(func(a []*big.Rat) *big.Rat { return formulaCeiling(a[0]) })},
		{name: "FLOOR.MATH", arity: 1, apply: formulaExact(func(a []*big.Rat) *big.Rat { return formulaFloor(a[0]) })},
		{name: "MAX", arity: 2, variadic: true, apply: formulaExact(func(a []*big.Rat) *big.Rat { return formulaLarger(a[0], a[1]) })},
		{name: "MIN", arity: 2, variadic: true, apply: formulaExact(func(a []*big.Rat) *big.Rat { return formulaSmaller(a[0], a[1]) })},
		{name: "POWER", arity: 2, apply: func(a []*big.Rat, position int) (*big.Rat, error) { return formulaPower(a[0], a[1], position) }},
		{name: "PRODUCT", arity: 2, variadic: true, apply: formulaExact(func(a []*big.Rat) *big.Rat { return new(big.Rat).Mul(a[0], a[1]) })},
		{name: "ROUND", arity: 2, apply: func(a []*big.Rat, position int) (*big.Rat, error) { return formulaRound(a[0], a[1], position) }},
		{name: "SUM", arity: 2, variadic: true, apply: formulaExact(func(a []*big.Rat) *big.Rat { return new(big.Rat).Add(a[0], a[1]) })},
	} {
		library[f.name] = f
	}
	return library
}()

func formulaFunctionNames() []string { return slices.Sorted(maps.Keys(formulaFunctions)) }

// formulaExact adapts a function that cannot fail.
func formulaExact(f func([]*big.Rat) *big.Rat) func([]*big.Rat, int) (*big.Rat, error) {
	return func(arguments []*big.Rat, _ int) (*big.Rat, error) { return f(arguments), nil }
}

// formulaFloor rounds towards minus infinity, as FLOOR.MATH with one argument
// does: FLOOR.MATH(-1.5) is -2. Div is Euclidean, which for the always positive
// denominator of a Rat is just that.
func formulaFloor(x *big.Rat) *big.Rat {
	return new(big.Rat).SetInt(new(big.Int).Div(x.Num(), x.Denom()))
}

// formulaCeiling rounds towards plus infinity: CEILING.MATH(-1.5) is -1.
func formulaCeiling(x *big.Rat) *big.Rat {
	floor := formulaFloor(new(big.Rat).Neg(x))
	return floor.Neg(floor)
}

// formulaLarger returns one of its arguments, not a copy; see formulaNode.
func formulaLarger(x, y *big.Rat) *big.Rat {
	if x.Cmp(y) < 0 {
		return y
	}
	return x
}

// formulaSmaller returns one of its arguments, not a copy; see formulaNode.
func formulaSmaller(x, y *big.Rat) *big.Rat {
	if x.Cmp(y) > 0 {
		return y
	}
	return x
}

// formulaRound rounds half away from zero to a number of decimals; a negative
// number rounds to tens, hundreds and so on, as in a spreadsheet.
func formulaRound(x, precision *big.Rat, position int) (*big.Rat, error) {
	limit := big.NewRat(MaxFormulaDigits, 1)
	if !precision.IsInt() || new(big.Rat).Abs(precision).Cmp(limit) > 0 {
		return nil, formulaErrorf(position, "the precision of ROUND is a whole number from -%d to %d", MaxFormulaDigits, MaxFormulaDigits)
	}
	digits := precision.Num().Int64()
	magnitude := new(big.Int).Exp(big.NewInt(10), big.NewInt(max(digits, -digits)), nil)
	scale := new(big.Rat).SetInt(magnitude)
	if digits < 0 {
		scale.Inv(scale)
	}
	scaled := new(big.Rat).Mul(new(big.Rat).Abs(x), scale)
	rounded := formulaFloor(scaled.Add(scaled, big.NewRat(1, 2)))
	if x.Sign() < 0 {
		rounded.Neg(rounded)
	}
	return rounded.Quo(rounded, scale), nil
}
