package restfuzz

import (
	"bytes"
	"encoding/json"
	"maps"
	"slices"

	"github.com/getkin/kin-openapi/openapi3"
)

// sample makes a value of the schema that has every property of it, but for those that exclude another.
func sample(schema *openapi3.Schema) any {
	switch {
	case len(schema.OneOf) > 0:
		return sample(schema.OneOf[len(schema.OneOf)-1].Value)
	case len(schema.AnyOf) > 0:
		return sample(schema.AnyOf[0].Value)
	case len(schema.Enum) > 0:
		return schema.Enum[0]
	case schema.Type.Is(openapi3.TypeArray):
		return []any{sample(schema.Items.Value)}
	case schema.Type.Is(openapi3.TypeObject):
		object := map[string]any{}
		for name, property := range schema.Properties {
			if value, known := knownValues[name]; !known {
				object[name] = sample(property.Value)
			} else if value != nil {
				object[name] = value
			}
		}
		if values := schema.AdditionalProperties.Schema; values != nil {
			object["a"] = sample(values.Value)
		}
		return object
	case schema.Type.Is(openapi3.TypeString):
		return "a"
	case schema.Type.Is(openapi3.TypeBoolean):
		return true
	}
	return json.Number("1")
}

// knownValues make requests that mean something in a world. Nil is for what is left out: it is given by the server, or
// there is another name for it.
var knownValues = map[string]any{
	"instanceId": "{instance}", "conditionId": "{condition}", "publicKey": "{publicKey}", "item": "PhotoPrint", "activationId": "{lineItem}",
	"rateTableSeries": "Apps", "series": "Apps", "start": json.Number("0"), "end": json.Number("253402300799999"), "quantity": json.Number("1000000000"),
	"overdraftType": "Number", "version": "1.0", "state": "DEPLOYED", "value": "false", "modified": nil, "created": nil,
	"id": nil, "limitation": nil, "formula": nil, "requestedVersion": nil, "used": nil, "effectiveFrom": nil,
}

// sampleBody is a whole body.
func (o operation) sampleBody() any {
	body := sample(o.body())
	switch o.described.OperationID {
	case "saveAdministrationKeys", "saveClientKeys":
		body.([]any)[0].(map[string]any)["id"] = "fuzzed"
	case "updateConditions":
		body.(map[string]any)["conditions"].([]any)[0].(map[string]any)["id"] = "{condition}"
	}
	return body
}

// mutation is a place in a body where any text can stand.
type mutation struct {
	// at says where, for people.
	at   string
	body []byte
}

const hole = "@hole@"

// put puts the text at the place.
func (m mutation) put(text []byte) []byte {
	return bytes.ReplaceAll(m.body, []byte(`"`+hole+`"`), text)
}

// mutations are all places of a body of the schema, also those of attributes that the body has not.
func mutations(schema *openapi3.Schema, body any) (all []mutation) {
	walk(schema, body, "$", func(changed any) any { return changed }, func(at string, changed any) {
		all = append(all, mutation{at, mustJSON(changed)})
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

// valid tells whether the body is one by the schema.
func valid(schema *openapi3.Schema, body []byte) bool {
	decoder := json.NewDecoder(bytes.NewReader(body))
	decoder.UseNumber()
	var value any
	return json.Valid(body) && decoder.Decode(&value) == nil && schema.VisitJSON(value) == nil
}

func mustJSON(value any) []byte {
	var text bytes.Buffer
	encoder := json.NewEncoder(&text)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(value); err != nil {
		panic(err) // values of this package only
	}
	return bytes.TrimSpace(text.Bytes())
}
