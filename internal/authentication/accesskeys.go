package authentication

import (
	"context"
	"time"

	"golang.org/x/sync/singleflight"
	"golang.org/x/time/rate"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/apimachinery/pkg/util/cache"
	"k8s.io/utils/clock"
	"k8s.io/utils/lru"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/licensing-operator/licensing-operator/api/v1alpha1"
	"github.com/licensing-operator/licensing-operator/internal/authentication/publickey"
	"github.com/licensing-operator/licensing-operator/internal/kubestore"
)

const (
	// liveFor is how long a live answer is given again. By then the informers have heard of the key too.
	liveFor = 2 * time.Second
	// Guessing many ids asks the API server no more often than this.
	livePerSecond, liveBurst = 5, 10
	liveTimeout              = 5 * time.Second

	rememberedAnswers, rememberedKeys = 4096, 4096
)

// AccessKeys is the Keyring of the AccessKeys in the cluster.
type AccessKeys struct {
	cached, live client.Reader
	clock        clock.PassiveClock

	// parsed has the keys of objects that were read already, by version.
	parsed *lru.Cache
	// answers are those of the API server, by KeyRef.
	answers *cache.LRUExpireCache
	asking  singleflight.Group
	limit   *rate.Limiter
}

// NewAccessKeys reads from the informers, which kubestore.SetupIndexes has prepared, and live from the API server what they have not
// heard of yet.
func NewAccessKeys(cached, live client.Reader, clock clock.PassiveClock) *AccessKeys {
	return &AccessKeys{
		cached: cached, live: live, clock: clock,
		parsed:  lru.New(rememberedKeys),
		answers: cache.NewLRUExpireCacheWithClock(rememberedAnswers, clock),
		limit:   rate.NewLimiter(livePerSecond, liveBurst),
	}
}

// Key implements Keyring.
func (k *AccessKeys) Key(ctx context.Context, ref KeyRef) (*publickey.Key, error) {
	if !ref.possible() {
		return nil, nil
	}
	var list v1alpha1.AccessKeyList
	err := k.cached.List(ctx, &list, client.InNamespace(ref.Namespace), client.MatchingFields{kubestore.IndexKey: ref.name()}, client.UnsafeDisableDeepCopy)
	if err != nil {
		return nil, err
	}
	return k.standing(list.Items, ref), nil
}

// LiveKey implements Keyring. What the API server says of an id is not asked again for two seconds, and calls that want
// to know the same at once ask together.
func (k *AccessKeys) LiveKey(ctx context.Context, ref KeyRef) (*publickey.Key, bool, error) {
	if !ref.possible() {
		return nil, false, nil
	}
	if answer, ok := k.answers.Get(ref); ok {
		return answer.(*publickey.Key), true, nil
	}
	asked := k.asking.DoChan(ref.Namespace+"/"+ref.name(), func() (any, error) { return k.ask(ctx, ref) })
	select {
	case <-ctx.Done():
		return nil, false, ctx.Err()
	case result := <-asked:
		answer, _ := result.Val.(liveAnswer)
		return answer.key, answer.given, result.Err
	}
}

type liveAnswer struct {
	key   *publickey.Key
	given bool
}

// ask does not end with the call that asks: others may be waiting for the answer.
func (k *AccessKeys) ask(ctx context.Context, ref KeyRef) (liveAnswer, error) {
	// Another call may have got the answer just before.
	if answer, ok := k.answers.Get(ref); ok {
		return liveAnswer{answer.(*publickey.Key), true}, nil
	}
	if !k.limit.AllowN(k.clock.Now(), 1) {
		return liveAnswer{}, nil
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), liveTimeout)
	defer cancel()
	var list v1alpha1.AccessKeyList
	if err := k.live.List(ctx, &list, client.InNamespace(ref.Namespace)); err != nil {
		return liveAnswer{}, err
	}
	key := k.standing(list.Items, ref)
	k.answers.Add(ref, key, liveFor)
	return liveAnswer{key, true}, nil
}

type objectVersion struct {
	uid        types.UID
	generation int64
}

// parse is nil for an object that no key can be read from; its status says why.
func (k *AccessKeys) parse(object *v1alpha1.AccessKey) *publickey.Key {
	version := objectVersion{object.UID, object.Generation}
	if key, ok := k.parsed.Get(version); ok {
		return key.(*publickey.Key)
	}
	var parsed *publickey.Key
	if key, err := publickey.Parse(object.Spec.PublicKey); err == nil {
		parsed = &key
	}
	k.parsed.Add(version, parsed)
	return parsed
}
