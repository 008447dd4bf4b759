package attack

import (
	"bytes"
	"maps"
	"slices"

	"github.com/getkin/kin-openapi/openapi3"
)

// Mutation is a place in a body where any text can stand.
type Mutation struct {
	// At says where, for people.
	At   string
	body []byte
}

const hole = "@hole@"

// Put puts the text at the place.
func (m Mutation) Put(text []byte) []byte {
	return bytes.ReplaceAll(m.body, []byte(`"`+hole+`"`), text)
}

// Mutations are all places of a body of the schema, also those of attributes that the body has not.
func Mutations(schema *openapi3.Schema, body any) (all []Mutation) {
	walk(schema, body, "$", func(changed any) any { return changed }, func(at string, changed any) {
		all = append(all, Mutation{at, MustJSON(changed)})
	})
	return all
}

// walk visits the body with a hole at each place. In is the body around a part of it.
func walk(schema *openapi3.Schema, value any, at string, in func(any) any, visit func(at string, body any)) {
	for _, part := range schema.OneOf {
		if _, isList := value.([]any); part.Value.Type.Is(openapi3.TypeArray) == isList {
			schema = part.Value
		}
	}
	visit(at, in(hole))
	switch value := value.(type) {
	case []any:
		for i, element := range value {
			walk(schema.Items.Value, element, at+"[]", func(changed any) any {
				list := slices.Clone(value)
				list[i] = changed
				return in(list)
			}, visit)
		}
	case map[string]any:
		walkObject(schema, value, at, in, visit)
	}
}

func walkObject(schema *openapi3.Schema, object map[string]any, at string, in func(any) any, visit func(at string, body any)) {
	with := func(name string, changed any) any {
		copied := maps.Clone(object)
		copied[name] = changed
		return in(copied)
	}
	for _, name := range slices.Sorted(maps.Keys(schema.Properties)) {
		value, there := object[name]
		if !there {
			visit(at+"."+name, with(name, hole))
			continue
		}
		walk(schema.Properties[name].Value, value, at+"."+name, func(changed any) any { return with(name, changed) }, visit)
	}
	if values := schema.AdditionalProperties.Schema; values != nil {
		walk(values.Value, object["a"], at+".a", func(changed any) any { return with("a", changed) }, visit)
	}
}
