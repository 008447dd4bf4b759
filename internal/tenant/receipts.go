package tenant

import (
	"context"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/licensing-operator/licensing-operator/internal/ledger"
)

// createOnce creates an object that is its own receipt: its name follows from the key, so that a repeat of the call meets
// it at the API server. It then reads what the first call made.
func (t *Tenant) createOnce(ctx context.Context, kind string, object client.Object, key ledger.Idempotency) error {
	if key.Key == "" {
		return t.create(ctx, object)
	}
	hash := t.keyHash(kind, key)
	annotations := object.GetAnnotations()
	annotations[IdempotencyKeyAnnotation], annotations[RequestDigestAnnotation] = hash, key.Digest
	object.SetAnnotations(annotations)
	err := t.create(ctx, object)
	if !apierrors.IsAlreadyExists(err) {
		return err
	}
	if err := t.Live.Get(ctx, client.ObjectKeyFromObject(object), object); err != nil {
		return err
	}
	first := object.GetAnnotations()
	if first[IdempotencyKeyAnnotation] != hash || first[RequestDigestAnnotation] != key.Digest {
		return keyReused(nil)
	}
	return nil
}

func keyReused(cause error) error {
	return &Error{
		Reason: IdempotencyKeyReused, cause: cause,
		Problems: []string{"the Idempotency-Key was used for a different request: use a new key for each request"},
	}
}
