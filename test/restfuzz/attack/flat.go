package attack

import (
	"maps"
	"slices"

	"github.com/getkin/kin-openapi/openapi3"
)

// flat is the schema with its parts put together, at every level, so that its values can be made from one.
func flat(schema *openapi3.Schema) *openapi3.Schema {
	merged := *schema
	merged.Properties = openapi3.Schemas{}
	maps.Copy(merged.Properties, schema.Properties)
	for _, ref := range schema.AllOf {
		part := flat(ref.Value)
		maps.Copy(merged.Properties, part.Properties)
		merged.Required = slices.Concat(merged.Required, part.Required)
		merged.Enum = slices.Concat(merged.Enum, part.Enum)
		if merged.Type == nil {
			merged.Type = part.Type
		}
	}
	merged.AllOf = nil
	for name, property := range merged.Properties {
		merged.Properties[name] = openapi3.NewSchemaRef("", flat(property.Value))
	}
	if schema.Items != nil {
		merged.Items = openapi3.NewSchemaRef("", flat(schema.Items.Value))
	}
	return &merged
}
