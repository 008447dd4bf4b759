package tenant

import (
	"context"
	"encoding/json"
	"math/rand/v2"
	"time"

	"github.com/google/uuid"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/licensing-operator/licensing-operator/api/v1alpha1"
	"github.com/licensing-operator/licensing-operator/internal/authentication/publickey"
	"github.com/licensing-operator/licensing-operator/internal/declaration"
)

// deletionPendingAnnotation marks a key that is being deleted, with a token of that deletion and when it began.
const deletionPendingAnnotation = "licensing-operator.dev/deletion-pending"

// DeleteKey deletes a key. Of the administration keys one always remains that tokens can be verified with, also when two
// replicas delete two keys at the same time: a key is marked before the others are counted, and marked keys do not count.
// Of two deletions at least one sees the other's mark.
func (t *Tenant) DeleteKey(ctx context.Context, access KeyAccess, id string) error {
	for started := t.Clock.Now(); ; {
		pending, err := t.deleteKey(ctx, access, id)
		if pending && t.Clock.Since(started) > declaration.Contention {
			err = declaration.ErrChanged
		}
		if err != nil || !pending {
			return t.failed(err, nil)
		}
		// Another key is being deleted. What is left afterwards decides.
		select {
		case <-t.Clock.After(rand.N(2 * declaration.LongestPause)):
		case <-ctx.Done():
			return t.failed(ctx.Err(), nil)
		}
	}
}

// deleteKey tells whether it has to be tried again because of another deletion.
func (t *Tenant) deleteKey(ctx context.Context, access KeyAccess, id string) (pending bool, err error) {
	objects, err := t.accessKeys(ctx, access)
	if err != nil {
		return false, err
	}
	key := standing(objects, id)
	if key == nil {
		return false, refuse(KeyNotFound, "there is no key %.128q for %s access", id, access)
	}
	last := refuse(LastAdministrationKey, "key %s is the last administration key and cannot be deleted: save another one first", id)
	guarded := access == AdministrationAccess
	if remaining := t.others(objects, id); guarded && len(remaining.usable) == 0 && len(remaining.leaving) == 0 {
		return false, last
	}
	for _, object := range objects {
		if object.Spec.KeyID != id {
			continue
		}
		if err := mustBeOurs("key "+id, object); err != nil {
			return false, err
		}
	}
	if !guarded {
		return false, t.remove(ctx, objects, id)
	}
	return t.deleteGuarded(ctx, key, last)
}

func (t *Tenant) deleteGuarded(ctx context.Context, key *v1alpha1.AccessKey, last error) (pending bool, err error) {
	if err := t.mark(ctx, key, uuid.NewString()+" "+t.Clock.Now().UTC().Format(time.RFC3339Nano)); err != nil {
		return declaration.Contended(err), unlessContended(err)
	}
	objects, err := t.accessKeys(ctx, AdministrationAccess)
	if err != nil {
		return false, t.unmark(ctx, key, err)
	}
	remaining := t.others(objects, key.Spec.KeyID)
	switch {
	case len(remaining.usable) > 0:
		// Whoever takes this mark for a forgotten one has taken it away first, and with it the resource version.
		err := t.Live.Delete(ctx, key, client.Preconditions{UID: &key.UID, ResourceVersion: &key.ResourceVersion})
		if err == nil {
			return false, t.remove(ctx, objects, key.Spec.KeyID)
		}
		return declaration.Contended(err), unlessContended(client.IgnoreNotFound(err))
	case len(remaining.leaving) > 0:
		return true, t.unmark(ctx, key, t.reclaim(ctx, remaining.leaving))
	}
	return false, t.unmark(ctx, key, last)
}

// remaining are the keys that tokens can be verified with when a key is gone, and those that are being deleted too.
type remaining struct{ usable, leaving []*v1alpha1.AccessKey }

func (t *Tenant) others(objects []*v1alpha1.AccessKey, id string) (found remaining) {
	for _, object := range objects {
		if object.Spec.KeyID == id || !object.DeletionTimestamp.IsZero() || standing(objects, object.Spec.KeyID) != object {
			continue
		}
		if _, err := publickey.Parse(object.Spec.PublicKey); err != nil {
			continue
		}
		if object.Annotations[deletionPendingAnnotation] != "" {
			found.leaving = append(found.leaving, object)
		} else {
			found.usable = append(found.usable, object)
		}
	}
	return found
}

// remove deletes whatever has the id, also younger objects that would then stand for it.
func (t *Tenant) remove(ctx context.Context, objects []*v1alpha1.AccessKey, id string) error {
	for _, object := range objects {
		if object.Spec.KeyID != id {
			continue
		}
		if err := mustBeOurs("key "+id, object); err != nil {
			return err
		}
		if err := client.IgnoreNotFound(t.Live.Delete(ctx, object, client.Preconditions{UID: &object.UID})); err != nil {
			return err
		}
	}
	return nil
}

// forgotten is after how long a mark is one of a replica that died.
const forgotten = time.Minute

// reclaim takes away forgotten marks.
func (t *Tenant) reclaim(ctx context.Context, keys []*v1alpha1.AccessKey) error {
	for _, key := range keys {
		mark := key.Annotations[deletionPendingAnnotation]
		since, err := time.Parse(time.RFC3339Nano, mark[min(len(mark), len(uuid.Nil.String())+1):])
		if err == nil && t.Clock.Since(since) < forgotten {
			continue
		}
		if err := t.mark(ctx, key, ""); err != nil && !declaration.Contended(err) {
			return err
		}
	}
	return nil
}

// mark writes the mark on the key as it was read; an empty one takes it away.
func (t *Tenant) mark(ctx context.Context, key *v1alpha1.AccessKey, mark string) error {
	var value any
	if mark != "" {
		value = mark
	}
	patch, err := json.Marshal(map[string]any{"metadata": map[string]any{
		"uid": key.UID, "resourceVersion": key.ResourceVersion, "annotations": map[string]any{deletionPendingAnnotation: value},
	}})
	if err != nil {
		return err
	}
	return declaration.Changed(t.Live.Patch(ctx, key, client.RawPatch(types.MergePatchType, patch), declaration.FieldManager))
}

// unmark takes the mark back and gives the reason for it. A mark that stays is taken away by the next deletion.
func (t *Tenant) unmark(ctx context.Context, key *v1alpha1.AccessKey, reason error) error {
	err := t.mark(context.WithoutCancel(ctx), key, "")
	if reason == nil && !declaration.Contended(err) && !apierrors.IsNotFound(err) {
		return err
	}
	return reason
}

func unlessContended(err error) error {
	if declaration.Contended(err) {
		return nil
	}
	return err
}
