package status

import (
	"context"
	"fmt"

	"k8s.io/apimachinery/pkg/api/equality"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/util/json"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/client/apiutil"
)

// Writer applies the status fields of one controller by server-side apply, under the controller's own name, so that
// other writers' fields stay theirs. It is safe for concurrent use.
type Writer struct {
	Client client.Client
	// Owner is the field manager.
	Owner client.FieldOwner
	// Fields are the JSON names of the status fields that the controller owns.
	Fields []string
	// IfUnchanged writes only to the object as it was read. Whoever may have read an older one, and takes back what is not in
	// it, has to hear of changes to be asked again.
	IfUnchanged bool
}

// Write makes the object's status hold the owned fields of desired, and tells whether that changed anything. Status is
// a status struct of the API in which only owned fields matter. An object that is gone, or is another one of the same
// name by now, needs no status.
func (w Writer) Write(ctx context.Context, object client.Object, current, desired any) (bool, error) {
	before, err := w.owned(current)
	if err != nil {
		return false, err
	}
	after, err := w.owned(desired)
	if err != nil || equality.Semantic.DeepEqual(before, after) {
		return false, err
	}
	kind, err := apiutil.GVKForObject(object, w.Client.Scheme())
	if err != nil {
		return false, err
	}
	configuration := &unstructured.Unstructured{Object: map[string]any{"status": after}}
	configuration.SetGroupVersionKind(kind)
	configuration.SetNamespace(object.GetNamespace())
	configuration.SetName(object.GetName())
	configuration.SetUID(object.GetUID())
	if w.IfUnchanged {
		configuration.SetResourceVersion(object.GetResourceVersion())
	}
	err = w.Client.Status().Apply(ctx, client.ApplyConfigurationFromUnstructured(configuration), w.Owner, client.ForceOwnership)
	if apierrors.IsNotFound(err) || apierrors.IsConflict(err) {
		return false, nil
	}
	if err != nil {
		return false, fmt.Errorf("write status: %w", err)
	}
	return true, nil
}

func (w Writer) owned(status any) (map[string]any, error) {
	text, err := json.Marshal(status)
	if err != nil {
		return nil, fmt.Errorf("encode status: %w", err)
	}
	var all map[string]any
	if err := json.Unmarshal(text, &all); err != nil {
		return nil, fmt.Errorf("decode status: %w", err)
	}
	owned := make(map[string]any, len(w.Fields))
	for _, field := range w.Fields {
		if value, found := all[field]; found {
			owned[field] = value
		}
	}
	return owned, nil
}
