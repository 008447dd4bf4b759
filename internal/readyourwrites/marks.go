// Package readyourwrites lets a replica answer from its informers once they show everything that was written through any
// replica: who has changed something over REST finds it changed, whichever replica answers.
package readyourwrites

import (
	"context"
	"fmt"
	"math"
	"strconv"
	"time"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/wait"
	"sigs.k8s.io/controller-runtime/pkg/client"
)

// tries go on as long as the caller waits. They come to an end: whoever was in the way has marked a version, and has thereby
// done it for everybody with an earlier one.
var tries = wait.Backoff{Duration: 10 * time.Millisecond, Factor: 1, Jitter: 2, Steps: math.MaxInt}

// marks keep for every namespace, in a ConfigMap of the operator's namespace, the resource version of what was written
// last of each kind. Resource versions of custom resources count up, and may be compared.
type marks struct {
	live      client.Client
	namespace string
}

func (m marks) key(namespace string) client.ObjectKey {
	return client.ObjectKey{Namespace: m.namespace, Name: "written." + namespace}
}

// read gives the marks by kind; none where nothing was ever written.
func (m marks) read(ctx context.Context, namespace string) (map[string]string, error) {
	var object corev1.ConfigMap
	if err := m.live.Get(ctx, m.key(namespace), &object); client.IgnoreNotFound(err) != nil {
		return nil, fmt.Errorf("read what was written last: %w", err)
	}
	return object.Data, nil
}

// set keeps the later of the versions. It is done when every replica can see it.
func (m marks) set(ctx context.Context, namespace, kind, version string) error {
	err := wait.ExponentialBackoffWithContext(ctx, tries, func(ctx context.Context) (done bool, err error) {
		if err := m.write(ctx, namespace, kind, version); !apierrors.IsConflict(err) && !apierrors.IsAlreadyExists(err) {
			return err == nil, err
		}
		return false, nil
	})
	if err != nil {
		return fmt.Errorf("tell the other replicas what was written: %w", err)
	}
	return nil
}

func (m marks) write(ctx context.Context, namespace, kind, version string) error {
	key := m.key(namespace)
	var object corev1.ConfigMap
	err := m.live.Get(ctx, key, &object)
	if apierrors.IsNotFound(err) {
		return m.live.Create(ctx, &corev1.ConfigMap{
			ObjectMeta: metav1.ObjectMeta{Namespace: key.Namespace, Name: key.Name}, Data: map[string]string{kind: version},
		})
	}
	if err != nil || reached(object.Data[kind], version) {
		return err
	}
	if object.Data == nil {
		object.Data = map[string]string{}
	}
	object.Data[kind] = version
	return m.live.Update(ctx, &object)
}

// reached tells whether a version is that of the other one, or a later one. What is no number has reached nothing.
func reached(version, other string) bool {
	if other == "" {
		return true
	}
	have, err := strconv.ParseUint(version, 10, 64)
	if err != nil {
		return false
	}
	want, err := strconv.ParseUint(other, 10, 64)
	return err == nil && have >= want
}
