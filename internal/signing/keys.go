package signing

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/utils/clock"
	"k8s.io/utils/lru"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/licensing-operator/licensing-operator/internal/seldom"
)

const (
	// FirstKey is the key that the operator makes.
	FirstKey = "key-1"
	// TenantLabel on a Secret names the namespace whose answers are signed with it. It is for people.
	TenantLabel = "licensing-operator.dev/tenant"

	secretPrefix = "response-signing-"

	// A Secret that the informers do not know is asked for no more often than this.
	liveEvery   = time.Second
	liveTimeout = 5 * time.Second

	rememberedRings = 4096
)

// SecretName is the name of the Secret with the keys of a namespace.
func SecretName(namespace string) string { return secretPrefix + namespace }

// NamespaceOf is the namespace whose keys are in the Secret with the name; false for any other Secret.
func NamespaceOf(secretName string) (namespace string, ok bool) {
	return strings.CutPrefix(secretName, secretPrefix)
}

// Keys are the keys of all producers. It is safe for concurrent use.
type Keys struct {
	options Options
	answers *seldom.Answers[*Ring]
	// parsed has the keys of Secrets that were read already, by namespace.
	parsed *lru.Cache
}

// Options are what Keys work with.
type Options struct {
	// Namespace is the operator's own.
	Namespace string
	// Cached reads the informers, which need to see the Secrets of that namespace only; Live reads and writes the API server.
	Cached client.Reader
	Live   client.Client
	// Current names the key with which the answers of a namespace are signed; FirstKey if it gives none.
	Current func(ctx context.Context, namespace string) (string, error)
	Clock   clock.PassiveClock
}

// New makes Keys.
func New(options Options) *Keys {
	return &Keys{
		options: options, answers: seldom.New[*Ring](options.Clock, liveEvery, liveTimeout, rememberedRings), parsed: lru.New(rememberedRings),
	}
}

// Current is the key with which the answers of a namespace are signed now. Where nobody has made keys, it makes one.
func (k *Keys) Current(ctx context.Context, namespace string) (*Key, error) {
	name, err := k.CurrentName(ctx, namespace)
	if err != nil {
		return nil, err
	}
	ring, err := k.Ring(ctx, namespace)
	if err != nil {
		return nil, err
	}
	key, missing := ring.Key(name)
	if missing == nil {
		return key, nil
	}
	// The configuration may be known already, and the Secret not yet.
	if ring, err = k.liveRing(ctx, namespace); err != nil {
		return nil, errors.Join(missing, err)
	}
	return ring.Key(name)
}

// CurrentName is the name of that key, whether there is one or not.
func (k *Keys) CurrentName(ctx context.Context, namespace string) (string, error) {
	name, err := k.options.Current(ctx, namespace)
	if err != nil {
		return "", fmt.Errorf("which key signs for %s: %w", namespace, err)
	}
	if name == "" {
		return FirstKey, nil
	}
	return name, nil
}

// Ring has all keys of a namespace.
func (k *Keys) Ring(ctx context.Context, namespace string) (*Ring, error) {
	var secret corev1.Secret
	err := k.options.Cached.Get(ctx, client.ObjectKey{Namespace: k.options.Namespace, Name: SecretName(namespace)}, &secret, client.UnsafeDisableDeepCopy)
	if apierrors.IsNotFound(err) {
		return k.liveRing(ctx, namespace)
	}
	if err != nil {
		return nil, fmt.Errorf("read the Secret %s: %w", SecretName(namespace), err)
	}
	return k.parse(namespace, &secret), nil
}

func (k *Keys) liveRing(ctx context.Context, namespace string) (*Ring, error) {
	return k.answers.Get(ctx, namespace, func(ctx context.Context) (*Ring, error) {
		var secret corev1.Secret
		err := k.options.Live.Get(ctx, client.ObjectKey{Namespace: k.options.Namespace, Name: SecretName(namespace)}, &secret)
		if apierrors.IsNotFound(err) {
			err = k.create(ctx, namespace, &secret)
		}
		if err != nil {
			return nil, fmt.Errorf("read the Secret %s: %w", SecretName(namespace), err)
		}
		return k.parse(namespace, &secret), nil
	})
}

// create makes the first key, unless the producer wants to sign with one of its own, which is still to come. Of replicas that
// do it at once one succeeds, and all sign with its key.
func (k *Keys) create(ctx context.Context, namespace string, secret *corev1.Secret) error {
	current, err := k.CurrentName(ctx, namespace)
	if err != nil || current != FirstKey {
		return err
	}
	private, err := newPrivatePEM()
	if err != nil {
		return err
	}
	*secret = corev1.Secret{
		ObjectMeta: metav1.ObjectMeta{
			Namespace: k.options.Namespace, Name: SecretName(namespace),
			Labels: map[string]string{"app.kubernetes.io/name": "licensing-operator", TenantLabel: namespace},
		},
		Data: map[string][]byte{FirstKey + privateEnding: private},
	}
	err = k.options.Live.Create(ctx, secret)
	if apierrors.IsAlreadyExists(err) {
		return k.options.Live.Get(ctx, client.ObjectKeyFromObject(secret), secret)
	}
	return err
}

type secretVersion struct {
	uid      types.UID
	resource string
}

type parsedRing struct {
	version secretVersion
	ring    *Ring
}

// parse reads each version of a Secret once: it takes about a millisecond.
func (k *Keys) parse(namespace string, secret *corev1.Secret) *Ring {
	version := secretVersion{secret.UID, secret.ResourceVersion}
	if known, ok := k.parsed.Get(namespace); ok && known.(parsedRing).version == version {
		return known.(parsedRing).ring
	}
	ring := parseRing(secret.Data)
	k.parsed.Add(namespace, parsedRing{version, ring})
	return ring
}
