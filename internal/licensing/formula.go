package licensing

import (
	"fmt"
	"maps"
	"math/big"
	"slices"
	"strings"
)

// Bounds of a formula. A formula arrives in a rate table, which a producer
// writes, and its variables in an access request, which anybody with a claim
// writes; neither may cost the server more than a moment.
const (
	MaxFormulaLength  = 1024 // bytes of text
	MaxFormulaDepth   = 32   // parentheses, calls and signs inside each other
	MaxFormulaNodes   = 256  // numbers, variables, operators and calls
	MaxFormulaBits    = 4096 // of any numerator or denominator on the way
	MaxFormulaPower   = 4096 // magnitude of an exponent
	MaxFormulaDigits  = 30   // magnitude of the precision of ROUND
	maxFormulaListing = 10   // names an error lists before it says "and more"
)

// Formula is a parsed price expression of a rate table.
//
// It reads like a spreadsheet formula, and where spreadsheets differ from
// mathematics it follows the spreadsheet: a sign binds tighter than "^", so
// -2^2 is 4, and "^" groups to the left, so 2^3^2 is 64. Names of functions and
// variables are ASCII and ignore case. SUM, PRODUCT, MIN and MAX take two
// arguments or more.
//
// Arithmetic is exact, on rational numbers; only a power that has no short exact
// value is rounded (see formula_power.go), and equally on every architecture,
// because two replicas must never disagree about a price.
type Formula struct {
	root      formulaNode
	variables []string
}

// FormulaError says what is wrong and where. Position counts bytes from 1.
type FormulaError struct {
	Position int
	Message  string
}

// Error puts the position first: formulas are one line, and a reader counts to it.
func (e *FormulaError) Error() string {
	return fmt.Sprintf("position %d: %s", e.Position, e.Message)
}

func formulaErrorf(position int, format string, args ...any) error {
	return &FormulaError{Position: position, Message: fmt.Sprintf(format, args...)}
}

// Variables returns the names Evaluate needs values for, in lower case, sorted.
func (f *Formula) Variables() []string { return slices.Clone(f.variables) }

// String returns the formula in canonical form: function names in upper case,
// variables in lower case, and no blank, sign or parenthesis that does not
// matter. It is never longer than the text that was parsed, so that it passes
// the same bounds.
func (f *Formula) String() string {
	var b strings.Builder
	f.root.write(&b)
	return b.String()
}

// Evaluate computes the value of the formula. The names in vars ignore case;
// names the formula does not use are ignored, because one request serves line
// items with different rate tables. The result may be negative: what that means
// for a price is not the formula's business.
func (f *Formula) Evaluate(vars map[string]*big.Rat) (*big.Rat, error) {
	folded := make(formulaScope, len(f.variables))
	// Sorted, so that of two problems always the same one is reported.
	for _, name := range slices.Sorted(maps.Keys(vars)) {
		lower, value := strings.ToLower(name), vars[name]
		if _, used := slices.BinarySearch(f.variables, lower); !used || value == nil {
			continue
		}
		if previous, ok := folded[lower]; ok && previous.Cmp(value) != 0 {
			return nil, fmt.Errorf("variable %q is given twice, with different values", lower)
		}
		folded[lower] = value
	}
	// All of them at once: a client that adds them one by one needs one request per name.
	var missing []string
	for _, name := range f.variables {
		if _, ok := folded[name]; !ok {
			missing = append(missing, name)
		}
	}
	if len(missing) > 0 {
		return nil, fmt.Errorf("no value for variable %s; the formula uses %s", formulaListing(missing), formulaListing(f.variables))
	}
	value, err := evaluateFormulaNode(f.root, folded)
	if err != nil {
		return nil, err
	}
	// A formula that is a single variable must not hand out the caller's own number.
	return new(big.Rat).Set(value), nil
}

// formulaListing joins names for an error message, bounded.
func formulaListing(names []string) string {
	if len(names) > maxFormulaListing {
		return strings.Join(names[:maxFormulaListing], ", ") + " and more"
	}
	return strings.Join(names, ", ")
}
