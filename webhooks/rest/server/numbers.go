package server

import (
	"encoding/json"
	"fmt"
	"strconv"

	"github.com/getkin/kin-openapi/openapi3"

	"github.com/licensing-operator/licensing-operator/api/openapi/decimal"
)

// decimalFormat is that of counts, rates and tokens.
const decimalFormat = "decimal"

// impossibleNumbers finds the numbers of a valid value that are not possible: integers that no int64 holds, or that are
// written with a fraction or an exponent, and decimals that cannot be kept exactly. The validator sees floating point
// numbers, in which 1.0 and 9223372036854775808 are as good as any.
func impossibleNumbers(path string, schema *openapi3.Schema, value any) []string {
	if schema == nil {
		return nil
	}
	var problems []string
	for _, part := range schema.AllOf {
		problems = append(problems, impossibleNumbers(path, part.Value, value)...)
	}
	for _, alternative := range append(schema.OneOf[:len(schema.OneOf):len(schema.OneOf)], schema.AnyOf...) {
		if alternative.Value.VisitJSON(value, visiting(value)...) == nil {
			problems = append(problems, impossibleNumbers(path, alternative.Value, value)...)
		}
	}
	switch value := value.(type) {
	case json.Number:
		switch {
		case schema.Type.Is(openapi3.TypeInteger):
			problems = append(problems, integerProblem(path, value)...)
		case schema.Format == decimalFormat:
			if _, err := decimal.Parse(value.String()); err != nil {
				problems = append(problems, fmt.Sprintf("%s: %s", path, err))
			}
		}
	case []any:
		if schema.Items == nil {
			break
		}
		for i, element := range value {
			problems = append(problems, impossibleNumbers(elementPath(path, i), schema.Items.Value, element)...)
		}
	case map[string]any:
		for name, member := range value {
			property := schema.Properties[name]
			if property == nil {
				property = schema.AdditionalProperties.Schema
			}
			if property != nil {
				problems = append(problems, impossibleNumbers(memberPath(path, name), property.Value, member)...)
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
