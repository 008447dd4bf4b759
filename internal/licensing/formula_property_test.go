package licensing

import (
	"fmt"
	"math"
	"math/big"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// reference is a second, deliberately different implementation: it keeps a
// formula as flat chains of operands and operators, and evaluates a chain in one
// pass per level of precedence. Its value is nil where it has no opinion: in the
// corners (division by zero, inexact powers) that the table tests cover.
type formulaReference struct {
	text  string
	value *big.Rat
}

var formulaReferenceVariables = map[string]*big.Rat{
	"price": big.NewRat(5, 2), "Quantity": big.NewRat(7, 1), "zero": new(big.Rat), "debt": big.NewRat(-1, 3),
}

func drawFormulaChain(t *rapid.T, depth int) formulaReference {
	n := rapid.IntRange(1, 4).Draw(t, "operands")
	operands, operators := []formulaReference{drawFormulaOperand(t, depth)}, []string(nil)
	for range n - 1 {
		operators = append(operators, rapid.SampledFrom([]string{"+", "-", "*", "/", "^"}).Draw(t, "operator"))
		operands = append(operands, drawFormulaOperand(t, depth))
	}
	text := operands[0].text
	for i, operator := range operators {
		text += drawFormulaBlank(t) + operator + drawFormulaBlank(t) + operands[i+1].text
	}
	for _, level := range []string{"^", "*/", "+-"} {
		for i := 0; i < len(operators); {
			if !strings.Contains(level, operators[i]) {
				i++
				continue
			}
			operands[i].value = applyFormulaReference(operators[i], operands[i].value, operands[i+1].value)
			operands = append(operands[:i+1], operands[i+2:]...)
			operators = append(operators[:i], operators[i+1:]...)
		}
	}
	return formulaReference{text, operands[0].value}
}

func drawFormulaOperand(t *rapid.T, depth int) formulaReference {
	kind := rapid.IntRange(0, 6).Draw(t, "kind")
	if depth == 0 {
		kind %= 3
	}
	switch kind {
	case 0:
		whole := rapid.IntRange(0, 12).Draw(t, "whole")
		return formulaReference{fmt.Sprint(whole), big.NewRat(int64(whole), 1)}
	case 1:
		cents := rapid.Int64Range(0, 999).Draw(t, "cents")
		return formulaReference{fmt.Sprintf("%d.%02d", cents/100, cents%100), big.NewRat(cents, 100)}
	case 2:
		name := rapid.SampledFrom([]string{"price", "Quantity", "zero", "debt"}).Draw(t, "name")
		return formulaReference{rapid.SampledFrom([]string{name, strings.ToUpper(name)}).Draw(t, "case"), formulaReferenceVariables[name]}
	case 3:
		operand := drawFormulaOperand(t, depth-1)
		return formulaReference{"-" + drawFormulaBlank(t) + operand.text, applyFormulaReference("-", new(big.Rat), operand.value)}
	case 4:
		operand := drawFormulaOperand(t, depth-1)
		return formulaReference{"+" + operand.text, operand.value}
	case 5:
		inner := drawFormulaChain(t, depth-1)
		return formulaReference{"(" + drawFormulaBlank(t) + inner.text + ")", inner.value}
	default:
		a, b := drawFormulaChain(t, depth-1), drawFormulaChain(t, depth-1)
		function := rapid.SampledFrom([]string{"sum", "Product", "POWER", "Min", "MAX"}).Draw(t, "function")
		operator := map[string]string{"sum": "+", "Product": "*", "POWER": "^", "Min": "min", "MAX": "max"}[function]
		return formulaReference{function + "(" + a.text + "," + drawFormulaBlank(t) + b.text + ")", applyFormulaReference(operator, a.value, b.value)}
	}
}

func drawFormulaBlank(t *rapid.T) string {
	return rapid.SampledFrom([]string{"", " ", "\n\t"}).Draw(t, "blank")
}

func applyFormulaReference(operator string, a, b *big.Rat) *big.Rat {
	if a == nil || b == nil {
		return nil
	}
	r := new(big.Rat)
	switch {
	case operator == "+":
		return r.Add(a, b)
	case operator == "-":
		return r.Sub(a, b)
	case operator == "*":
		return r.Mul(a, b)
	case operator == "/" && b.Sign() != 0:
		return r.Quo(a, b)
	case operator == "min" && a.Cmp(b) < 0, operator == "max" && a.Cmp(b) > 0:
		return a
	case operator == "min", operator == "max":
		return b
	case operator == "^" && b.IsInt() && b.Num().IsInt64() && a.Sign() != 0 && a.Num().BitLen() < 200 && a.Denom().BitLen() < 200:
		n := b.Num().Int64()
		if n < -12 || n > 12 {
			return nil
		}
		if n < 0 {
			a, n = new(big.Rat).Inv(a), -n
		}
		r.SetInt64(1)
		for range n {
			r.Mul(r, a)
		}
		return r
	}
	return nil
}

func TestFormulaAgreesWithReference(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		want := drawFormulaChain(t, 3)
		f, err := ParseFormula(want.text)
		if err != nil {
			if len(want.text) > MaxFormulaLength/2 {
				return // out of bounds
			}
			t.Fatalf("ParseFormula(%q): %v", want.text, err)
		}
		got, err := f.Evaluate(formulaReferenceVariables)
		if want.value == nil {
			return
		}
		if err != nil {
			if strings.Contains(err.Error(), "too many digits") {
				return // out of bounds
			}
			t.Fatalf("Evaluate(%q): %v, want %s", want.text, err, want.value.RatString())
		}
		if got.Cmp(want.value) != 0 {
			t.Fatalf("%q = %s, want %s", want.text, got.RatString(), want.value.RatString())
		}
	})
}

