// Package cluster is what tests on a real API server have in common: clients, objects in a few words, waiting, and one
// check of the ledger's invariants on everything that a cluster holds.
package cluster

import (
	"context"
	"fmt"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	clientgoscheme "k8s.io/client-go/kubernetes/scheme"
	typedcorev1 "k8s.io/client-go/kubernetes/typed/core/v1"
	"k8s.io/client-go/rest"
	"sigs.k8s.io/controller-runtime/pkg/cache"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/licensing-operator/licensing-operator/api/v1alpha1"
	"github.com/licensing-operator/licensing-operator/internal/kubestore"
	"github.com/licensing-operator/licensing-operator/internal/ledger"
)

// OperatorNamespace is where the accounts are.
const OperatorNamespace = "licensing-operator-system"

// FieldOwner is who writes for people and their tools, never for the operator.
const FieldOwner = "gitops"

// Cluster is an administrator's view of a control plane. It is safe for concurrent use.
type Cluster struct {
	Client client.Client
	Scheme *runtime.Scheme
	// Accounts are the ConfigMaps of the operator's namespace.
	Accounts *kubestore.Accounts
	// Store reads like an operator, with informers of its own.
	Store   *kubestore.Store
	History *History
}

// Connect makes the operator's namespace if there is none, and watches until the context ends.
func Connect(ctx context.Context, config *rest.Config) (*Cluster, error) {
	scheme, err := newScheme()
	if err != nil {
		return nil, err
	}
	live, err := client.New(config, client.Options{Scheme: scheme})
	if err != nil {
		return nil, err
	}
	live = client.WithFieldOwner(live, FieldOwner)
	namespace := &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: OperatorNamespace}}
	if err := live.Create(ctx, namespace); err != nil && !apierrors.IsAlreadyExists(err) {
		return nil, err
	}
	informers, err := cache.New(config, cache.Options{Scheme: scheme})
	if err != nil {
		return nil, err
	}
	if err := kubestore.SetupIndexes(ctx, informers); err != nil {
		return nil, err
	}
	go func() { _ = informers.Start(ctx) }()
	if !informers.WaitForCacheSync(ctx) {
		return nil, fmt.Errorf("the informers did not start")
	}
	accounts, err := NewAccounts(config)
	if err != nil {
		return nil, err
	}
	history, err := watchHistory(ctx, accounts)
	if err != nil {
		return nil, err
	}
	c := &Cluster{Client: live, Scheme: scheme, Accounts: accounts, History: history}
	c.Store = kubestore.New(kubestore.Options{
		Accounts: accounts, Live: live, Cached: informers, Defaults: func(string) kubestore.Settings { return kubestore.Settings{} },
	})
	// The first use starts the informer; an assertion must not find it empty.
	_, err = c.Store.Catalog(ctx, ledger.AccountID{}, false)
	return c, err
}

func newScheme() (*runtime.Scheme, error) {
	scheme := runtime.NewScheme()
	if err := clientgoscheme.AddToScheme(scheme); err != nil {
		return nil, err
	}
	return scheme, v1alpha1.AddToScheme(scheme)
}

// NewAccounts speaks protobuf, as the operator does.
func NewAccounts(config *rest.Config) (*kubestore.Accounts, error) {
	protobuf := rest.CopyConfig(config)
	protobuf.ContentType, protobuf.AcceptContentTypes = runtime.ContentTypeProtobuf, runtime.ContentTypeProtobuf
	core, err := typedcorev1.NewForConfig(protobuf)
	if err != nil {
		return nil, err
	}
	return kubestore.NewAccounts(core, OperatorNamespace), nil
}
