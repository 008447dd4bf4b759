package licensing

import (
	"errors"
	"math/big"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func rational(t *testing.T, text string) *big.Rat {
	t.Helper()
	r, ok := new(big.Rat).SetString(text)
	if !ok {
		t.Fatalf("%q is not a number", text)
	}
	return r
}

func mustParseFormula(t *testing.T, text string) *Formula {
	t.Helper()
	f, err := ParseFormula(text)
	if err != nil {
		t.Fatalf("ParseFormula(%q): %v", text, err)
	}
	return f
}

func TestFormulaValue(t *testing.T) {
	vars := map[string]*big.Rat{
		"price": big.NewRat(5, 2), "Quantity": big.NewRat(4, 1), "BASEPRICE": big.NewRat(10, 1),
		"surcharge": big.NewRat(1, 4), "discount": big.NewRat(9, 10), "unused": nil,
	}
	tests := map[string]struct{ formula, want string }{
		"documented sample: floor":               {"FLOOR.MATH(1.6423169)", "1"},
		"documented sample: power plus variable": {"POWER(3, 9.57) + quantity", "36821.170409503"},
		"documented sample: product":             {"price * quantity", "10"},
		"documented sample: parentheses":         {"(basePrice + surcharge) * discount", "9.225"},

		"an integer":                                  {"42", "42"},
		"leading zeros do not mean octal":             {"010", "10"},
		"a decimal is exact":                          {"0.1 + 0.2", "0.3"},
		"a decimal without integer part":              {".5", "0.5"},
		"a decimal without fraction":                  {"5.", "5"},
		"a negative literal":                          {"-7", "-7"},
		"a third is exact":                            {"1/3*3", "1"},
		"names ignore case":                           {"PRICE + Price + pRiCe", "7.5"},
		"functions ignore case":                       {"floor.math(2.9) + Abs(-1)", "3"},
		"blanks of every kind are ignored":            {"\t1\n +\r 2 ", "3"},
		"product binds tighter than sum":              {"1 + 2 * 3", "7"},
		"parentheses bind tightest":                   {"(1 + 2) * 3", "9"},
		"difference groups to the left":               {"10 - 4 - 3", "3"},
		"quotient groups to the left":                 {"100 / 10 / 5", "2"},
		"power groups to the left":                    {"2 ^ 3 ^ 2", "64"},
		"power binds tighter than product":            {"2 * 3 ^ 2", "18"},
		"a sign binds tighter than power":             {"-2 ^ 2", "4"},
		"a difference is not a sign":                  {"0 - 2 ^ 2", "-4"},
		"a sign in an exponent":                       {"2 ^ -2", "0.25"},
		"signs repeat":                                {"--+-5", "-5"},
		"minus minus":                                 {"3 - -2", "5"},
		"floor of a negative goes down":               {"FLOOR.MATH(-1.5)", "-2"},
		"floor of a whole number":                     {"FLOOR.MATH(-2)", "-2"},
		"ceiling":                                     {"CEILING.MATH(1.2)", "2"},
		"ceiling of a negative goes up":               {"CEILING.MATH(-1.5)", "-1"},
		"absolute value":                              {"ABS(0 - 3.5)", "3.5"},
		"minimum":                                     {"MIN(3, -4)", "-4"},
		"maximum":                                     {"MAX(3, -4)", "3"},
		"minimum of more than two":                    {"MIN(3, 2, 1, 2)", "1"},
		"maximum of more than two":                    {"MAX(3, 7, 1, 2)", "7"},
		"sum of two":                                  {"SUM(1, 2)", "3"},
		"sum of more than two":                        {"SUM(1, 2, 3.5)", "6.5"},
		"product of two":                              {"PRODUCT(4, 0.5)", "2"},
		"product of more than two":                    {"PRODUCT(2, 3, 4)", "24"},
		"round half goes away from zero":              {"ROUND(2.5, 0)", "3"},
		"round negative half goes away from zero":     {"ROUND(-2.5, 0)", "-3"},
		"round to cents":                              {"ROUND(1.005, 2)", "1.01"},
		"round below half":                            {"ROUND(1.0049, 2)", "1"},
		"round to hundreds":                           {"ROUND(1250, -2)", "1300"},
		"round to more than there is":                 {"ROUND(7, -2)", "0"},
		"calls nest":                                  {"MAX(MIN(5, 3), SUM(1, ABS(-1)))", "3"},
		"power with a whole exponent is exact":        {"POWER(1.1, 10)", "2.5937424601"},
		"power of a negative, odd exponent":           {"POWER(-2, 3)", "-8"},
		"power of a negative, even exponent":          {"POWER(-2, 4)", "16"},
		"power of a negative, negative exponent":      {"POWER(-2, -3)", "-0.125"},
		"power of a fraction, negative exponent":      {"POWER(0.5, -3)", "8"},
		"power of one, largest exponent":              {"1 ^ 4096", "1"},
		"zero to a positive power":                    {"0 ^ 0.5", "0"},
		"anything to the power of zero":               {"17.5 ^ 0", "1"},
		"a square root has 15 digits":                 {"2 ^ 0.5", "1.41421356237310"},
		"an inverse root has 15 digits":               {"10 ^ -0.5", "0.316227766016838"},
		"a root that is whole":                        {"9 ^ 0.5", "3"},
		"one to a fractional power":                   {"1 ^ 0.3", "1"},
		"a long exact power is rounded":               {"1.00005 ^ 365", "1.01841708431672"},
		"a long exact power of a negative, odd":       {"(-1.00005) ^ 365", "-1.01841708431672"},
		"a long exact power of a negative, even":      {"(-1.00005) ^ 366", "1.01846800517094"},
		"a power too long for its bits only if exact": {"1.5 ^ 4000", "2.31758794243082E+704"},
		"a large inexact power":                       {"7 ^ 1234.5", "1.8772858107565E+1043"},
		"an exponent that magnifies errors":           {"1.0001 ^ 4095.5", "1.50610903004451"},
		"a large power stays exact up to the bits":    {"2 ^ 4095 / 2 ^ 4094", "2"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			got, err := mustParseFormula(t, test.formula).Evaluate(vars)
			if err != nil {
				t.Fatalf("Evaluate(%q): %v", test.formula, err)
			}
			if want := rational(t, test.want); got.Cmp(want) != 0 {
				t.Errorf("%s = %s, want %s", test.formula, got.FloatString(20), test.want)
			}
		})
	}
}

