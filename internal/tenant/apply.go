package tenant

import (
	"context"

	"k8s.io/apimachinery/pkg/runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/licensing-operator/licensing-operator/internal/declaration"
)

// again makes the attempt until what it was decided on has not changed meanwhile.
func (t *Tenant) again(ctx context.Context, fields declaration.Fields, attempt func() error) error {
	return t.failed(declaration.Again(ctx, t.Clock, attempt), fields)
}

// create makes an object that must not be there yet. It becomes REST's own.
func (t *Tenant) create(ctx context.Context, object client.Object) error {
	return declaration.Create(ctx, t.Live, object)
}

// adopt makes what REST created, or patched, a part of what it declares.
func (t *Tenant) adopt(ctx context.Context, object client.Object) error {
	return declaration.Adopt(ctx, t.Live, object)
}

// apply makes the declaration that of REST, and reads into the object what has become of it.
func (t *Tenant) apply(ctx context.Context, declared runtime.ApplyConfiguration, object client.Object) error {
	return declaration.Apply(ctx, t.Live, declared, object)
}
