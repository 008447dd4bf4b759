package declaration

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
	"k8s.io/utils/clock"
	"sigs.k8s.io/controller-runtime/pkg/client"
)

const (
	// Contention is how long a call is tried again because others changed what it rests on.
	Contention = 5 * time.Second
	// firstPause doubles up to LongestPause.
	firstPause   = 5 * time.Millisecond
	LongestPause = 200 * time.Millisecond
)

// Again makes the attempt until what it was decided on has not changed meanwhile.
func Again(ctx context.Context, clock clock.Clock, attempt func() error) error {
	started := clock.Now()
	for pause := firstPause; ; pause = min(2*pause, LongestPause) {
		err := attempt()
		if !Contended(err) || clock.Since(started) > Contention {
			return err
		}
		select {
		case <-clock.After(pause):
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// Create makes an object that must not be there yet. It becomes REST's own.
func Create(ctx context.Context, live client.Client, object client.Object) error {
	return live.Create(ctx, object, FieldManager)
}

// Adopt makes what REST created, or patched, a part of what it declares: to server-side apply that is another manager, with
// which REST would be in conflict.
func Adopt(ctx context.Context, live client.Client, object client.Object) error {
	patch, err := csaupgrade.UpgradeManagedFieldsPatch(object, sets.New(string(FieldManager)), string(FieldManager))
	if err != nil || patch == nil {
		return err
	}
	return Changed(live.Patch(ctx, object, client.RawPatch(types.JSONPatchType, patch), FieldManager))
}

// Apply makes the declaration that of REST, and reads into the object what has become of it. It names the resource version
// that it was made from. Force is never used: what others declare is theirs.
func Apply(ctx context.Context, live client.Client, declaration runtime.ApplyConfiguration, object client.Object) error {
	if err := live.Apply(ctx, declaration, FieldManager); err != nil {
		return Changed(err)
	}
	text, err := json.Marshal(declaration)
	if err != nil {
		return fmt.Errorf("what was applied: %w", err)
	}
	reflect.ValueOf(object).Elem().SetZero()
	return json.Unmarshal(text, object)
}

// ErrChanged reports that a decision rests on what is no longer so.
var ErrChanged = errors.New("the object has changed")

// Changed tells that the object is gone on which the decision rests.
func Changed(err error) error {
	if apierrors.IsNotFound(err) {
		return errors.Join(ErrChanged, err)
	}
	return err
}

// Contended tells that the decision rested on something that has changed meanwhile.
func Contended(err error) bool {
	return errors.Is(err, ErrChanged) || (apierrors.IsConflict(err) && len(Conflicts(err)) == 0) || apierrors.IsAlreadyExists(err)
}

// Put puts a field into a declaration. A value that stands already and is not REST's is left to whoever declares it, so
// that both need not agree on a change later.
func Put[T any](field **T, value T, stands bool) {
	if *field != nil || !stands {
		*field = &value
	}
}
