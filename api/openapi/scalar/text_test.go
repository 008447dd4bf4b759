package scalar_test

import (
	"encoding/json"
	"testing"

	"github.com/licensing-operator/licensing-operator/api/openapi/scalar"
)

func TestScalarsBecomeTheTextTheyAreWrittenWith(t *testing.T) {
	for in, want := range map[string]scalar.Text{
		`"Engineering"`:        "Engineering",
		`"\u0041\n"`:           "A\n",
		`""`:                   "",
		`3`:                    "3",
		`12345678901234567890`: "12345678901234567890",
		`1.50`:                 "1.50",
		`true`:                 "true",
		`false`:                "false",
	} {
		var text scalar.Text
		if err := json.Unmarshal([]byte(in), &text); err != nil || text != want {
			t.Errorf("%s: got %q, %v, want %q", in, text, err, want)
		}
	}
}

func TestOtherValuesAreRefused(t *testing.T) {
	for _, in := range []string{`null`, `{}`, `[]`, `["a"]`} {
		var values map[string]scalar.Text
		if err := json.Unmarshal([]byte(`{"a":`+in+`}`), &values); err == nil {
			t.Errorf("%s was read as %q", in, values["a"])
		}
	}
}

func TestTextIsWrittenAsAString(t *testing.T) {
	text, err := json.Marshal(map[string]scalar.Text{"floor": "3"})
	if err != nil || string(text) != `{"floor":"3"}` {
		t.Errorf("got %s, %v", text, err)
	}
}