func TestFormulaSyntaxErrorsNamePositionAndExpectation(t *testing.T) {
	tests := map[string]struct{ formula, want string }{
		"empty":                     {"", `position 1: expected a number, a variable, a function or "(", found the end of the formula`},
		"blank":                     {"  ", `position 3: expected a number, a variable, a function or "(", found the end of the formula`},
		"dangling operator":         {"1 +", `position 4: expected a number, a variable, a function or "(", found the end of the formula`},
		"two operators":             {"1 * / 2", `position 5: expected a number, a variable, a function or "(", found "/"`},
		"two operands":              {"price quantity", `position 7: expected an operator or the end of the formula, found "quantity"`},
		"unopened parenthesis":      {"1)", `position 2: expected an operator or the end of the formula, found ")"`},
		"unclosed parenthesis":      {"(1 + 2", `position 7: expected an operator or ")", found the end of the formula`},
		"empty parentheses":         {"()", `position 2: expected a number, a variable, a function or "(", found ")"`},
		"unclosed call":             {"MAX(1, 2", `position 9: expected an operator, "," or ")", found the end of the formula`},
		"empty argument":            {"MAX(1,)", `position 7: expected a number, a variable, a function or "(", found ")"`},
		"no argument":               {"ABS()", `position 5: expected a number, a variable, a function or "(", found ")"`},
		"comma outside a call":      {"1, 2", `position 2: expected an operator or the end of the formula, found ","`},
		"too few arguments":         {"1 + POWER(2)", `position 5: POWER takes 2 arguments, found 1`},
		"too many arguments":        {"ABS(1, 2)", `position 1: ABS takes 1 argument, found 2`},
		"too few for a variadic":    {"SUM(1)", `position 1: SUM takes 2 arguments or more, found 1`},
		"unknown function":          {"2 * SQRT(4)", `position 5: unknown function "SQRT"; the functions are ABS, CEILING.MATH, FLOOR.MATH, MAX, MIN, POWER, PRODUCT, ROUND, SUM`},
		"function as variable":      {"max + 1", `position 1: MAX is a function: expected "(" after it, found "+"`},
		"exponent notation":         {"1e5", `position 2: expected an operator or the end of the formula, found "e5"`},
		"two decimal points":        {"1.2.3", `position 4: expected an operator or the end of the formula, found ".3"`},
		"a point alone":             {"1 + .", `position 5: expected a digit before or after "."`},
		"percent":                   {"10%", `position 3: character '%' does not belong in a formula`},
		"a letter beyond ASCII":     {"preis_für", `position 8: character 'ü' does not belong in a formula`},
		"invalid UTF-8":             {"1\xff", `position 2: character '�' does not belong in a formula`},
		"a bad character in a call": {"MAX(1, #)", `position 8: character '#' does not belong in a formula`},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			_, err := ParseFormula(test.formula)
			var syntax *FormulaError
			if !errors.As(err, &syntax) {
				t.Fatalf("ParseFormula(%q) = %v, want a FormulaError", test.formula, err)
			}
			if diff := cmp.Diff(test.want, err.Error()); diff != "" {
				t.Errorf("ParseFormula(%q) (-want +got):\n%s", test.formula, diff)
			}
		})
	}
}

