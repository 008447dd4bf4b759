package v1alpha1_test

import (
	"encoding/json"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/licensing-operator/licensing-operator/api/v1alpha1"
)

func TestNewDecimal(t *testing.T) {
	cases := map[string]struct {
		text  string
		valid bool
	}{
		"zero":                           {"0", true},
		"an integer":                     {"44", true},
		"a fraction":                     {"29.333333", true},
		"a fraction that ends in zeros":  {"2.500000", true},
		"a negative number":              {"-0.5", true},
		"the largest number":             {"9999999999999.999999", true},
		"nothing":                        {"", false},
		"seven digits after the point":   {"0.1234567", false},
		"fourteen digits before it":      {"12345678901234", false},
		"a leading zero":                 {"01", false},
		"no digit before the point":      {".5", false},
		"no digit after the point":       {"5.", false},
		"scientific notation":            {"1e3", false},
		"a plus sign":                    {"+1", false},
		"a line break after the number":  {"1\n", false},
		"a unit":                         {"20%", false},
		"digits of another script (٣)":   {"٣", false},
		"a comma instead of the point":   {"1,5", false},
		"a number with separators":       {"1_000", false},
		"a hexadecimal number":           {"0x10", false},
		"a number with blanks around it": {" 1 ", false},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			got, err := v1alpha1.NewDecimal(tc.text)
			if tc.valid != (err == nil) {
				t.Fatalf("NewDecimal(%q) failed with %v, want valid = %t", tc.text, err, tc.valid)
			}
			if tc.valid && got.String() != tc.text {
				t.Errorf("NewDecimal(%q) keeps %q", tc.text, got)
			}
		})
	}
}

func TestDecimalIsZero(t *testing.T) {
	for text, want := range map[string]bool{
		"": true, "0": true, "-0": true, "0.000000": true, "0.000001": false, "-1": false, "10": false,
	} {
		if got := v1alpha1.Decimal(text).IsZero(); got != want {
			t.Errorf("Decimal(%q).IsZero() = %t, want %t", text, got, want)
		}
	}
}

func TestDecimalJSON(t *testing.T) {
	cases := map[string]struct {
		in   string
		text v1alpha1.Decimal
		out  string
	}{
		"an integer is written as one":          {`3`, "3", `3`},
		"a fraction is written as a string":     {`"4.25"`, "4.25", `"4.25"`},
		"trailing zeros stay":                   {`"2.50"`, "2.50", `"2.50"`},
		"a negative integer":                    {`-2`, "-2", `-2`},
		"an integer that came as a string":      {`"10"`, "10", `10`},
		"the largest integer":                   {`9999999999999`, "9999999999999", `9999999999999`},
		"what is no decimal is kept as text":    {`"20%"`, "20%", `"20%"`},
		"an integer with a leading zero stays":  {`"01"`, "01", `"01"`},
		"minus zero is not a JSON integer here": {`"-0"`, "-0", `"-0"`},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			var d v1alpha1.Decimal
			if err := json.Unmarshal([]byte(tc.in), &d); err != nil {
				t.Fatal(err)
			}
			if d != tc.text {
				t.Errorf("read %s as %q, want %q", tc.in, d, tc.text)
			}
			out, err := json.Marshal(d)
			if err != nil {
				t.Fatal(err)
			}
			if string(out) != tc.out {
				t.Errorf("wrote %q as %s, want %s", d, out, tc.out)
			}
		})
	}
}

func TestDecimalIsNoObject(t *testing.T) {
	for _, in := range []string{`{}`, `[1]`, `true`} {
		var d v1alpha1.Decimal
		if err := json.Unmarshal([]byte(in), &d); err == nil {
			t.Errorf("read %s as %q, want an error", in, d)
		}
	}
}

func TestZeroTokensAreWrittenAndAbsentOnesAreNot(t *testing.T) {
	out, err := json.Marshal(v1alpha1.InstanceTokens{Entitled: "0", Used: "0.5"})
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(`{"entitled":0,"used":"0.5"}`, string(out)); diff != "" {
		t.Errorf("tokens are written differently (-want +got):\n%s", diff)
	}
}
