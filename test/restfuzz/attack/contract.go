package attack

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"
)

// Operation is a method of a path in one version of the description.
type Operation struct {
	Version, Method, Path string
	Described             *openapi3.Operation
	Document              *openapi3.T
	Parameters            []*openapi3.Parameter

	body *openapi3.Schema
}

func (o Operation) String() string { return o.Described.OperationID + " " + o.Version }

// Body is the schema of the request's body, nil without one.
func (o Operation) Body() *openapi3.Schema { return o.body }

// BodyRequired tells whether a request without a body is none.
func (o Operation) BodyRequired() bool {
	return o.body != nil && o.Described.RequestBody.Value.Required
}

// Example is the body that the description shows.
func (o Operation) Example() any {
	if o.body == nil {
		return nil
	}
	content := o.Described.RequestBody.Value.Content["application/json"]
	if content.Example != nil {
		return content.Example
	}
	for _, name := range slices.Sorted(maps.Keys(content.Examples)) {
		return content.Examples[name].Value.Value
	}
	return content.Schema.Value.Example
}

// Operations are those of a version, by path and method. Strict says that it takes no attributes that it does not know.
func Operations(version string, text []byte, strict bool) (all []Operation) {
	document, taken := load(version, text), load(version, text)
	closeAnswers(document)
	if strict {
		taken = document
	}
	for path, item := range document.Paths.Map() {
		for method, described := range item.Operations() {
			o := Operation{Version: version, Method: method, Path: path, Described: described, Document: document}
			for _, parameter := range slices.Concat(described.Parameters, item.Parameters) {
				o.Parameters = append(o.Parameters, parameter.Value)
			}
			if body := taken.Paths.Value(path).GetOperation(method).RequestBody; body != nil {
				o.body = flat(body.Value.Content["application/json"].Schema.Value)
			}
			all = append(all, o)
		}
	}
	slices.SortFunc(all, func(a, b Operation) int { return strings.Compare(a.Path+a.Method, b.Path+b.Method) })
	return all
}

func load(version string, text []byte) *openapi3.T {
	document, err := openapi3.NewLoader().LoadFromData(text)
	if err != nil {
		panic(fmt.Sprintf("the description of %s: %v", version, err)) // it is part of the binary
	}
	return document
}

// closeAnswers makes what the description does not mention a mistake. Clients may get more than it says; these tests want
// it to say everything.
func closeAnswers(document *openapi3.T) {
	for _, schema := range document.Components.Schemas {
		if len(schema.Value.Properties) > 0 && schema.Value.AdditionalProperties.Has == nil {
			schema.Value.AdditionalProperties.Has = new(false)
		}
	}
}
