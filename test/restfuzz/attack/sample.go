package attack

import (
	"bytes"
	"encoding/json"
	"maps"
	"slices"

	"github.com/getkin/kin-openapi/openapi3"
)

// Known are values of attributes, by name, that mean something to whom a request is for. Nil is for what is left out.
type Known func(name string) (value any, known bool)

// Sample makes a value of the schema that has every property of it, but for those that are known to be left out.
func Sample(schema *openapi3.Schema, known Known) any {
	switch {
	case len(schema.OneOf) > 0:
		return Sample(schema.OneOf[len(schema.OneOf)-1].Value, known)
	case len(schema.AnyOf) > 0:
		return Sample(schema.AnyOf[0].Value, known)
	case len(schema.Enum) > 0:
		return schema.Enum[0]
	case schema.Type.Is(openapi3.TypeArray):
		return []any{Sample(schema.Items.Value, known)}
	case schema.Type.Is(openapi3.TypeObject):
		object := map[string]any{}
		for _, name := range slices.Sorted(maps.Keys(schema.Properties)) {
			if value, is := known(name); !is {
				object[name] = Sample(schema.Properties[name].Value, known)
			} else if value != nil {
				object[name] = value
			}
		}
		if values := schema.AdditionalProperties.Schema; values != nil {
			object["a"] = Sample(values.Value, known)
		}
		return object
	case schema.Type.Is(openapi3.TypeString):
		return sampleTexts[schema.Format]
	case schema.Type.Is(openapi3.TypeBoolean):
		return true
	}
	return json.Number("1")
}

var sampleTexts = map[string]string{"": "a", "uuid": "6a0f3b52-8d0b-4c55-8b7e-0b6a2c9d4e1f", "date-time": "2026-01-01T00:00:00Z"}

// Valid tells whether the body is one by the schema.
func Valid(schema *openapi3.Schema, body []byte) bool {
	decoder := json.NewDecoder(bytes.NewReader(body))
	decoder.UseNumber()
	var value any
	return json.Valid(body) && decoder.Decode(&value) == nil && schema.VisitJSON(value, usualUUIDs) == nil
}

var usualUUIDs = openapi3.WithStringFormatValidator("uuid", openapi3.NewRegexpFormatValidator(`^[0-9A-Fa-f]{8}(-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}$`))

// MustJSON is for values that were made here.
func MustJSON(value any) []byte {
	var text bytes.Buffer
	encoder := json.NewEncoder(&text)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(value); err != nil {
		panic(err)
	}
	return slices.Clone(bytes.TrimSpace(text.Bytes()))
}
