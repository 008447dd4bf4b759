package server

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/google/go-cmp/cmp"
)

func TestProblemsAreWordedAsClientsKnowThem(t *testing.T) {
	tests := map[string]struct {
		body string
		want []string
	}{
		"another type": {
			`{"activationId":"a","quantity":1,"attributes":{"overdraftLimit":"20"}}`, []string{"$.attributes.overdraftLimit: string found, integer expected"},
		},
		"an attribute that is not known": {
			`{"activationId":"a","quantity":1,"attributes":{"resetFrequency":1}}`,
			[]string{"$.attributes: property 'resetFrequency' is not defined in the schema and the schema does not allow additional properties"},
		},
		"an attribute with quotes in its name": {
			`{"activationId":"a","quantity":1,"a\"b":1}`,
			[]string{`$: property 'a"b' is not defined in the schema and the schema does not allow additional properties`},
		},
		"nothing of what is required":   {`{}`, []string{"$.activationId: is missing but it is required", "$.quantity: is missing but it is required"}},
		"null":                          {`{"activationId":null,"quantity":1}`, []string{"$.activationId: null found, string expected"}},
		"a list":                        {`[]`, []string{"$: array found, object expected"}},
		"too small":                     {`{"activationId":"a","quantity":0}`, []string{"$.quantity: 0 found, must have a minimum value of 1"}},
		"not above the bound":           {`{"activationId":"a","quantity":1,"used":0}`, []string{"$.used: 0 found, must be more than 0"}},
		"too large":                     {`{"activationId":"a","quantity":1,"used":100.5}`, []string{"$.used: 100.5 found, must have a maximum value of 100"}},
		"a decimal that is too precise": {`{"activationId":"a","quantity":1,"used":0.1234567}`, []string{"$.used: 0.1234567: has more than 6 digits after the point"}},
		"a fraction":                    {`{"activationId":"a","quantity":1.5}`, []string{"$.quantity: number found, integer expected"}},
		"an integer that looks like a fraction": {
			`{"activationId":"a","quantity":1.0}`, []string{"$.quantity: number found, integer expected"},
		},
		"an integer that nothing holds": {
			`{"activationId":"a","quantity":9223372036854775808}`, []string{"$.quantity: 9223372036854775808 is beyond the integers of 64 bits"},
		},
		"a number that nothing holds": {
			`{"activationId":"a","quantity":1,"used":1e400}`, []string{"$.used: 1e400 is beyond the numbers that can be calculated with"},
		},
		"not one of the values":  {`{"activationId":"a","quantity":1,"state":"deployed"}`, []string{"$.state: does not have a value in the enumeration [DEPLOYED, INACTIVE]"}},
		"too short":              {`{"activationId":"","quantity":1}`, []string{"$.activationId: does not match the regex pattern ^[a-z]+$", "$.activationId: must be at least 1 characters long"}},
		"too long":               {`{"activationId":"aaaaaaaaaaaaaaaaa","quantity":1}`, []string{"$.activationId: may only be 16 characters long"}},
		"no UUID":                {`{"activationId":"a","quantity":1,"instanceId":"x"}`, []string{`$.instanceId: "x" is not a UUID: hexadecimal digits, as in 01234567-89ab-cdef-0123-456789abcdef`}},
		"too few elements":       {`{"activationId":"a","quantity":1,"tags":[]}`, []string{"$.tags: there must be a minimum of 1 items in the array, there are 0"}},
		"too many elements":      {`{"activationId":"a","quantity":1,"tags":["a","b","c"]}`, []string{"$.tags: there must be a maximum of 2 items in the array, there are 3"}},
		"the same element twice": {`{"activationId":"a","quantity":1,"tags":["a","a"]}`, []string{"$.tags: the items in the array must be unique"}},
		"an element of another type": {
			`{"activationId":"a","quantity":1,"tags":["a",{}]}`, []string{"$.tags[1]: object found, string expected"},
		},
		"too many names": {
			`{"activationId":"a","quantity":1,"dictionary":{"a":1,"b":2,"c":3}}`, []string{"$.dictionary: may only have a maximum of 2 properties, there are 3"},
		},
		"none of several types": {
			`{"activationId":"a","quantity":1,"dictionary":{"a b":[]}}`, []string{"$.dictionary['a b']: array found, boolean or number or string expected"},
		},
		"one of several types, but too long": {
			`{"activationId":"a","quantity":1,"dictionary":{"0":"abcde"}}`, []string{"$.dictionary['0']: may only be 4 characters long"},
		},
		"anything in free attributes": {`{"activationId":"a","quantity":1,"metaData":{"a":[1.5,{"b":null}]}}`, nil},
		"all that is well":            {`{"activationId":"a","quantity":9223372036854775807,"used":0.000001,"dictionary":{"a":"b","c":1.50}}`, nil},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			if diff := cmp.Diff(test.want, stable(checkSchema(lineItemSchema(t), []byte(test.body)))); diff != "" {
				t.Errorf("(-want +got)\n%s", diff)
			}
		})
	}
}

func TestAlternativesAreToldApartByTheirType(t *testing.T) {
	tests := map[string]struct {
		body string
		want string
	}{
		"an object is meant": {`{"name":"timezone.tolerant","value":"true"}`, `$.name: may only be 8 characters long`},
		"a list is meant":    {`[{"name":"a"}]`, `$[0].value: is missing but it is required`},
		"neither is meant":   {`1`, `$: integer found, array or object expected`},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			wantProblem(t, w.do(call{method: "PATCH", target: "/provisioning/api/v1.1/configuration", body: test.body}),
				http.StatusBadRequest, `{"error":"`+test.want+`","reason":"Invalid"}`)
		})
	}
}

