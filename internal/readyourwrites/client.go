package readyourwrites

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"sigs.k8s.io/controller-runtime/pkg/client"
)

// marking marks every change and deletion of the kinds that readers may see late. New objects need no mark: who does not
// find one in an informer looks for it live.
type marking struct {
	client.Client

	marks marks
	kinds []schema.GroupVersionKind
}

// Update implements client.Writer.
func (m marking) Update(ctx context.Context, object client.Object, options ...client.UpdateOption) error {
	if err := m.Client.Update(ctx, object, options...); err != nil {
		return err
	}
	return m.changed(ctx, object)
}

// Patch implements client.Writer.
func (m marking) Patch(ctx context.Context, object client.Object, patch client.Patch, options ...client.PatchOption) error {
	if err := m.Client.Patch(ctx, object, patch, options...); err != nil {
		return err
	}
	return m.changed(ctx, object)
}

// Apply implements client.Writer.
func (m marking) Apply(ctx context.Context, declaration runtime.ApplyConfiguration, options ...client.ApplyOption) error {
	if err := m.Client.Apply(ctx, declaration, options...); err != nil {
		return err
	}
	text, err := json.Marshal(declaration)
	if err != nil {
		return fmt.Errorf("what was applied: %w", err)
	}
	var applied metav1.PartialObjectMetadata
	if err := json.Unmarshal(text, &applied); err != nil {
		return fmt.Errorf("what was applied: %w", err)
	}
	return m.changed(ctx, &applied)
}

// Delete implements client.Writer. What version a deletion has is not told, but that of the cluster afterwards is not less.
func (m marking) Delete(ctx context.Context, object client.Object, options ...client.DeleteOption) error {
	if err := m.Client.Delete(ctx, object, options...); err != nil {
		return err
	}
	kind, err := m.GroupVersionKindFor(object)
	if err != nil || !slices.Contains(m.kinds, kind) {
		return err
	}
	var now metav1.PartialObjectMetadataList
	now.SetGroupVersionKind(kind.GroupVersion().WithKind(kind.Kind + "List"))
	if err := m.List(ctx, &now, client.InNamespace(object.GetNamespace()), client.Limit(1)); err != nil {
		return fmt.Errorf("tell the other replicas what was deleted: %w", err)
	}
	return m.marks.set(ctx, object.GetNamespace(), kind.Kind, now.ResourceVersion)
}

func (m marking) changed(ctx context.Context, object client.Object) error {
	kind, err := m.GroupVersionKindFor(object)
	if err != nil || !slices.Contains(m.kinds, kind) {
		return err
	}
	return m.marks.set(ctx, object.GetNamespace(), kind.Kind, object.GetResourceVersion())
}
