package tenant

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/apimachinery/pkg/util/sets"
	"k8s.io/client-go/util/csaupgrade"
	"sigs.k8s.io/controller-runtime/pkg/client"
)

const (
	// contention is how long a call is tried again because others changed what it rests on.
	contention = 5 * time.Second
	// firstPause doubles up to longestPause.
	firstPause   = 5 * time.Millisecond
	longestPause = 200 * time.Millisecond
)

// again makes the attempt until what it was decided on has not changed meanwhile.
func (t *Tenant) again(ctx context.Context, fields fieldMap, attempt func() error) error {
	started := t.Clock.Now()
	for pause := firstPause; ; pause = min(2*pause, longestPause) {
		err := attempt()
		if !contended(err) || t.Clock.Since(started) > contention {
			return t.failed(err, fields)
		}
		select {
		case <-t.Clock.After(pause):
		case <-ctx.Done():
			return t.failed(ctx.Err(), fields)
		}
	}
}

// create makes an object that must not be there yet. It becomes REST's own.
func (t *Tenant) create(ctx context.Context, object client.Object) error {
	return t.Live.Create(ctx, object, fieldManager)
}

// adopt makes what REST created, or patched, a part of what it declares: to server-side apply that is another manager, with
// which REST would be in conflict.
func (t *Tenant) adopt(ctx context.Context, object client.Object) error {
	patch, err := csaupgrade.UpgradeManagedFieldsPatch(object, sets.New(string(fieldManager)), string(fieldManager))
	if err != nil || patch == nil {
		return err
	}
	return changed(t.Live.Patch(ctx, object, client.RawPatch(types.JSONPatchType, patch), fieldManager))
}

// apply makes the declaration that of REST, and reads into the object what has become of it. It names the resource version
// that it was made from. Force is never used: what others declare is theirs.
func (t *Tenant) apply(ctx context.Context, declaration runtime.ApplyConfiguration, object client.Object) error {
	if err := t.Live.Apply(ctx, declaration, fieldManager); err != nil {
		return changed(err)
	}
	text, err := json.Marshal(declaration)
	if err != nil {
		return fmt.Errorf("what was applied: %w", err)
	}
	reflect.ValueOf(object).Elem().SetZero()
	return json.Unmarshal(text, object)
}

// errChanged reports that a decision rests on what is no longer so.
var errChanged = errors.New("the object has changed")

// changed tells that the object is gone on which the decision rests.
func changed(err error) error {
	if apierrors.IsNotFound(err) {
		return errors.Join(errChanged, err)
	}
	return err
}

// declare puts a field into a declaration. A value that stands already and is not REST's is left to whoever declares it,
// so that both need not agree on a change later.
func declare[T any](field **T, value T, stands bool) {
	if *field != nil || !stands {
		*field = &value
	}
}
