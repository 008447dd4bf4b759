package restfuzz

import (
	"fmt"
	"slices"
	"strings"
	"sync"

	"github.com/getkin/kin-openapi/openapi3"

	"github.com/licensing-operator/licensing-operator/api/openapi"
)

// operation is a method of a path in one version of the description.
type operation struct {
	version, method, path string
	described             *openapi3.Operation
	document              *openapi3.T
	parameters            []*openapi3.Parameter
}

func (o operation) String() string { return o.described.OperationID + " " + o.version }

// body is the schema of the request's body, nil without one.
func (o operation) body() *openapi3.Schema {
	if o.described.RequestBody == nil {
		return nil
	}
	return o.described.RequestBody.Value.Content["application/json"].Schema.Value
}

// example is the body that the description shows.
func (o operation) example() any {
	if o.described.RequestBody == nil {
		return nil
	}
	content := o.described.RequestBody.Value.Content["application/json"]
	if content.Example != nil {
		return content.Example
	}
	for _, name := range slices.Sorted(keysOf(content.Examples)) {
		return content.Examples[name].Value.Value
	}
	return content.Schema.Value.Example
}

// operations are all of them, in both versions.
var operations = sync.OnceValue(func() (all []operation) {
	for version, text := range map[string][]byte{"v1.0": openapi.V10(), "v1.1": openapi.V11()} {
		document, err := openapi3.NewLoader().LoadFromData(text)
		if err != nil {
			panic(fmt.Sprintf("the description of %s: %v", version, err))
		}
		closeAnswers(document)
		for path, item := range document.Paths.Map() {
			for method, described := range item.Operations() {
				o := operation{version: version, method: method, path: path, described: described, document: document}
				for _, parameter := range slices.Concat(described.Parameters, item.Parameters) {
					o.parameters = append(o.parameters, parameter.Value)
				}
				all = append(all, o)
			}
		}
	}
	slices.SortFunc(all, func(a, b operation) int {
		return strings.Compare(a.path+a.method, b.path+b.method)
	})
	return all
})

// closeAnswers makes what the description does not mention a mistake. Clients may get more than it says; these tests want
// it to say everything.
func closeAnswers(document *openapi3.T) {
	for _, schema := range document.Components.Schemas {
		if len(schema.Value.Properties) > 0 && schema.Value.AdditionalProperties.Has == nil {
			schema.Value.AdditionalProperties.Has = new(false)
		}
	}
}

func operationOf(id, version string) (operation, bool) {
	at := slices.IndexFunc(operations(), func(o operation) bool { return o.described.OperationID == id && o.version == version })
	if at < 0 {
		return operation{}, false
	}
	return operations()[at], true
}

// called are the operations with the id, in both versions.
func called(id string) []operation {
	return slices.DeleteFunc(slices.Clone(operations()), func(o operation) bool { return o.described.OperationID != id })
}
