package attack

import (
	"encoding/json"
	"maps"
	"math"
	"slices"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"
	"pgregory.net/rapid"
)

// Draw makes a value that is valid by the schema, another one for each seed. What is known is taken most of the time, so that
// some requests are granted.
func Draw(schema *openapi3.Schema, known Known, seed int) any {
	return rapid.Custom(func(t *rapid.T) any { return known.draw(t, schema) }).Example(seed)
}

func (k Known) draw(t *rapid.T, schema *openapi3.Schema) any {
	if parts := slices.Concat(schema.OneOf, schema.AnyOf); len(parts) > 0 {
		return k.draw(t, rapid.SampledFrom(parts).Draw(t, "alternative").Value)
	}
	switch {
	case schema.Nullable && rapid.IntRange(0, 7).Draw(t, "null") == 0:
		return nil
	case len(schema.Enum) > 0:
		return rapid.SampledFrom(schema.Enum).Draw(t, "choice")
	case schema.Type.Is(openapi3.TypeArray):
		most := 3
		if schema.MaxItems != nil {
			most = min(most, int(*schema.MaxItems)) //nolint:gosec // at most a thousand
		}
		list := make([]any, rapid.IntRange(int(schema.MinItems), most).Draw(t, "length")) //nolint:gosec // as above
		for i := range list {
			list[i] = k.draw(t, schema.Items.Value)
		}
		return list
	case schema.Type.Is(openapi3.TypeObject):
		return k.drawObject(t, schema)
	case schema.Type.Is(openapi3.TypeString):
		return drawText(t, schema)
	case schema.Type.Is(openapi3.TypeBoolean):
		return rapid.Bool().Draw(t, "truth")
	}
	return drawNumber(t, schema)
}

func (k Known) drawObject(t *rapid.T, schema *openapi3.Schema) any {
	object := map[string]any{}
	for _, name := range slices.Sorted(maps.Keys(schema.Properties)) {
		if !slices.Contains(schema.Required, name) && rapid.IntRange(0, 2).Draw(t, "left out") == 0 {
			continue
		}
		known, isKnown := k(name)
		switch useKnown := isKnown && rapid.IntRange(0, 3).Draw(t, "known") > 0; {
		case !useKnown:
			object[name] = k.draw(t, schema.Properties[name].Value)
		case known != nil:
			object[name] = known
		}
	}
	if values := schema.AdditionalProperties.Schema; values != nil {
		for range rapid.IntRange(0, 3).Draw(t, "entries") {
			object[rapid.StringN(1, 8, 32).Draw(t, "name")] = k.draw(t, values.Value)
		}
	}
	return object
}

func drawText(t *rapid.T, schema *openapi3.Schema) string {
	switch {
	case schema.Format == "uuid":
		return rapid.StringMatching(`[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-8[0-9a-f]{3}-[0-9a-f]{12}`).Draw(t, "uuid")
	case schema.Format == "date-time":
		return rapid.SampledFrom([]string{
			"2026-01-01T00:00:00Z", "2026-02-28T23:59:59.9999999Z", "9999-12-31T23:59:59+02:00", "0001-01-01T00:00:00Z", "2024-02-29T12:00:00-14:00",
		}).Draw(t, "time")
	case schema.Pattern != "":
		return rapid.StringMatching(schema.Pattern).Filter(func(text string) bool {
			return schema.MaxLength == nil || len(text) <= int(*schema.MaxLength) //nolint:gosec // a length in the description
		}).Draw(t, "matching")
	}
	least, most := int(schema.MinLength), 300 //nolint:gosec // as above
	if schema.MaxLength != nil {
		most = int(*schema.MaxLength) //nolint:gosec // as above
	}
	if rapid.IntRange(0, 7).Draw(t, "at the limit") == 0 {
		return strings.Repeat(rapid.SampledFrom([]string{"a", "é", "\U0001f600", "\u202e", "\x00", " "}).Draw(t, "rune"), most)
	}
	return rapid.StringN(least, min(most, 20), -1).Draw(t, "text")
}

func drawNumber(t *rapid.T, schema *openapi3.Schema) json.Number {
	least, most := int64(-1_000_000_000_000), int64(1_000_000_000_000)
	if schema.Format == "int32" {
		least, most = math.MinInt32, math.MaxInt32
	}
	if schema.Min != nil {
		least = int64(*schema.Min)
	}
	if schema.Max != nil {
		most = int64(*schema.Max)
	}
	if !schema.Type.Is(openapi3.TypeInteger) && rapid.Bool().Draw(t, "fraction") {
		return rapid.SampledFrom([]json.Number{"0.5", "0.000001", "1.250000", "1e2", "1.5E+3", "999999999999.999999"}).Draw(t, "decimal")
	}
	if schema.ExclusiveMin.IsTrue() {
		least++
	}
	text, _ := json.Marshal(rapid.OneOf(rapid.Int64Range(least, most), rapid.Just(least), rapid.Just(most)).Draw(t, "integer"))
	return json.Number(text)
}
