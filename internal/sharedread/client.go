// Package sharedread lets reads of the same object that wait at the same time share one: what many callers ask about at
// once costs the API server little more than what one does.
package sharedread

import (
	"context"
	"reflect"
	"sync"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"
)

// timeout bounds a read that others wait for behind it. A caller's own context ends its waiting earlier.
const timeout = 5 * time.Second

// New makes a client whose plain Gets are shared. Each of them is still answered by a read that began after it was called,
// so that it shows whatever was written before. Everything else goes to the client as it comes. It is safe for concurrent
// use.
func New(live client.Client) client.Client {
	return &sharing{Client: live, reads: map[target]*line{}}
}

type sharing struct {
	client.Client

	mu    sync.Mutex
	reads map[target]*line
}

// target is the object that a read is about, as one Go type.
type target struct {
	kind reflect.Type
	key  client.ObjectKey
}

// line is the read of a target that is on its way; next, if anybody waits for it, begins when that has ended.
type line struct{ next *read }

// read is one for all who wait for it. Its result is theirs in common when done is closed: they copy it.
type read struct {
	done   chan struct{}
	object client.Object
	err    error
}

// Get implements client.Reader.
func (s *sharing) Get(ctx context.Context, key client.ObjectKey, object client.Object, options ...client.GetOption) error {
	if len(options) > 0 || !isTyped(object) {
		return s.Client.Get(ctx, key, object, options...)
	}
	joined := s.join(ctx, target{reflect.TypeOf(object), key})
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-joined.done:
	}
	if joined.err == nil {
		reflect.ValueOf(object).Elem().Set(reflect.ValueOf(joined.object.DeepCopyObject()).Elem())
	}
	return joined.err
}

// isTyped tells whether the Go type alone says which kind is meant.
func isTyped(object client.Object) bool {
	switch object.(type) {
	case *metav1.PartialObjectMetadata, runtime.Unstructured:
		return false
	}
	return true
}

// join never joins a read that is on its way: what was written since it began may be missing in it.
func (s *sharing) join(ctx context.Context, of target) *read {
	s.mu.Lock()
	defer s.mu.Unlock()
	running := s.reads[of]
	if running != nil && running.next != nil {
		return running.next
	}
	empty, _ := reflect.New(of.kind.Elem()).Interface().(client.Object)
	joined := &read{done: make(chan struct{}), object: empty}
	if running != nil {
		running.next = joined
		return joined
	}
	s.reads[of] = &line{}
	go s.run(context.WithoutCancel(ctx), of, joined)
	return joined
}

// run reads until nobody waits. It does not end with the call that it began for: others may have come.
func (s *sharing) run(ctx context.Context, of target, current *read) {
	for current != nil {
		s.get(ctx, of, current)
		s.mu.Lock()
		if current, s.reads[of].next = s.reads[of].next, nil; current == nil {
			delete(s.reads, of)
		}
		s.mu.Unlock()
	}
}

func (s *sharing) get(ctx context.Context, of target, current *read) {
	defer close(current.done)
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	current.err = s.Client.Get(ctx, of.key, current.object)
}
