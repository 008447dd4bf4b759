package decimal_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/licensing-operator/licensing-operator/api/openapi/decimal"
)

func TestSumsAreExactBeyondWhatOneNumberMayBe(t *testing.T) {
	for in, want := range map[string]string{
		"0": "0", "16000000000000.000001": "16000000000000.000001", "-18446744073709551616.5": "-18446744073709551616.5", "1.6e13": "16000000000000",
		strings.Repeat("9", 33) + ".999999": strings.Repeat("9", 33) + ".999999",
	} {
		var sum decimal.Sum
		if err := json.Unmarshal([]byte(in), &sum); err != nil {
			t.Fatal(err)
		}
		if text, err := json.Marshal(sum); err != nil || string(text) != want || sum.String() != want {
			t.Errorf("%s was read as %q and written as %s, %v", in, sum, text, err)
		}
	}
	if text, err := json.Marshal(decimal.Sum("")); err != nil || string(text) != "0" {
		t.Errorf("nothing is written as %s, %v", text, err)
	}
}

func TestWhatIsNoSumIsRefused(t *testing.T) {
	for in, want := range map[string]string{
		`"3"`: "is not a number", "0.0000001": "more than 6 digits after the point", "1e33": "more than 33 digits before the point",
		"1e99999999999999999999": "more than 33 digits before the point",
	} {
		var sum decimal.Sum
		if err := json.Unmarshal([]byte(in), &sum); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: got %q, %v, want an error with %q", in, sum, err, want)
		}
	}
	if text, err := json.Marshal(decimal.Sum(`1,"admin":true`)); err == nil {
		t.Errorf("what is not a number was written: %s", text)
	}
}