func TestFormulaPowerIsCloseToFloatingPoint(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		x := rapid.Float64Range(1e-9, 1e9).Draw(t, "x")
		y := rapid.Float64Range(-20, 20).Draw(t, "y")
		got, err := formulaPower(new(big.Rat).SetFloat64(x), new(big.Rat).SetFloat64(y), 1)
		if err != nil {
			t.Fatal(err)
		}
		float, _ := got.Float64()
		if want := math.Pow(x, y); math.Abs(float-want) > 1e-12*want {
			t.Fatalf("%g ^ %g = %g, want about %g", x, y, float, want)
		}
	})
}

// Where the exact value is known, the rounded one is that value to 15 digits, however long the exponent.
func TestFormulaRoundedPowerHasFifteenRightDigits(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		x := big.NewRat(rapid.Int64Range(1, 1e6).Draw(t, "numerator"), rapid.Int64Range(1, 1e6).Draw(t, "denominator"))
		n := rapid.Int64Range(-400, 400).Draw(t, "exponent")
		exact := new(big.Rat).SetInt64(1)
		for range max(n, -n) {
			exact.Mul(exact, x)
		}
		if n < 0 {
			exact.Inv(exact)
		}
		rounded, ok := formulaRoundedPower(x, big.NewRat(n, 1))
		if !ok {
			return // out of bounds
		}
		// Half a unit of the last digit is as near as fifteen digits come; a tie may go either way.
		_, exponent, _ := strings.Cut(new(big.Float).SetPrec(2000).SetRat(exact).Text('e', formulaPowerDigits-1), "e")
		unit, _ := new(big.Rat).SetString("1e" + exponent)
		unit.Quo(unit, new(big.Rat).SetInt(new(big.Int).Exp(big.NewInt(10), big.NewInt(formulaPowerDigits-1), nil)))
		distance := new(big.Rat).Sub(rounded, exact)
		if distance.Abs(distance).Mul(distance, big.NewRat(2, 1)).Cmp(unit) > 0 {
			t.Fatalf("%s ^ %d = %s, which is further than half of %s from %s", x, n, rounded, unit, exact)
		}
	})
}

func TestFormulaRoundIsNearestAndSymmetric(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		x := big.NewRat(rapid.Int64().Draw(t, "numerator"), rapid.Int64Range(1, 1e6).Draw(t, "denominator"))
		digits := rapid.Int64Range(-6, 6).Draw(t, "digits")
		unit := new(big.Rat).SetFloat64(1)
		for range max(digits, -digits) {
			unit.Mul(unit, big.NewRat(10, 1))
		}
		if digits > 0 {
			unit.Inv(unit)
		}
		rounded, err := formulaRound(x, big.NewRat(digits, 1), 1)
		if err != nil {
			t.Fatal(err)
		}
		if multiple := new(big.Rat).Quo(rounded, unit); !multiple.IsInt() {
			t.Fatalf("ROUND(%s, %d) = %s is no multiple of the unit", x, digits, rounded)
		}
		distance := new(big.Rat).Sub(rounded, x)
		if distance.Abs(distance).Cmp(new(big.Rat).Quo(unit, big.NewRat(2, 1))) > 0 {
			t.Fatalf("ROUND(%s, %d) = %s is not the nearest", x, digits, rounded)
		}
		mirrored, _ := formulaRound(new(big.Rat).Neg(x), big.NewRat(digits, 1), 1)
		if mirrored.Neg(mirrored).Cmp(rounded) != 0 {
			t.Fatalf("ROUND(-x, %d) is not -ROUND(x, %d) for x = %s", digits, digits, x)
		}
	})
}

func FuzzFormula(f *testing.F) {
	for _, seed := range []string{
		"FLOOR.MATH(1.6423169)", "POWER(3, 9.57) + quantity", "price * quantity", "(basePrice + surcharge) * discount",
		"-2^2", "2^-(3^2)", "1--1/+3", "ROUND(-1250.5,-2)", "MAX(1,2,3)-MIN(a,b)", "10^4000", "((((", "1.5.5", "ABS(", "x^y^z", "\xff",
	} {
		f.Add(seed, int64(3), int64(7))
	}
	f.Fuzz(func(t *testing.T, text string, numerator, denominator int64) {
		first, err := ParseFormula(text)
		if err != nil {
			return
		}
		canonical := first.String()
		if len(canonical) > len(text) {
			t.Fatalf("the canonical form of %q is longer: %q", text, canonical)
		}
		second, err := ParseFormula(canonical)
		if err != nil {
			t.Fatalf("the canonical form of %q does not parse: %q: %v", text, canonical, err)
		}
		if again := second.String(); again != canonical {
			t.Fatalf("the canonical form of %q is not stable: %q, then %q", text, canonical, again)
		}
		vars := map[string]*big.Rat{}
		for i, name := range first.Variables() {
			vars[name] = big.NewRat(numerator+int64(i), max(1, denominator))
		}
		a, errA := first.Evaluate(vars)
		b, errB := second.Evaluate(vars)
		if (errA == nil) != (errB == nil) || errA == nil && a.Cmp(b) != 0 {
			t.Fatalf("%q = %v (%v), but %q = %v (%v)", text, a, errA, canonical, b, errB)
		}
		if errA == nil && (a.Num().BitLen() > MaxFormulaBits || a.Denom().BitLen() > MaxFormulaBits) {
			t.Fatalf("%q is out of bounds", text)
		}
	})
}
