package declaration

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"reflect"
	"slices"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	utiljson "k8s.io/apimachinery/pkg/util/json"
	"sigs.k8s.io/controller-runtime/pkg/client"
)

// Redeclare makes the current object what the next one is, in its spec, labels and annotations, and reads into it what has
// become of it. What others declare is theirs: the error then has Conflicts.
func Redeclare[T client.Object](ctx context.Context, live client.Client, current, next T) error {
	if err := Adopt(ctx, live, current); err != nil {
		return err
	}
	before, err := fieldsOf(current)
	if err != nil {
		return err
	}
	after, err := fieldsOf(next)
	if err != nil {
		return err
	}
	d := newDifference(current)
	declared := d.fields(nil, before, after)
	if len(d.taken) > 0 {
		return newElsewhere(d.taken)
	}
	kind, err := live.GroupVersionKindFor(current)
	if err != nil {
		return err
	}
	object := &unstructured.Unstructured{Object: declared}
	object.SetGroupVersionKind(kind)
	object.SetNamespace(current.GetNamespace())
	object.SetName(current.GetName())
	object.SetUID(current.GetUID())
	object.SetResourceVersion(current.GetResourceVersion())
	return Apply(ctx, live, client.ApplyConfigurationFromUnstructured(object), current)
}

func newDifference(object client.Object) *difference {
	d := &difference{ours: managed{}, others: map[string]managed{}}
	for _, entry := range object.GetManagedFields() {
		switch {
		case entry.Subresource != "":
		case entry.Manager == string(FieldManager):
			d.ours.add(managedBy(entry))
		default:
			fields := managed{}
			fields.add(d.others[entry.Manager])
			fields.add(managedBy(entry))
			d.others[entry.Manager] = fields
		}
	}
	return d
}

// add makes the set one of both.
func (m managed) add(other managed) {
	for name, within := range other {
		if m[name] == nil {
			m[name] = managed{}
		}
		m[name].add(within)
	}
}

// fieldsOf are those that can be declared, as the API server sees them.
func fieldsOf(object client.Object) (map[string]any, error) {
	text, err := json.Marshal(object)
	if err != nil {
		return nil, fmt.Errorf("what is declared: %w", err)
	}
	var all map[string]any
	if err := utiljson.Unmarshal(text, &all); err != nil {
		return nil, fmt.Errorf("what is declared: %w", err)
	}
	metadata, _ := all["metadata"].(map[string]any)
	maps.DeleteFunc(metadata, func(name string, _ any) bool { return name != "labels" && name != "annotations" })
	maps.DeleteFunc(all, func(name string, _ any) bool { return name != "metadata" && name != "spec" })
	return all, nil
}

// Elsewhere reports fields that were to be left out, and that somebody else declares.
type Elsewhere struct{ Conflicts []Conflict }

func (e *Elsewhere) Error() string { return fmt.Sprintf("declared by others: %v", e.Conflicts) }

func newElsewhere(conflicts []Conflict) error {
	slices.SortFunc(conflicts, func(a, b Conflict) int {
		return cmp.Or(cmp.Compare(a.Field, b.Field), cmp.Compare(a.Manager, b.Manager))
	})
	return &Elsewhere{conflicts}
}

// Differs tells whether there is anything to declare.
func Differs[T client.Object](current, next T) (bool, error) {
	before, err := fieldsOf(current)
	if err != nil {
		return false, err
	}
	after, err := fieldsOf(next)
	return !reflect.DeepEqual(before, after), err
}
