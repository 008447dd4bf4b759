package status

import (
	"strings"
	"testing"
)

func TestEnumerate(t *testing.T) {
	long := strings.Repeat("a", 100)
	for name, test := range map[string]struct {
		parts []string
		want  string
	}{
		"nothing is empty":                      {nil, ""},
		"one stands alone":                      {[]string{"API 2/3"}, "API 2/3"},
		"several are separated":                 {[]string{"API 2/3", "Backup 2/2"}, "API 2/3, Backup 2/2"},
		"what does not fit is counted":          {[]string{long, long, long, "b", "c"}, long + ", " + long + " and 3 more"},
		"what fits exactly is listed":           {[]string{long, long, strings.Repeat("b", 52)}, long + ", " + long + ", " + strings.Repeat("b", 52)},
		"a long name is cut between characters": {[]string{"x" + strings.Repeat("é", 200)}, "x" + strings.Repeat("é", 127) + "…"},
	} {
		t.Run(name, func(t *testing.T) {
			if got := Enumerate(test.parts); got != test.want {
				t.Errorf("%q, want %q", got, test.want)
			}
		})
	}
}
