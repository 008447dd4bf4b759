package server

import (
	"encoding/json"
	"fmt"
	"strconv"

	"github.com/getkin/kin-openapi/openapi3"
)

// inexactIntegers finds the integers of a valid value that no int64 holds, and those written with a fraction or an
// exponent: the validator sees floating point numbers, in which 1.0 and 9223372036854775808 are as good as any.
func inexactIntegers(path string, schema *openapi3.Schema, value any) []string {
	if schema == nil {
		return nil
	}
	var problems []string
	for _, part := range schema.AllOf {
		problems = append(problems, inexactIntegers(path, part.Value, value)...)
	}
	for _, alternative := range append(schema.OneOf[:len(schema.OneOf):len(schema.OneOf)], schema.AnyOf...) {
		if alternative.Value.VisitJSON(value, visiting()...) == nil {
			problems = append(problems, inexactIntegers(path, alternative.Value, value)...)
		}
	}
	switch value := value.(type) {
	case json.Number:
		if schema.Type.Is(openapi3.TypeInteger) {
			problems = append(problems, integerProblem(path, value)...)
		}
	case []any:
		if schema.Items == nil {
			break
		}
		for i, element := range value {
			problems = append(problems, inexactIntegers(elementPath(path, i), schema.Items.Value, element)...)
		}
	case map[string]any:
		for name, member := range value {
			if property := schema.Properties[name]; property != nil {
				problems = append(problems, inexactIntegers(memberPath(path, name), property.Value, member)...)
			}
		}
	}
	return problems
}

func integerProblem(path string, number json.Number) []string {
	text := number.String()
	if _, err := strconv.ParseInt(text, 10, 64); err == nil {
		return nil
	}
	for _, sign := range text {
		if sign == '.' || sign == 'e' || sign == 'E' {
			return []string{fmt.Sprintf("%s: number found, integer expected", path)}
		}
	}
	return []string{fmt.Sprintf("%s: %s is beyond the integers of 64 bits", path, clip(text))}
}
