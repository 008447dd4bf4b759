package server

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"
)

// Contract is what the OpenAPI documents say, for each version.
type Contract struct {
	roots map[Version]*node
}

// operation is a method of a path.
type operation struct {
	id, method string
	// names are those of the parameters in the path, in order.
	names        []string
	parameters   []*openapi3.Parameter
	body         *openapi3.Schema
	bodyRequired bool
}

// node is a segment of the paths.
type node struct {
	literals map[string]*node
	variable *node
	// operations are those of the path that ends here, by method.
	operations map[string]*operation
}

// NewContract reads the OpenAPI document of each version.
func NewContract(documents map[Version][]byte) (*Contract, error) {
	contract := &Contract{roots: map[Version]*node{}}
	for version, document := range documents {
		root, err := parseDocument(version, document)
		if err != nil {
			return nil, fmt.Errorf("OpenAPI document of %s: %w", version, err)
		}
		contract.roots[version] = root
	}
	return contract, nil
}

// tell names the operations of each version.
func (c *Contract) tell(observer Observer) {
	for version, root := range c.roots {
		observer.Serves(string(version), root.operationIDs())
	}
}

func parseDocument(version Version, document []byte) (*node, error) {
	loader := openapi3.NewLoader()
	parsed, err := loader.LoadFromData(document)
	if err != nil {
		return nil, err
	}
	if err := parsed.Validate(context.Background()); err != nil {
		return nil, err
	}
	root := &node{}
	for path, item := range parsed.Paths.Map() {
		for method, described := range item.Operations() {
			if err := root.add(version, path, method, item.Parameters, described); err != nil {
				return nil, fmt.Errorf("%s %s: %w", method, path, err)
			}
		}
	}
	return root, nil
}

func (n *node) add(version Version, path, method string, shared openapi3.Parameters, described *openapi3.Operation) error {
	if described.OperationID == "" {
		return fmt.Errorf("it has no operationId")
	}
	added := &operation{id: described.OperationID, method: method}
	if body := described.RequestBody; body != nil {
		content := body.Value.Content[jsonType]
		if content == nil || content.Schema == nil {
			return fmt.Errorf("its body has no schema as %s", jsonType)
		}
		added.body, added.bodyRequired = content.Schema.Value, body.Value.Required
	}
	for _, parameter := range slices.Concat(described.Parameters, shared) {
		if parameter.Value.Schema == nil {
			return fmt.Errorf("its parameter %s has no schema", parameter.Value.Name)
		}
		added.parameters = append(added.parameters, parameter.Value)
	}
	at := n
	for segment := range strings.SplitSeq(strings.TrimPrefix(path, "/"), "/") {
		// One path for all versions: the rewritten one.
		if segment == string(version) {
			segment = string(version.canonical())
		}
		if name, ok := strings.CutPrefix(segment, "{"); ok {
			added.names = append(added.names, strings.TrimSuffix(name, "}"))
			segment = ""
		}
		at = at.child(segment)
	}
	if at.operations == nil {
		at.operations = map[string]*operation{}
	}
	at.operations[method] = added
	return nil
}

// child is the node below for a segment, or for a variable when the segment is empty.
func (n *node) child(segment string) *node {
	if segment == "" {
		if n.variable == nil {
			n.variable = &node{}
		}
		return n.variable
	}
	if n.literals == nil {
		n.literals = map[string]*node{}
	}
	if n.literals[segment] == nil {
		n.literals[segment] = &node{}
	}
	return n.literals[segment]
}

// find gives the node of a path and what stands for its variables, nil without one. A literal goes before a variable.
func (n *node) find(segments, values []string) (*node, []string) {
	if n == nil {
		return nil, nil
	}
	if len(segments) == 0 {
		if len(n.operations) == 0 {
			return nil, nil
		}
		return n, values
	}
	if found, values := n.literals[segments[0]].find(segments[1:], values); found != nil {
		return found, values
	}
	// Not a plain append: the other branch may have used the space behind.
	return n.variable.find(segments[1:], append(slices.Clip(values), segments[0]))
}

func (n *node) methods() []string { return slices.Sorted(maps.Keys(n.operations)) }

// operationIDs are those of the node and of all below it.
func (n *node) operationIDs() (ids []string) {
	if n == nil {
		return nil
	}
	for _, operation := range n.operations {
		ids = append(ids, operation.id)
	}
	for _, child := range n.literals {
		ids = append(ids, child.operationIDs()...)
	}
	return append(ids, n.variable.operationIDs()...)
}
