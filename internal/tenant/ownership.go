package tenant

import (
	"encoding/json"
	"slices"
	"strings"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"
)

// fieldManager owns what is written over REST.
const fieldManager = client.FieldOwner("licensing-operator-rest")

// managed is a set of fields as the API server keeps it: fields, keyed elements of lists and what is in them.
type managed map[string]managed

func managedBy(entry metav1.ManagedFieldsEntry) managed {
	fields := managed{}
	if entry.FieldsV1 != nil && json.Unmarshal(entry.FieldsV1.GetRawBytes(), &fields) != nil {
		return nil
	}
	return fields
}

// has tells whether the field, or any part of it, is in the set.
func (m managed) has(path ...string) bool {
	for _, name := range path {
		within, found := m[name]
		if !found {
			return false
		}
		m = within
	}
	return true
}

func ownsSpec(entry metav1.ManagedFieldsEntry) bool { return managedBy(entry).has("f:spec") }

// declarers are the others who declare the field, or any part of it: everyone but REST.
func declarers(object client.Object, path ...string) (managers []string) {
	for _, entry := range object.GetManagedFields() {
		if entry.Subresource != "" || entry.Manager == string(fieldManager) || slices.Contains(managers, entry.Manager) {
			continue
		}
		if managedBy(entry).has(path...) {
			managers = append(managers, entry.Manager)
		}
	}
	return managers
}

// othersDeclare names who declares a field that is there; it is empty when it is REST alone, which can then leave it out.
func othersDeclare(object client.Object, path ...string) string {
	managers := declarers(object, path...)
	if len(managers) == 0 && !isOurs(object, path...) {
		return "somebody else"
	}
	return strings.Join(managers, ", ")
}

// isOurs tells whether REST declares the field, whoever else does.
func isOurs(object client.Object, path ...string) bool {
	return slices.ContainsFunc(object.GetManagedFields(), func(entry metav1.ManagedFieldsEntry) bool {
		return entry.Subresource == "" && entry.Manager == string(fieldManager) && managedBy(entry).has(path...)
	})
}

// mustBeOurs refuses to take away an object whose spec somebody else declares.
func mustBeOurs(what string, object client.Object) error {
	others := declarers(object, "f:spec")
	if len(others) == 0 {
		return nil
	}
	return refuse(DeclaredElsewhere, "%s is declared by %s in Kubernetes (%s/%s): delete it there", what, strings.Join(others, ", "), object.GetNamespace(), object.GetName())
}
