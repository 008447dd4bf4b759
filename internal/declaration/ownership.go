package declaration

import (
	"encoding/json"
	"errors"
	"slices"
	"strings"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"
)

// FieldManager owns what is written over REST.
const FieldManager = client.FieldOwner("licensing-operator-rest")

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

// Declarers are the others who declare the field, or any part of it: everyone but REST.
func Declarers(object client.Object, path ...string) (managers []string) {
	for _, entry := range object.GetManagedFields() {
		if entry.Subresource != "" || entry.Manager == string(FieldManager) || slices.Contains(managers, entry.Manager) {
			continue
		}
		if managedBy(entry).has(path...) {
			managers = append(managers, entry.Manager)
		}
	}
	return managers
}

// OthersDeclare names who declares a field that is there; it is empty when it is REST alone, which can then leave it out.
func OthersDeclare(object client.Object, path ...string) string {
	managers := Declarers(object, path...)
	if len(managers) == 0 && !IsOurs(object, path...) {
		return "somebody else"
	}
	return strings.Join(managers, ", ")
}

// IsOurs tells whether REST declares the field, whoever else does.
func IsOurs(object client.Object, path ...string) bool {
	return slices.ContainsFunc(object.GetManagedFields(), func(entry metav1.ManagedFieldsEntry) bool {
		return entry.Subresource == "" && entry.Manager == string(FieldManager) && managedBy(entry).has(path...)
	})
}

// Conflict is a field that server-side apply refused because somebody else declares it.
type Conflict struct{ Field, Manager string }

// Conflicts are the fields of an error that somebody else declares; none for an error of another kind.
func Conflicts(err error) (conflicts []Conflict) {
	if elsewhere := (*Elsewhere)(nil); errors.As(err, &elsewhere) {
		return elsewhere.Conflicts
	}
	status := statusOf(err)
	if !apierrors.IsConflict(err) || status == nil || status.Status().Details == nil {
		return nil
	}
	for _, cause := range status.Status().Details.Causes {
		if cause.Type != metav1.CauseTypeFieldManagerConflict {
			continue
		}
		manager := "somebody else"
		if _, quoted, found := strings.Cut(cause.Message, `"`); found {
			manager, _, _ = strings.Cut(quoted, `"`)
		}
		conflicts = append(conflicts, Conflict{Field: strings.TrimPrefix(cause.Field, "."), Manager: manager})
	}
	return conflicts
}