func TestFormulaEvaluationErrors(t *testing.T) {
	vars := map[string]*big.Rat{"zero": new(big.Rat), "nothing": nil, "huge": new(big.Rat).SetInt(new(big.Int).Lsh(big.NewInt(1), 5000))}
	tests := map[string]struct{ formula, want string }{
		"division by zero":             {"1 + 2 / zero", "position 7: division by zero"},
		"zero to a negative power":     {"0 ^ -1", "position 3: division by zero: zero to a negative power"},
		"zero to the power of zero":    {"POWER(0, 0)", "position 1: zero to the power of zero has no value"},
		"root of a negative":           {"(-4) ^ 0.5", "position 6: a negative number to a fractional power has no value"},
		"exponent out of bounds":       {"2 ^ 4097", "position 3: an exponent is from -4096 to 4096"},
		"exponent far out of bounds":   {"2 ^ -(10 ^ 900)", "position 3: an exponent is from -4096 to 4096"},
		"power too large":              {"10 ^ 4000", "position 4: the power is too large or too small: it has at most 4096 bits before or after the point"},
		"power too small":              {"10 ^ -4000.5", "position 4: the power is too large or too small: it has at most 4096 bits before or after the point"},
		"product too large":            {"2 ^ 4000 * 2 ^ 4000", "position 10: the value has too many digits: numerator and denominator have at most 4096 bits"},
		"variadic product too large":   {"PRODUCT(2 ^ 4000, 2 ^ 4000, 2 ^ -4000)", "position 1: the value has too many digits: numerator and denominator have at most 4096 bits"},
		"variable too large":           {"1 + huge", "position 5: the value has too many digits: numerator and denominator have at most 4096 bits"},
		"precision not whole":          {"ROUND(1, 0.5)", "position 1: the precision of ROUND is a whole number from -30 to 30"},
		"precision out of bounds":      {"ROUND(1, 31)", "position 1: the precision of ROUND is a whole number from -30 to 30"},
		"precision far out of bounds":  {"ROUND(1, -(10 ^ 100))", "position 1: the precision of ROUND is a whole number from -30 to 30"},
		"unknown variable":             {"zero * Price", "no value for variable price; the formula uses price, zero"},
		"several unknown variables":    {"b + a + b", "no value for variable a, b; the formula uses a, b"},
		"variable with a nil value":    {"nothing", "no value for variable nothing; the formula uses nothing"},
		"more variables than we list":  {"a+b+c+d+e+f+g+h+i+j+k", "no value for variable a, b, c, d, e, f, g, h, i, j and more; the formula uses a, b, c, d, e, f, g, h, i, j and more"},
		"an error deep in an argument": {"MAX(1, MIN(2, 1/zero))", "position 16: division by zero"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			got, err := mustParseFormula(t, test.formula).Evaluate(vars)
			if err == nil {
				t.Fatalf("Evaluate(%q) = %s, want an error", test.formula, got.RatString())
			}
			if diff := cmp.Diff(test.want, err.Error()); diff != "" {
				t.Errorf("Evaluate(%q) (-want +got):\n%s", test.formula, diff)
			}
		})
	}
}

