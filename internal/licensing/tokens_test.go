package licensing

import (
	"encoding/json"
	"errors"
	"math"
	"math/big"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestTokensReadAndPrintPlainDecimals(t *testing.T) {
	for _, test := range []struct {
		name, text string
		want       Tokens
		printed    string
	}{
		{"whole number", "44", 44 * Token, "44"},
		{"zero", "0", 0, "0"},
		{"negative zero", "-0", 0, "0"},
		{"fraction", "29.333333", 29_333_333, "29.333333"},
		{"smallest fraction", "0.000001", 1, "0.000001"},
		{"trailing zeros are dropped", "1.500000", 1_500_000, "1.5"},
		{"leading zeros are dropped", "007", 7 * Token, "7"},
		{"zeros inside the fraction stay", "10.010", 10_010_000, "10.01"},
		{"negative", "-2.5", -2_500_000, "-2.5"},
		{"negative fraction", "-0.000001", -1, "-0.000001"},
		{"largest", "9223372036854.775807", MaxTokens, "9223372036854.775807"},
		{"smallest", "-9223372036854.775808", math.MinInt64, "-9223372036854.775808"},
	} {
		t.Run(test.name, func(t *testing.T) {
			got, err := ParseTokens(test.text)
			if err != nil || got != test.want {
				t.Fatalf("ParseTokens(%q) = %d, %v; want %d", test.text, got, err, test.want)
			}
			if got.String() != test.printed {
				t.Errorf("printed as %q, want %q", got, test.printed)
			}
			count, err := ParseCount(test.text)
			if err != nil || Tokens(count) != test.want || count.String() != test.printed {
				t.Errorf("ParseCount(%q) = %s, %v; want %s", test.text, count, err, test.printed)
			}
		})
	}
}

func TestTokensRefuseWhatIsNoPlainDecimal(t *testing.T) {
	const noDecimal = "is not a plain decimal number such as 29.333333"
	for _, test := range []struct{ name, text, want string }{
		{"empty", "", noDecimal},
		{"sign alone", "-", noDecimal},
		{"two signs", "--1", noDecimal},
		{"plus sign", "+1", noDecimal},
		{"point alone", ".", noDecimal},
		{"nothing before the point", ".5", noDecimal},
		{"nothing after the point", "5.", noDecimal},
		{"two points", "1.2.3", noDecimal},
		{"sign in the fraction", "1.-5", noDecimal},
		{"exponent", "1e3", noDecimal},
		{"blank", " 1", noDecimal},
		{"thousands separator", "1,000", noDecimal},
		{"underscore", "1_000", noDecimal},
		{"hexadecimal", "0x10", noDecimal},
		{"not a number", "NaN", noDecimal},
		{"digits of another script", "٣", noDecimal},
		{"seven decimal places", "0.0000001", "has 7 decimal places, at most 6 are possible"},
		{"one micro-token too many", "9223372036854.775808", ErrOverflow.Error()},
		{"one micro-token too few", "-9223372036854.775809", ErrOverflow.Error()},
		{"very many digits", strings.Repeat("9", 10_000), ErrOverflow.Error()},
	} {
		t.Run(test.name, func(t *testing.T) {
			_, err := ParseTokens(test.text)
			if err == nil || !strings.HasSuffix(err.Error(), test.want) {
				t.Fatalf("error %v, want one ending in %q", err, test.want)
			}
			if len(err.Error()) > 150 {
				t.Errorf("the message repeats %d bytes of input", len(err.Error()))
			}
		})
	}
}

func TestTokensAreStringsInJSON(t *testing.T) {
	type document struct {
		Tokens Tokens
		Count  Count
	}
	want := document{tokensOf("29.333333"), countOf("0.5")}
	text, err := json.Marshal(want)
	if err != nil || string(text) != `{"Tokens":"29.333333","Count":"0.5"}` {
		t.Fatalf("json.Marshal = %s, %v", text, err)
	}
	var got document
	if err := json.Unmarshal(text, &got); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if err := json.Unmarshal([]byte(`{"Tokens":"1e3"}`), &got); err == nil {
		t.Error("an exponent is accepted")
	}
}

func TestWholeTokensIsChecked(t *testing.T) {
	const largest = math.MaxInt64 / microsPerUnit
	for _, test := range []struct {
		name string
		n    int64
		want string
		fits bool
	}{
		{"zero", 0, "0", true},
		{"largest", largest, "9223372036854", true},
		{"smallest", -largest, "-9223372036854", true},
		{"one more than the largest", largest + 1, "", false},
		{"one less than the smallest", -largest - 1, "", false},
		{"largest integer", math.MaxInt64, "", false},
		{"smallest integer", math.MinInt64, "", false},
	} {
		t.Run(test.name, func(t *testing.T) {
			got, err := WholeTokens(test.n)
			if !test.fits {
				if !errors.Is(err, ErrOverflow) {
					t.Fatalf("WholeTokens(%d) = %s, %v; want an overflow", test.n, got, err)
				}
				return
			}
			if err != nil || got.String() != test.want {
				t.Fatalf("WholeTokens(%d) = %s, %v; want %s", test.n, got, err, test.want)
			}
		})
	}
}

func TestAdditionNeverWrapsAround(t *testing.T) {
	edges := []Tokens{math.MinInt64, math.MinInt64 + 1, -Token, -1, 0, 1, Token, MaxTokens - 1, MaxTokens}
	for _, a := range edges {
		for _, b := range edges {
			exactSum := new(big.Int).Add(big.NewInt(int64(a)), big.NewInt(int64(b)))
			sum, err := a.Add(b)
			if fits := exactSum.IsInt64(); fits != (err == nil) || fits && int64(sum) != exactSum.Int64() {
				t.Errorf("%d + %d = %d, %v", a, b, sum, err)
			}
			exactDifference := new(big.Int).Sub(big.NewInt(int64(a)), big.NewInt(int64(b)))
			difference, err := a.Sub(b)
			if fits := exactDifference.IsInt64(); fits != (err == nil) || fits && int64(difference) != exactDifference.Int64() {
				t.Errorf("%d - %d = %d, %v", a, b, difference, err)
			}
		}
	}
	if got := MaxTokens.saturatingAdd(1); got != MaxTokens {
		t.Errorf("saturating: %s", got)
	}
}

func TestPriceRoundsUp(t *testing.T) {
	for _, test := range []struct{ name, rate, count, want string }{
		{"whole numbers", "3", "10", "30"},
		{"fractional count", "3", "0.5", "1.5"},
		{"fractional rate", "0.1", "3", "0.3"},
		{"a remainder costs a micro-token", "0.333333", "0.1", "0.033334"},
		{"the smallest price of all", "0.000001", "0.000001", "0.000001"},
		{"rate zero is free", "0", "1000", "0"},
		{"the largest price", "9223372036854.775807", "1", "9223372036854.775807"},
		{"the largest price with a rounded fraction", "9223372036854.775807", "0.999999", "9223362813482.738953"},
		{"too large by a micro-token", "9223372036854.775807", "1.000001", ""},
		{"too large by far", "9223372036854.775807", "9223372036854.775807", ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			got, err := Price(tokensOf(test.rate), countOf(test.count))
			if test.want == "" {
				if !errors.Is(err, ErrOverflow) {
					t.Fatalf("price %s, %v; want an overflow", got, err)
				}
				return
			}
			if err != nil || got.String() != test.want {
				t.Fatalf("price %s, %v; want %s", got, err, test.want)
			}
		})
	}
}

func TestPortionRoundsDown(t *testing.T) {
	for _, test := range []struct {
		name, tokens string
		part, whole  int64
		want         string
	}{
		{"two thirds of three", "3", 40, 60, "2"},
		{"two thirds of fourteen", "14", 40, 60, "9.333333"},
		{"nothing", "14", 0, 60, "0"},
		{"everything", "14", 60, 60, "14"},
		{"less than a micro-token", "0.000001", 59, 60, "0"},
		{"of the largest amount", "9223372036854.775807", math.MaxInt64 - 1, math.MaxInt64, "9223372036854.775806"},
	} {
		t.Run(test.name, func(t *testing.T) {
			if got := tokensOf(test.tokens).portion(test.part, test.whole); got.String() != test.want {
				t.Fatalf("%s × %d/%d = %s, want %s", test.tokens, test.part, test.whole, got, test.want)
			}
		})
	}
}
