package restusage

import (
	"encoding/json"
	"os"
	"regexp"
	"testing"

	"github.com/licensing-operator/licensing-operator/api/openapi"
)

var inWords = map[string]int{"one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7, "eight": 8}

func TestTheContractSaysHowManyAggregationsThereMayBe(t *testing.T) {
	var contract struct {
		Paths map[string]map[string]struct{ Description string }
	}
	if err := json.Unmarshal(openapi.Usage(), &contract); err != nil {
		t.Fatal(err)
	}
	guide, err := os.ReadFile("../../docs/tasks/usage-data.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		where, text, what string
		limits            limits
	}{
		{"the contract", contract.Paths["/usage/v1/aggregates"]["get"].Description, "aggregations", aggregationLimits},
		{"the guide", string(guide), "aggregations", aggregationLimits},
		{"the guide", string(guide), "exports", exportLimits},
	} {
		said := regexp.MustCompile(`One caller may have (\w+)\s` + test.what + `\sunder\sway\sat\sonce,\sall\stogether\s(\w+)`).FindStringSubmatch(test.text)
		if len(said) == 0 {
			t.Errorf("%s does not say how many %s there may be: %s", test.where, test.what, test.text)
			continue
		}
		if inWords[said[1]] != test.limits.ofOneCaller || inWords[said[2]] != test.limits.inAll {
			t.Errorf("%s says that %s %s of a caller are possible, and %s in all; there may be %d and %d",
				test.where, said[1], test.what, said[2], test.limits.ofOneCaller, test.limits.inAll)
		}
	}
}
