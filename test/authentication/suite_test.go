// Package authentication has real keys and real ServiceAccounts call a real API server's tenants.
package authentication

import (
	"context"
	"errors"
	"testing"

	"github.com/go-logr/logr"
	"k8s.io/apimachinery/pkg/runtime"
	apiserverauthorizer "k8s.io/apiserver/pkg/authorization/authorizer"
	"k8s.io/client-go/kubernetes"
	clientgoscheme "k8s.io/client-go/kubernetes/scheme"
	"k8s.io/klog/v2"
	"k8s.io/utils/clock"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/cache"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/licensing-operator/licensing-operator/api/v1alpha1"
	"github.com/licensing-operator/licensing-operator/internal/authentication"
	"github.com/licensing-operator/licensing-operator/internal/kubestore"
	"github.com/licensing-operator/licensing-operator/test/controlplane"
)

var (
	plane *controlplane.ControlPlane
	admin client.Client
	// clients speak to the API server as the operator's own do.
	clients *kubernetes.Clientset
	// informers have heard of what is in the cluster, sooner or later.
	informers cache.Cache
	access    apiserverauthorizer.Authorizer
)

func TestMain(m *testing.M) { controlplane.Exit(run(m)) }

func run(m *testing.M) (code int, err error) {
	ctrl.SetLogger(logr.Discard())
	klog.SetLogger(logr.Discard())
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	if plane, err = controlplane.Start(ctx, controlplane.Options{Unsafe: true, Install: true}); err != nil {
		return 1, err
	}
	// The watches end first: the API server waits for them.
	defer func() { cancel(); err = errors.Join(err, plane.Stop()) }()
	if err := connect(ctx); err != nil {
		return 1, err
	}
	return m.Run(), nil
}

func connect(ctx context.Context) (err error) {
	scheme := runtime.NewScheme()
	if err := errors.Join(clientgoscheme.AddToScheme(scheme), v1alpha1.AddToScheme(scheme)); err != nil {
		return err
	}
	if admin, err = client.New(plane.Config, client.Options{Scheme: scheme}); err != nil {
		return err
	}
	if clients, err = kubernetes.NewForConfig(plane.Config); err != nil {
		return err
	}
	if access, err = authentication.NewAccessReviewer(clients.AuthorizationV1()); err != nil {
		return err
	}
	if informers, err = cache.New(plane.Config, cache.Options{Scheme: scheme}); err != nil {
		return err
	}
	if err := kubestore.SetupIndexes(ctx, informers); err != nil {
		return err
	}
	go func() { _ = informers.Start(ctx) }()
	if !informers.WaitForCacheSync(ctx) {
		return errors.New("the informers did not start")
	}
	return nil
}

// newAuthenticator is what an operator has, with tokens of the cluster for the audiences.
func newAuthenticator(cached client.Reader, audiences ...string) *authentication.Authenticator {
	return &authentication.Authenticator{
		Keys:    authentication.NewAccessKeys(cached, admin, clock.RealClock{}),
		Cluster: authentication.NewTokenReviewer(clients.AuthenticationV1().TokenReviews(), audiences),
		Clock:   clock.RealClock{},
	}
}
