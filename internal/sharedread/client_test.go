package sharedread

import (
	"context"
	"errors"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"
)

// server answers each read with how many writes there were when it began, after it was let go.
type server struct {
	client.Client

	writes atomic.Int64
	begun  atomic.Int64
	let    chan error
}

func (s *server) Get(ctx context.Context, _ client.ObjectKey, object client.Object, _ ...client.GetOption) error {
	s.begun.Add(1)
	seen := s.writes.Load()
	select {
	case err := <-s.let:
		object.SetLabels(map[string]string{"writes": strconv.FormatInt(seen, 10)})
		return err
	case <-ctx.Done():
		return ctx.Err()
	}
}

var key = client.ObjectKey{Namespace: "producer", Name: "license"}

func TestReadsOfTheSameObjectShareTheNextOne(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		behind := &server{let: make(chan error)}
		shared := New(behind)
		var answered sync.WaitGroup
		ask := func(want string) {
			answered.Go(func() {
				var object corev1.ConfigMap
				if err := shared.Get(t.Context(), key, &object); err != nil {
					t.Error(err)
				}
				if got := object.Labels["writes"]; got != want {
					t.Errorf("a read shows %s writes, want %s", got, want)
				}
				object.Labels["writes"] = "mine" // must be nobody else's
			})
		}
		ask("0")
		synctest.Wait()
		behind.writes.Add(1)
		for range 50 {
			ask("1") // the read that is on its way may have missed the write
		}
		synctest.Wait()
		behind.let <- nil
		behind.let <- nil
		answered.Wait()
		if got := behind.begun.Load(); got != 2 {
			t.Errorf("%d reads for 51 callers, want 2", got)
		}
		ask("1")
		behind.let <- nil
		answered.Wait()
	})
}

func TestWhoGivesUpTakesNobodyAlong(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		behind := &server{let: make(chan error)}
		shared := New(behind)
		impatient, giveUp := context.WithCancel(t.Context())
		first, second := make(chan error, 1), make(chan error, 1)
		go func() { first <- shared.Get(impatient, key, &corev1.ConfigMap{}) }()
		synctest.Wait()
		go func() { second <- shared.Get(t.Context(), key, &corev1.ConfigMap{}) }()
		giveUp()
		if err := <-first; !errors.Is(err, context.Canceled) {
			t.Errorf("the one that gave up was told %v", err)
		}
		behind.let <- nil
		behind.let <- nil
		if err := <-second; err != nil {
			t.Error(err)
		}
	})
}

func TestAReadThatHangsEnds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		if err := New(&server{}).Get(t.Context(), key, &corev1.ConfigMap{}); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("got %v", err)
		}
	})
}

func TestErrorsAreSharedAndNotKept(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		behind := &server{let: make(chan error, 2)}
		shared := New(behind)
		refused := errors.New("refused")
		behind.let <- refused
		behind.let <- nil
		var object corev1.ConfigMap
		if err := shared.Get(t.Context(), key, &object); !errors.Is(err, refused) || object.Labels != nil {
			t.Errorf("got %v and %v", err, object.Labels)
		}
		if err := shared.Get(t.Context(), key, &object); err != nil {
			t.Error(err)
		}
	})
}

func TestOtherObjectsKindsAndOptionsAreReadApart(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		behind := &server{let: make(chan error)}
		shared := New(behind)
		var answered sync.WaitGroup
		for _, get := range []func() error{
			func() error { return shared.Get(t.Context(), key, &corev1.ConfigMap{}) },
			func() error { return shared.Get(t.Context(), key, &corev1.Secret{}) },
			func() error {
				return shared.Get(t.Context(), client.ObjectKey{Namespace: "other", Name: key.Name}, &corev1.ConfigMap{})
			},
			func() error {
				return shared.Get(t.Context(), key, &corev1.ConfigMap{}, &client.GetOptions{Raw: &metav1.GetOptions{ResourceVersion: "0"}})
			},
			func() error { return shared.Get(t.Context(), key, &metav1.PartialObjectMetadata{}) },
		} {
			answered.Go(func() {
				if err := get(); err != nil {
					t.Error(err)
				}
			})
		}
		synctest.Wait()
		if got := behind.begun.Load(); got != 5 {
			t.Errorf("%d reads, want 5 at once", got)
		}
		for range 5 {
			behind.let <- nil
		}
		answered.Wait()
	})
}
