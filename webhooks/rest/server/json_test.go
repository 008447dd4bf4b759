package server

import (
	"encoding/json"
	"strings"
	"testing"
	"unicode/utf8"
)

func TestJSONWithMoreThanOneReading(t *testing.T) {
	tests := map[string]struct{ text, want string }{
		"a plain value":                          {`{"a":[1,2.50,{"b":null}],"c":"\u00e9\ud83d\ude00"}`, ""},
		"an empty list":                          {`[]`, ""},
		"a name twice":                           {`{"a":{"b":1,"c":[{"d":1,"d":2}]}}`, "$.a.c[0]: property 'd' is given twice"},
		"a name twice, written differently":      {`{"a":1,"\u0061":2}`, "$: property 'a' is given twice"},
		"the same name in two objects":           {`[{"a":1},{"a":1}]`, ""},
		"as deep as possible":                    {strings.Repeat("[", 32) + strings.Repeat("]", 32), ""},
		"deeper":                                 {`{"a":` + strings.Repeat("[", 32) + strings.Repeat("]", 32) + "}", "$.a" + strings.Repeat("[0]", 31) + ": is nested deeper than 32"},
		"very deep":                              {strings.Repeat("[", 500) + strings.Repeat("]", 500), "$" + strings.Repeat("[0]", 32) + ": is nested deeper than 32"},
		"bytes that are not UTF-8":               {"\"\xff\"", "$: the body is not UTF-8"},
		"a byte order mark":                      {"\xef\xbb\xbf{}", "$: the body is not one JSON value: invalid character 'ï' looking for beginning of value, at byte 1"},
		"the first half of a pair":               {`["\ud83d"]`, `$: the body has half of a \u surrogate pair, which is no character`},
		"the first half and something else":      {`["\ud83d\u0041"]`, `$: the body has half of a \u surrogate pair, which is no character`},
		"the second half alone":                  {`["\ude00"]`, `$: the body has half of a \u surrogate pair, which is no character`},
		"a backslash in front of what is no \\u": {`["\\ud83d"]`, ""},
		"no quotes around a name":                {`{a:1}`, "$: the body is not one JSON value: invalid character 'a' looking for beginning of object key string, at byte 2"},
		"a number with a zero in front":          {`01`, "$: the body is not one JSON value: invalid character '1' after top-level value, at byte 2"},
		"NaN":                                    {`NaN`, "$: the body is not one JSON value: invalid character 'N' looking for beginning of value, at byte 1"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			if got := checkJSON([]byte(test.text)); got != test.want {
				t.Errorf("got %q, want %q", got, test.want)
			}
		})
	}
}

func FuzzJSON(f *testing.F) {
	for _, seed := range []string{
		goodLineItem, `{"a":1,"a":2}`, `"\ud83d"`, `[[[[]]]]`, `{"dictionary":{"a":1e400,"b":true}}`, `{"tags":["a","a"]}`, `null`, `1e999999999`, "\xff",
		`{"quantity":9223372036854775808,"used":1.0}`, `{"used":-0}`,
	} {
		f.Add([]byte(seed))
	}
	schema := lineItemSchema(f)
	f.Fuzz(func(t *testing.T, text []byte) {
		if checkJSON(text) != "" {
			return
		}
		var value any
		if err := json.Unmarshal(text, &value); err != nil && !strings.Contains(err.Error(), "cannot unmarshal number") {
			t.Fatalf("%q passed, and cannot be decoded: %v", text, err)
		}
		for _, problem := range stable(checkSchema(schema, text)) {
			if !strings.HasPrefix(problem, "$") && !strings.HasPrefix(problem, "and ") || !utf8.ValidString(problem) || len(problem) > 2000 {
				t.Fatalf("%q: %q", text, problem)
			}
		}
	})
}
