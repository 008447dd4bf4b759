package page

import (
	"cmp"
	"maps"
	"slices"

	"github.com/getkin/kin-openapi/openapi3"
)

// flat is a schema without allOf, with what its parts say in itself. What it says itself goes before its parts.
func flat(schema *openapi3.Schema) *openapi3.Schema {
	if len(schema.AllOf) == 0 {
		return schema
	}
	whole := *schema
	whole.AllOf, whole.Properties = nil, maps.Clone(schema.Properties)
	for _, ref := range schema.AllOf {
		part := flat(ref.Value)
		whole.Description = cmp.Or(whole.Description, part.Description)
		whole.Format = cmp.Or(whole.Format, part.Format)
		whole.Required = append(slices.Clip(whole.Required), part.Required...)
		if whole.Type == nil {
			whole.Type = part.Type
		}
		if whole.Enum == nil {
			whole.Enum = part.Enum
		}
		if whole.Example == nil {
			whole.Example = part.Example
		}
		if whole.Properties == nil {
			whole.Properties = openapi3.Schemas{}
		}
		maps.Copy(whole.Properties, part.Properties)
	}
	return &whole
}
