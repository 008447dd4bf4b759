package page

import (
	"encoding/json"
	"fmt"
	"strconv"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"
)

// limits says in words what a value must satisfy.
func limits(schema *openapi3.Schema) []string {
	var all []string
	add := func(text string) {
		if text != "" {
			all = append(all, text)
		}
	}
	add(choice(schema.Enum))
	if len(schema.Enum) == 0 {
		add(between(schema.MinLength, schema.MaxLength, "character"))
	}
	if schema.Type.Is("array") {
		add(between(schema.MinItems, schema.MaxItems, "element"))
	}
	if schema.Type.Is("object") {
		add(between(schema.MinProps, schema.MaxProps, "attribute"))
	}
	add(numbers(schema))
	if schema.Format == "decimal" {
		add("up to 6 decimals")
	}
	if schema.Pattern != "" {
		add("pattern " + schema.Pattern)
	}
	if schema.Default != nil {
		add("default " + compact(schema.Default))
	}
	// A list or a map of simple values has no rows of its own to say this.
	if schema.Type.Is("array") && !schema.Items.Value.Type.Is("object") {
		for _, inner := range limits(schema.Items.Value) {
			add("each " + inner)
		}
	}
	if values := schema.AdditionalProperties.Schema; values != nil {
		for _, inner := range limits(values.Value) {
			add("each value " + inner)
		}
	}
	for _, one := range schema.AnyOf {
		for _, inner := range limits(one.Value) {
			add(typeOf(one.Value) + " of " + inner)
		}
	}
	return all
}

func choice(values []any) string {
	var texts []string
	for _, value := range values {
		texts = append(texts, strings.Trim(compact(value), `"`))
	}
	return strings.Join(texts, ", ")
}

// between reads the pair of limits as "1 to 64 characters".
func between(least uint64, most *uint64, what string) string {
	switch {
	case most == nil && least == 0:
		return ""
	case most == nil:
		return fmt.Sprintf("at least %d %ss", least, what)
	case least == 0:
		return fmt.Sprintf("at most %d %ss", *most, what)
	default:
		return fmt.Sprintf("%d to %d %ss", least, *most, what)
	}
}

func numbers(schema *openapi3.Schema) string {
	var texts []string
	if least := schema.Min; least != nil {
		word := "at least "
		if schema.ExclusiveMin.IsTrue() {
			word = "more than "
		}
		texts = append(texts, word+plain(*least))
	}
	if most := schema.Max; most != nil {
		texts = append(texts, "at most "+plain(*most))
	}
	return strings.Join(texts, ", ")
}

func plain(number float64) string { return strconv.FormatFloat(number, 'f', -1, 64) }

func compact(value any) string {
	text, err := json.Marshal(value)
	if err != nil {
		return fmt.Sprint(value)
	}
	return string(text)
}
