package readyourwrites

import (
	"context"
	"fmt"

	"k8s.io/apimachinery/pkg/runtime/schema"
	toolscache "k8s.io/client-go/tools/cache"
	"sigs.k8s.io/controller-runtime/pkg/cache"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/client/apiutil"
)

// Options are what a Replica works with. All are required.
type Options struct {
	Live client.Client
	// Cached are the informers.
	Cached cache.Cache
	// Namespace is the operator's.
	Namespace string
	// Kinds are those that are written and read.
	Kinds []client.Object
}

// Replica knows how far the informers of this process are. It is safe for concurrent use.
type Replica struct {
	live   client.Client
	cached cache.Cache
	marks  marks
	kinds  []schema.GroupVersionKind
}

// New makes a Replica.
func New(options Options) (*Replica, error) {
	replica := &Replica{
		live: options.Live, cached: options.Cached,
		marks: marks{live: options.Live, namespace: options.Namespace},
	}
	for _, object := range options.Kinds {
		kind, err := apiutil.GVKForObject(object, options.Live.Scheme())
		if err != nil {
			return nil, err
		}
		replica.kinds = append(replica.kinds, kind)
	}
	return replica, nil
}

// Writer is the live client whose changes other replicas will answer with. A write that cannot be marked is reported as
// failed: as after every such error, whether it was made is open.
func (r *Replica) Writer() client.Client {
	return marking{Client: r.live, marks: r.marks, kinds: r.kinds}
}

// Current tells whether the informers show whatever was written to the kinds of a namespace through any replica before the
// call. What others write, with kubectl say, may still come a moment later.
func (r *Replica) Current(ctx context.Context, namespace string) (bool, error) {
	written, err := r.marks.read(ctx, namespace)
	if err != nil {
		return false, err
	}
	for _, kind := range r.kinds {
		version, err := r.shown(ctx, kind)
		if err != nil {
			return false, err
		}
		if !reached(version, written[kind.Kind]) {
			return false, nil
		}
	}
	return true, nil
}

// shown is the version up to which the informer of a kind shows everything.
func (r *Replica) shown(ctx context.Context, kind schema.GroupVersionKind) (string, error) {
	informer, err := r.cached.GetInformerForKind(ctx, kind, cache.BlockUntilSynced(false))
	if err != nil {
		return "", fmt.Errorf("informer of %s: %w", kind.Kind, err)
	}
	indexed, ok := informer.(interface{ GetIndexer() toolscache.Indexer })
	if !ok {
		return "", nil
	}
	return indexed.GetIndexer().LastStoreSyncResourceVersion(), nil
}
