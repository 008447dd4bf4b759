package page

import (
	"slices"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"
)

// table lists the attributes of a body, those of inner objects with their path: requestedItems[].count.
type table struct {
	Title string
	Type  string
	Rows  []row
}

type row struct {
	Name, In    string
	Required    bool
	Type        string
	Limits      []string
	Description string
}

// tables has one table for each choice.
func tables(schema *openapi3.SchemaRef) []table {
	if choices := schema.Value.OneOf; len(choices) > 0 {
		var all []table
		for _, choice := range choices {
			all = append(all, tables(choice)...)
		}
		return all
	}
	content := table{Title: refName(schema.Ref), Type: typeOf(schema.Value)}
	content.Rows = rows("", schema.Value)
	return []table{content}
}

// rows are the attributes below a value, whose path is the prefix.
func rows(prefix string, schema *openapi3.Schema) []row {
	schema = flat(schema)
	switch {
	case schema.Type.Is("array"):
		return rows(prefix+"[]", schema.Items.Value)
	case !schema.Type.Is("object"):
		return nil
	}
	if prefix != "" {
		prefix += "."
	}
	var all []row
	for _, name := range attributes(schema) {
		value := flat(schema.Properties[name].Value)
		all = append(all, row{
			Name:        prefix + name,
			Required:    slices.Contains(schema.Required, name),
			Type:        typeOf(value),
			Limits:      limits(value),
			Description: value.Description,
		})
		all = append(all, rows(prefix+name, value)...)
	}
	return all
}

// attributes are the names of those that are required, in the order that the document gives them, and then the others.
func attributes(schema *openapi3.Schema) []string {
	names := slices.Clone(schema.Required)
	var optional []string
	for name := range schema.Properties {
		if !slices.Contains(names, name) {
			optional = append(optional, name)
		}
	}
	slices.Sort(optional)
	return append(names, optional...)
}

func parameterRow(parameter *openapi3.Parameter) row {
	return row{
		Name:        parameter.Name,
		In:          parameter.In,
		Required:    parameter.Required,
		Type:        typeOf(parameter.Schema.Value),
		Limits:      limits(parameter.Schema.Value),
		Description: parameter.Description,
	}
}

func headerRow(name string, header *openapi3.Header) row {
	return row{
		Name:        name,
		Required:    header.Required,
		Type:        typeOf(header.Schema.Value),
		Description: header.Description,
	}
}

// typeOf says in words what a value is.
func typeOf(schema *openapi3.Schema) string {
	schema = flat(schema)
	if schema.Nullable {
		return plainType(schema) + " or null"
	}
	return plainType(schema)
}

func plainType(schema *openapi3.Schema) string {
	switch {
	case len(schema.AnyOf) > 0:
		var choices []string
		for _, choice := range schema.AnyOf {
			choices = append(choices, typeOf(choice.Value))
		}
		return strings.Join(choices, " or ")
	case schema.Type.Is("array"):
		return "list of " + plural(typeOf(schema.Items.Value))
	case schema.Type.Is("object") && schema.AdditionalProperties.Schema != nil:
		return "object with values of " + typeOf(schema.AdditionalProperties.Schema.Value)
	case schema.Type.Is("string") && schema.Format == "uuid":
		return "UUID"
	case schema.Type.Is("number") && schema.Format == "decimal":
		return "decimal number"
	case schema.Type.Is("string") && schema.Format == "date-time":
		return "time"
	case schema.Type.Is("string"):
		return "text"
	default:
		return strings.Join(schema.Type.Slice(), " or ")
	}
}

func plural(name string) string {
	if head, tail, found := strings.Cut(name, " of "); found {
		return plural(head) + " of " + tail
	}
	return name + "s"
}
