package apikey

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"time"

	"k8s.io/utils/clock"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/licensing-operator/licensing-operator/api/v1alpha1"
	"github.com/licensing-operator/licensing-operator/internal/kubestore"
	"github.com/licensing-operator/licensing-operator/internal/seldom"
)

const (
	// Guessing keys asks the API server about a namespace no more often than this.
	liveEvery   = time.Second
	liveTimeout = 5 * time.Second

	rememberedNamespaces = 1024
)

// Keys finds API keys by what callers present. It is safe for concurrent use.
type Keys struct {
	cached, live client.Reader
	answers      *seldom.Answers[map[string]*v1alpha1.APIKey]
}

// NewKeys reads from the informers, which kubestore.SetupIndexes has prepared, and live from the API server what they have
// not heard of yet.
func NewKeys(cached, live client.Reader, clock clock.PassiveClock) *Keys {
	return &Keys{
		cached: cached, live: live,
		answers: seldom.New[map[string]*v1alpha1.APIKey](clock, liveEvery, liveTimeout, rememberedNamespaces),
	}
}

// Find is the object of a key that callers of the namespace may use; nil for any other text. What is looked for is the
// digest, so that how long it takes tells nothing of the keys there are.
func (k *Keys) Find(ctx context.Context, namespace string, keyType v1alpha1.APIKeyType, presented string) (*v1alpha1.APIKey, error) {
	sum := sha256.Sum256([]byte(presented))
	name := kubestore.APIKeyName(keyType, "sha256:"+hex.EncodeToString(sum[:]))
	known, err := kubestore.FindAPIKey(ctx, k.cached, namespace, name)
	if err != nil || usable(known) {
		return known, err
	}
	// Somebody may have saved it, or switched it on, just now.
	live, err := k.answers.Get(ctx, namespace, func(ctx context.Context) (map[string]*v1alpha1.APIKey, error) {
		return kubestore.ListAPIKeys(ctx, k.live, namespace)
	})
	switch {
	case err != nil && known == nil:
		return nil, err
	case err == nil && usable(live[name]):
		return live[name], nil
	}
	return nil, nil
}

// usable tells whether callers are let in by the key. One that is switched off is as good as none.
func usable(key *v1alpha1.APIKey) bool {
	return key != nil && key.DeletionTimestamp == nil && (key.Spec.Disabled == nil || !*key.Spec.Disabled)
}
