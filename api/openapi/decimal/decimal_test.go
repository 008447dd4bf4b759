package decimal_test

import (
	"encoding/json"
	"math/big"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/licensing-operator/licensing-operator/api/openapi/decimal"
)

func TestNumbersAreReadExactly(t *testing.T) {
	for _, test := range []struct{ in, want string }{
		{"0", "0"},
		{"-0", "0"},
		{"0.000000", "0"},
		{"0e999999999999", "0"},
		{"3", "3"},
		{"3.0", "3"},
		{"-7", "-7"},
		{"29.333333", "29.333333"},
		{"29.3333330000", "29.333333"},
		{"0.000001", "0.000001"},
		{"1e-6", "0.000001"},
		{"-1.5E1", "-15"},
		{"1.25e1", "12.5"},
		{"123456e-3", "123.456"},
		{"1e12", "1000000000000"},
		{"1E+2", "100"},
		{"9999999999999.999999", "9999999999999.999999"},
		{"0.1e1", "1"},
		{"0.00001e2", "0.001"},
		{" 5 ", "5"},
	} {
		t.Run(test.in, func(t *testing.T) {
			var number decimal.Decimal
			if err := json.Unmarshal([]byte(test.in), &number); err != nil {
				t.Fatal(err)
			}
			if string(number) != test.want {
				t.Errorf("got %s, want %s", number, test.want)
			}
		})
	}
}

func TestWhatIsNoSuchNumberIsRefused(t *testing.T) {
	for _, test := range []struct{ in, want string }{
		{`"3"`, "is not a number"},
		{"null", "is not a number"},
		{"true", "is not a number"},
		{"[]", "is not a number"},
		{"0.0000001", "more than 6 digits after the point"},
		{"1e-7", "more than 6 digits after the point"},
		{"1.2345678", "more than 6 digits after the point"},
		{"1e-99999999999999999999", "more than 6 digits after the point"},
		{"10000000000000", "more than 13 digits before the point"},
		{"1e13", "more than 13 digits before the point"},
		{"-1e13", "more than 13 digits before the point"},
		{"1e32767", "more than 13 digits before the point"},
		{"1e99999999999999999999", "more than 13 digits before the point"},
	} {
		t.Run(test.in, func(t *testing.T) {
			var number decimal.Decimal
			err := json.Unmarshal([]byte(test.in), &number)
			if err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("got %q, %v, want an error with %q", number, err, test.want)
			}
		})
	}
}

func TestTextThatIsNoJSONNumberIsRefused(t *testing.T) {
	for _, text := range []string{"", "+1", ".5", "5.", "01", "1e", "0x10", "1_000", "Infinity", "NaN", "1 2", "--1"} {
		if number, err := decimal.Parse(text); err == nil {
			t.Errorf("%q was read as %s", text, number)
		}
	}
}

func TestNumbersAreWrittenExactly(t *testing.T) {
	for _, test := range []struct {
		in   decimal.Decimal
		want string
	}{
		{"", "0"}, {"3", "3"}, {"29.333333", "29.333333"}, {"9999999999999.999999", "9999999999999.999999"}, {"2.50", "2.5"},
	} {
		text, err := json.Marshal(test.in)
		if err != nil || string(text) != test.want {
			t.Errorf("%q: got %s, %v, want %s", test.in, text, err, test.want)
		}
	}
	if text, err := json.Marshal(decimal.Decimal(`1,"admin":true`)); err == nil {
		t.Errorf("what is not a number was written: %s", text)
	}
}

func TestErrorsAreShort(t *testing.T) {
	_, err := decimal.Parse(strings.Repeat("9", 1_000_000))
	if err == nil || len(err.Error()) > 120 {
		t.Errorf("got an error of %d bytes", len(err.Error()))
	}
}

// withinBounds tells whether the number has at most 13 digits before the point and 6 after it.
func withinBounds(number *big.Rat) bool {
	power := func(n int64) *big.Rat {
		return new(big.Rat).SetInt(new(big.Int).Exp(big.NewInt(10), big.NewInt(n), nil))
	}
	return new(big.Rat).Abs(number).Cmp(power(decimal.MaxIntegerDigits)) < 0 && new(big.Rat).Mul(number, power(decimal.MaxFractionDigits)).IsInt()
}

// TestAnyNumberKeepsItsValue compares with rational arithmetic: exactly the numbers within bounds are read, what is read is
// the same number in plain form, and reading that again changes nothing.
func TestAnyNumberKeepsItsValue(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.StringMatching(`-?(0|[1-9][0-9]{0,14})(\.[0-9]{1,8})?([eE][+-]?[0-9]{1,2})?`).Draw(t, "text")
		number, err := decimal.Parse(text)
		want, _ := new(big.Rat).SetString(text)
		if possible := withinBounds(want); (err == nil) != possible {
			t.Fatalf("%s: possible is %t, got %v", text, possible, err)
		} else if !possible {
			return
		}
		got, ok := new(big.Rat).SetString(string(number))
		if !ok || got.Cmp(want) != 0 {
			t.Fatalf("%s became %s", text, number)
		}
		again, err := decimal.Parse(string(number))
		if err != nil || again != number {
			t.Fatalf("%s became %s, %v", number, again, err)
		}
		if strings.ContainsAny(string(number), "eE+") {
			t.Fatalf("%s is not plain", number)
		}
	})
}

func FuzzUnmarshal(f *testing.F) {
	for _, seed := range []string{"1", "-0.5", "1e3", "1e-6", "9999999999999.999999", "1e99999", `"1"`, "null"} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		var number decimal.Decimal
		if json.Unmarshal(data, &number) != nil {
			return
		}
		text, err := json.Marshal(number)
		if err != nil || string(text) != string(number) {
			t.Fatalf("%q was read as %q and written as %q, %v", data, number, text, err)
		}
	})
}
