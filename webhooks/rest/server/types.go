package server

import (
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"
)

// typeOf names the type of a decoded value, as JSON schema does.
func typeOf(value any) string {
	switch value := value.(type) {
	case nil:
		return "null"
	case bool:
		return openapi3.TypeBoolean
	case string:
		return openapi3.TypeString
	case json.Number:
		if strings.ContainsAny(value.String(), ".eE") {
			return openapi3.TypeNumber
		}
		return openapi3.TypeInteger
	case float64:
		if value == float64(int64(value)) {
			return openapi3.TypeInteger
		}
		return openapi3.TypeNumber
	case []any:
		return openapi3.TypeArray
	}
	return openapi3.TypeObject
}

// typesOf names the types that a schema takes.
func typesOf(schema *openapi3.Schema) string {
	types := slices.Clone(schema.Type.Slice())
	for _, alternative := range slices.Concat(schema.OneOf, schema.AnyOf) {
		types = append(types, alternative.Value.Type.Slice()...)
	}
	if len(types) == 0 {
		return "another value"
	}
	slices.Sort(types)
	return strings.Join(slices.Compact(types), " or ")
}

func sizeOf(value any) string {
	switch value := value.(type) {
	case []any:
		return strconv.Itoa(len(value))
	case map[string]any:
		return strconv.Itoa(len(value))
	}
	return "none"
}

func enumeration(values []any) string {
	texts := make([]string, len(values))
	for i, value := range values {
		texts[i] = fmt.Sprint(value)
	}
	return "[" + strings.Join(texts, ", ") + "]"
}

// plain writes a bound without an exponent.
func plain(bound float64) string { return strconv.FormatFloat(bound, 'f', -1, 64) }
