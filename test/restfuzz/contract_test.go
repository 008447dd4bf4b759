package restfuzz

import (
	"slices"
	"strings"
	"sync"

	"github.com/licensing-operator/licensing-operator/api/openapi"
	"github.com/licensing-operator/licensing-operator/test/restfuzz/attack"
)

// operation is one of versions 1.0 and 1.1.
type operation struct{ attack.Operation }

// operations are all of them, in both versions.
var operations = sync.OnceValue(func() (all []operation) {
	for version, text := range map[string][]byte{"v1.0": openapi.V10(), "v1.1": openapi.V11()} {
		for _, o := range attack.Operations(version, text, true) {
			all = append(all, operation{o})
		}
	}
	slices.SortFunc(all, func(a, b operation) int { return strings.Compare(a.Path+a.Method, b.Path+b.Method) })
	return all
})

func operationOf(id, version string) (operation, bool) {
	at := slices.IndexFunc(operations(), func(o operation) bool { return o.Described.OperationID == id && o.Version == version })
	if at < 0 {
		return operation{}, false
	}
	return operations()[at], true
}

// called are the operations with the id, in both versions.
func called(id string) []operation {
	return slices.DeleteFunc(slices.Clone(operations()), func(o operation) bool { return o.Described.OperationID != id })
}