func TestFormulaBounds(t *testing.T) {
	nested := func(open string, n int, closing string) string {
		return strings.Repeat(open, n) + "1" + strings.Repeat(closing, n)
	}
	tests := map[string]struct {
		formula string
		want    string // part of the error; empty if it parses
	}{
		"the longest text":                {strings.Repeat(" ", MaxFormulaLength-1) + "1", ""},
		"one byte more":                   {strings.Repeat(" ", MaxFormulaLength) + "1", "at most 1024 bytes, this one 1025"},
		"the deepest parentheses":         {nested("(", MaxFormulaDepth, ")"), ""},
		"one parenthesis deeper":          {nested("(", MaxFormulaDepth+1, ")"), "at most 32 levels"},
		"the deepest calls":               {nested("ABS(", MaxFormulaDepth, ")"), ""},
		"one call deeper":                 {nested("ABS(", MaxFormulaDepth+1, ")"), "at most 32 levels"},
		"the most signs":                  {nested("-", MaxFormulaDepth, ""), ""},
		"one sign more":                   {nested("-", MaxFormulaDepth+1, ""), "at most 32 levels"},
		"a thousand parentheses":          {strings.Repeat("(", 1000), "at most 32 levels"},
		"the most nodes":                  {strings.Repeat("1+", 127) + "-1", ""},
		"one node more":                   {strings.Repeat("1+", 128) + "1", "at most 256 numbers"},
		"the most nodes, flat in a call":  {"SUM(" + strings.Repeat("1,", 254) + "1)", ""},
		"one node more, flat in a call":   {"SUM(" + strings.Repeat("1,", 255) + "1)", "at most 256 numbers"},
		"a literal as long as the text":   {strings.Repeat("9", MaxFormulaLength), ""},
		"a variable as long as the text":  {strings.Repeat("x", MaxFormulaLength), ""},
		"a fraction as long as the text":  {"." + strings.Repeat("3", MaxFormulaLength-1), ""},
		"text that is nothing but braces": {strings.Repeat("()", 512), "expected a number"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			_, err := ParseFormula(test.formula)
			switch {
			case test.want == "" && err != nil:
				t.Errorf("unexpected error: %v", err)
			case test.want != "" && (err == nil || !strings.Contains(err.Error(), test.want)):
				t.Errorf("error %v, want one with %q", err, test.want)
			}
		})
	}
}

func TestFormulaString(t *testing.T) {
	tests := map[string]struct{ formula, want string }{
		"blanks go":                              {" 1 + 2 ", "1+2"},
		"names are folded":                       {"Round(BasePrice, 2)", "ROUND(baseprice,2)"},
		"needless parentheses go":                {"((1 * 2) + (3))", "1*2+3"},
		"needed parentheses stay":                {"(1 + 2) * 3", "(1+2)*3"},
		"parentheses on the right stay":          {"1 - (2 - 3)", "1-(2-3)"},
		"parentheses on the left go":             {"(1 - 2) - 3", "1-2-3"},
		"right-grouped power stays":              {"2 ^ (3 ^ 2)", "2^(3^2)"},
		"plus signs go":                          {"+1 - +2", "1-2"},
		"a sign in parentheses before a power":   {"(-2) ^ 2", "-2^2"},
		"a sign before a power in parentheses":   {"-(2 ^ 2)", "-(2^2)"},
		"minus minus stays":                      {"1 - (-1)", "1--1"},
		"arguments need no parentheses":          {"MAX((1 + 2), (3))", "MAX(1+2,3)"},
		"digits stay as they were written":       {"01.50", "01.50"},
		"a quotient of a product keeps grouping": {"8 / (4 * 2)", "8/(4*2)"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			if diff := cmp.Diff(test.want, mustParseFormula(t, test.formula).String()); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func TestFormulaVariablesAreFoldedSortedAndUnique(t *testing.T) {
	f := mustParseFormula(t, "Quantity * price + PRICE / seats.EU_1 + MAX(a, 1)")
	want := []string{"a", "price", "quantity", "seats.eu_1"}
	if diff := cmp.Diff(want, f.Variables()); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	f.Variables()[0] = "changed"
	if diff := cmp.Diff(want, f.Variables()); diff != "" {
		t.Errorf("the caller's slice is the formula's own (-want +got):\n%s", diff)
	}
}

func TestFormulaRefusesOneVariableWithTwoValues(t *testing.T) {
	f := mustParseFormula(t, "price")
	if _, err := f.Evaluate(map[string]*big.Rat{"price": big.NewRat(1, 1), "PRICE": big.NewRat(2, 1)}); err == nil {
		t.Error("two values for one name were accepted")
	}
	if _, err := f.Evaluate(map[string]*big.Rat{"price": big.NewRat(1, 1), "PRICE": big.NewRat(1, 1)}); err != nil {
		t.Errorf("the same value twice was refused: %v", err)
	}
}

func TestFormulaSharesNoNumberWithItsCaller(t *testing.T) {
	price := big.NewRat(5, 1)
	for _, text := range []string{"price", "(price)", "MAX(price, 1)", "5"} {
		f := mustParseFormula(t, text)
		vars := map[string]*big.Rat{"price": price}
		first, err := f.Evaluate(vars)
		if err != nil {
			t.Fatal(err)
		}
		first.SetInt64(99)
		if second, _ := f.Evaluate(vars); second.Cmp(big.NewRat(5, 1)) != 0 {
			t.Errorf("%s: changing a result changed the formula or the variable", text)
		}
	}
}