func TestAtMostTwentyProblemsAreTold(t *testing.T) {
	body := `{"activationId":"a","quantity":1`
	for i := range 25 {
		body += `,"` + strings.Repeat("x", i+1) + `":1`
	}
	problems := stable(checkSchema(lineItemSchema(t), []byte(body+"}")))
	if len(problems) != 20 || problems[19] != "and 6 more" {
		t.Errorf("got %d, the last is %q", len(problems), problems[len(problems)-1])
	}
}

// All its problems would take minutes to put together, and gigabytes.
func TestOfALargeBodyOneProblemIsTold(t *testing.T) {
	const many = 100_000
	var members strings.Builder
	for i := range many {
		fmt.Fprintf(&members, `"k%d":1,`, i)
	}
	for name, test := range map[string]struct{ schema, body, want string }{
		"a list":                 {"Setting", "[" + strings.Repeat("null,", many) + "null]", "$: array found, object expected"},
		"a list of alternatives": {"Settings", "[" + strings.Repeat("null,", many) + "null]", "$[0]: null found, object expected"},
		"lists in lists":         {"Settings", "[" + strings.Repeat("[[]],", many) + "{}]", "$[0]: array found, object expected"},
		"unknown attributes":     {"Setting", "{" + members.String() + `"name":"x"}`, "$: property 'k"},
	} {
		t.Run(name, func(t *testing.T) {
			got := checkSchema(largeBodies(t).Components.Schemas[test.schema].Value, []byte(test.body))
			if len(got) != 1 || !strings.HasPrefix(got[0], test.want) {
				t.Errorf("got %.1000q, want %s", got, test.want)
			}
		})
	}
}

func largeBodies(t *testing.T) *openapi3.T {
	t.Helper()
	parsed, err := openapi3.NewLoader().LoadFromData([]byte(`{"openapi": "3.0.3", "info": {"title": "Large", "version": "1"}, "paths": {},
		"components": {"schemas": {
			"Setting": {"type": "object", "additionalProperties": false, "required": ["name"], "properties": {"name": {"type": "string"}, "value": {"type": "string"}}},
			"Settings": {"oneOf": [{"$ref": "#/components/schemas/Setting"}, {"type": "array", "items": {"$ref": "#/components/schemas/Setting"}}]}
		}}}`))
	if err != nil {
		t.Fatal(err)
	}
	return parsed
}

func TestWhatCallersSendIsRepeatedShortened(t *testing.T) {
	long := strings.Repeat("é", 500)
	problems := stable(checkSchema(lineItemSchema(t), []byte(`{"activationId":"a","quantity":1,"`+long+`":1}`)))
	want := "$: property '" + strings.Repeat("é", 32) + "…' is not defined in the schema and the schema does not allow additional properties"
	if diff := cmp.Diff([]string{want}, problems); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
}

func TestParametersThatAreNotPossible(t *testing.T) {
	const instances = "/provisioning/api/v1.1/instances"
	uuidText := `is not a UUID: hexadecimal digits, as in 01234567-89ab-cdef-0123-456789abcdef`
	tests := map[string]struct {
		call call
		want string
	}{
		"an unknown one": {
			call{method: "GET", target: instances + "?sise=5"}, "query parameter 'sise': is not known: size, default, accountId",
		},
		"one where there are none": {
			call{method: "GET", target: "/provisioning/api/v1.1/public-keys?all"}, "query parameter 'all': is not known, and there are no others",
		},
		"one given twice":         {call{method: "GET", target: instances + "?size=5&size=6"}, "query parameter 'size': is given 2 times, once is possible"},
		"no integer":              {call{method: "GET", target: instances + "?size=5.0"}, "query parameter 'size': '5.0' found, integer expected"},
		"an integer out of range": {call{method: "GET", target: instances + "?size=501"}, "query parameter 'size': 501 found, must have a maximum value of 500"},
		"no boolean":              {call{method: "GET", target: instances + "?default=1"}, "query parameter 'default': '1' found, boolean expected"},
		"an empty text":           {call{method: "GET", target: instances + "?accountId="}, "query parameter 'accountId': must be at least 1 characters long"},
		"no query at all":         {call{method: "GET", target: instances + "?a=%zz"}, `the query is not one: invalid URL escape \"%zz\"`},
		"a path without a UUID": {
			call{method: "GET", target: "/api/v1.1/sessions/x/heartbeat"}, `path parameter 'sessionId': \"x\" ` + uuidText,
		},
		"a UUID in braces": {
			call{method: "GET", target: "/api/v1.1/sessions/%7B" + id + "%7D/heartbeat"}, `path parameter 'sessionId': \"{` + id + `}\" ` + uuidText,
		},
		"a header without a UUID": {
			call{method: "DELETE", target: "/api/v1.1/sessions/" + id, header: map[string]string{"x-instance-id": "y"}}, `header 'x-instance-id': \"y\" ` + uuidText,
		},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			wantProblem(t, newWorld(t).do(test.call), http.StatusBadRequest, `{"error":"`+test.want+`","reason":"Invalid"}`)
		})
	}
}

func TestParametersReachTheHandler(t *testing.T) {
	w := newWorld(t)
	if answer := w.do(call{method: "GET", target: "/provisioning/api/v1.1/instances/?size=500&default=true&accountId=a%20b"}); answer.Code != http.StatusOK {
		t.Fatalf("got %d: %s", answer.Code, answer.Body)
	}
	if got, want := w.seen.URL.RawQuery, "size=500&default=true&accountId=a%20b"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}
