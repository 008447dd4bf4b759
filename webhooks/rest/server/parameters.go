package server

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"
)

var integerText = regexp.MustCompile(`^(0|-?[1-9][0-9]{0,18})$`)

// checkParameters validates path, query and headers. A parameter given twice has no one value, and one that nobody knows
// is most likely a known one with a typing error, so that both are refused. In version 2 the unknown is ignored, in the
// query as in bodies: published clients send more than is used.
func checkParameters(operation *operation, path map[string]string, r *http.Request) []string {
	query, err := url.ParseQuery(r.URL.RawQuery)
	if err != nil {
		return []string{"the query is not one: " + clip(err.Error())}
	}
	version := RouteOf(r.Context()).Version
	var problems, known []string
	for _, parameter := range operation.parameters {
		var given []string
		switch parameter.In {
		case openapi3.ParameterInPath:
			given = []string{path[parameter.Name]}
		case openapi3.ParameterInQuery:
			known = append(known, parameter.Name)
			given = query[parameter.Name]
		case openapi3.ParameterInHeader:
			given = r.Header.Values(parameter.Name)
		}
		problems = append(problems, checkParameter(version, parameter, given)...)
	}
	if version == V2 {
		return problems
	}
	for name := range query {
		if !slices.Contains(known, name) {
			problems = append(problems, unknownParameter(name, known))
		}
	}
	return problems
}

func checkParameter(version Version, parameter *openapi3.Parameter, given []string) []string {
	name := fmt.Sprintf("%s parameter '%s'", parameter.In, parameter.Name)
	if parameter.In == openapi3.ParameterInHeader {
		name = fmt.Sprintf("header '%s'", parameter.Name)
	}
	switch {
	case len(given) == 0 && parameter.Required:
		return []string{name + ": is missing but it is required"}
	case len(given) == 0:
		return nil
	}
	schema := parameter.Schema.Value
	if schema.Type.Is(openapi3.TypeArray) {
		return checkValue(name, schema, elements(listOf(version, parameter, given)))
	}
	if len(given) > 1 {
		return []string{fmt.Sprintf("%s: is given %d times, once is possible", name, len(given))}
	}
	value, ok := parameterValue(schema, given[0])
	if !ok {
		return []string{fmt.Sprintf("%s: '%s' found, %s expected", name, clip(given[0]), typesOf(schema))}
	}
	return checkValue(name, schema, value)
}

func checkValue(name string, schema *openapi3.Schema, value any) []string {
	problems := impossibleNumbers("$", schema, value)
	if err := schema.VisitJSON(value, visiting(value)...); err != nil {
		problems = (&wording{root: value}).of(err)
	}
	for i := range problems {
		problems[i] = name + strings.TrimPrefix(problems[i], "$")
	}
	return problems
}

// parameterValue reads the text as the schema's type. Only what has one meaning in every language is taken.
func parameterValue(schema *openapi3.Schema, text string) (value any, ok bool) {
	switch {
	case schema.Type.Is(openapi3.TypeInteger):
		return json.Number(text), integerText.MatchString(text)
	case schema.Type.Is(openapi3.TypeBoolean):
		return text == "true", text == "true" || text == "false"
	}
	return text, true
}

func unknownParameter(name string, known []string) string {
	if len(known) == 0 {
		return fmt.Sprintf("query parameter '%s': is not known, and there are no others", clip(name))
	}
	return fmt.Sprintf("query parameter '%s': is not known: %s", clip(name), strings.Join(known, ", "))
}
