// Package apikeys has callers with keys of version 2 of the REST interface call a real API server's tenants, and verifies the
// signatures of what they are answered. The operator has the rights of the roles that are shipped, and no others.
package apikeys

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/go-logr/logr"
	authenticationv1 "k8s.io/api/authentication/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/client-go/kubernetes"
	clientgoscheme "k8s.io/client-go/kubernetes/scheme"
	"k8s.io/client-go/rest"
	"k8s.io/klog/v2"
	"k8s.io/utils/clock"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/cache"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/config"
	metricsserver "sigs.k8s.io/controller-runtime/pkg/metrics/server"
	"sigs.k8s.io/yaml"

	"github.com/licensing-operator/licensing-operator/api/v1alpha1"
	"github.com/licensing-operator/licensing-operator/controllers/apikey"
	"github.com/licensing-operator/licensing-operator/controllers/tenantconfiguration"
	"github.com/licensing-operator/licensing-operator/internal/kubestore"
	"github.com/licensing-operator/licensing-operator/internal/licensing"
	"github.com/licensing-operator/licensing-operator/internal/signing"
	"github.com/licensing-operator/licensing-operator/test/controlplane"
)

const operatorNamespace = "licensing-operator-system"

var (
	plane *controlplane.ControlPlane
	admin client.Client
	// Of the operator: live and clients speak to the API server, informers have heard of what is in the cluster.
	live      client.Client
	clients   *kubernetes.Clientset
	informers cache.Cache
	store     *kubestore.Store
	keys      *signing.Keys
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
	running := func() error { return nil }
	defer func() { cancel(); err = errors.Join(err, running(), plane.Stop()) }()
	scheme := runtime.NewScheme()
	if err := errors.Join(clientgoscheme.AddToScheme(scheme), v1alpha1.AddToScheme(scheme)); err != nil {
		return 1, err
	}
	if admin, err = client.New(plane.Config, client.Options{Scheme: scheme}); err != nil {
		return 1, err
	}
	operator, err := newOperator(ctx)
	if err != nil {
		return 1, err
	}
	mgr, err := newManager(ctx, operator)
	if err != nil {
		return 1, err
	}
	stopped := make(chan error, 1)
	go func() { stopped <- mgr.Start(ctx) }()
	running = func() error { return <-stopped }
	if !informers.WaitForCacheSync(ctx) {
		return 1, errors.New("the informers did not start")
	}
	return m.Run(), nil
}

// newOperator makes the ServiceAccount of the operator with the roles that are shipped, and connects as that.
func newOperator(ctx context.Context) (*rest.Config, error) {
	if err := admin.Create(ctx, &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: operatorNamespace}}); err != nil {
		return nil, err
	}
	for _, file := range []string{"service_account.yaml", "role.yaml", "role_binding.yaml", "metrics_role.yaml", "signing_role.yaml"} {
		if err := applyRole(ctx, filepath.Join("..", "..", "config", "rbac", file)); err != nil {
			return nil, fmt.Errorf("%s: %w", file, err)
		}
	}
	administration, err := kubernetes.NewForConfig(plane.Config)
	if err != nil {
		return nil, err
	}
	request := &authenticationv1.TokenRequest{}
	request, err = administration.CoreV1().ServiceAccounts(operatorNamespace).CreateToken(ctx, "licensing-operator", request, metav1.CreateOptions{})
	if err != nil {
		return nil, err
	}
	operator := rest.AnonymousClientConfig(plane.Config)
	operator.BearerToken, operator.QPS = request.Status.Token, -1
	return operator, nil
}

// applyRole applies a file as kustomize does, which puts everything into the operator's namespace.
func applyRole(ctx context.Context, file string) error {
	content, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	for document := range bytes.SplitSeq(content, []byte("\n---\n")) {
		object := &unstructured.Unstructured{}
		if err := yaml.Unmarshal(bytes.TrimPrefix(document, []byte("---\n")), &object.Object); err != nil {
			return err
		}
		switch object.GetKind() {
		case "ServiceAccount", "Role", "RoleBinding":
			object.SetNamespace(operatorNamespace)
		}
		if err := admin.Create(ctx, object); err != nil {
			return err
		}
	}
	return nil
}

// newManager is the operator of main, as far as keys are concerned.
func newManager(ctx context.Context, operator *rest.Config) (ctrl.Manager, error) {
	mgr, err := ctrl.NewManager(operator, ctrl.Options{
		Scheme: admin.Scheme(), Metrics: metricsserver.Options{BindAddress: "0"}, Controller: config.Controller{SkipNameValidation: new(true)},
		Cache: cache.Options{ByObject: map[client.Object]cache.ByObject{
			&corev1.Secret{}: {Namespaces: map[string]cache.Config{operatorNamespace: {}}},
		}},
	})
	if err != nil {
		return nil, err
	}
	if live, err = client.New(operator, client.Options{Scheme: admin.Scheme()}); err != nil {
		return nil, err
	}
	if clients, err = kubernetes.NewForConfig(operator); err != nil {
		return nil, err
	}
	informers = mgr.GetCache()
	if err := kubestore.SetupIndexes(ctx, mgr.GetFieldIndexer()); err != nil {
		return nil, err
	}
	store = newStore(informers)
	keys = newKeys(informers)
	return mgr, errors.Join(
		(&apikey.Reconciler{Client: mgr.GetClient(), Store: store, Clock: clock.RealClock{}, Events: mgr.GetEventRecorder("apikey")}).SetupWithManager(mgr),
		(&tenantconfiguration.Reconciler{
			Client: mgr.GetClient(), Store: store, Signing: keys, Clock: clock.RealClock{}, Events: mgr.GetEventRecorder("tenantconfiguration"),
		}).SetupWithManager(mgr),
	)
}

func newStore(cached client.Reader) *kubestore.Store {
	return kubestore.New(kubestore.Options{Live: live, Cached: cached, Defaults: func(string) kubestore.Settings {
		return kubestore.Settings{Terms: licensing.Terms{Period: time.Hour, HeartbeatWindow: 30 * time.Minute}}
	}})
}

func newKeys(cached client.Reader) *signing.Keys {
	return signing.New(signing.Options{Namespace: operatorNamespace, Cached: cached, Live: live, Current: store.SigningKey, Clock: clock.RealClock{}})
}

// newNamespace is a tenant of its own, named after the test.
func newNamespace(t *testing.T, prefix string) *corev1.Namespace {
	t.Helper()
	namespace := &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{GenerateName: prefix + "-"}}
	if err := admin.Create(t.Context(), namespace); err != nil {
		t.Fatal(err)
	}
	return namespace
}

// eventually waits until what the function gives is what is wanted.
func eventually[T comparable](t *testing.T, what string, want T, get func() T) {
	t.Helper()
	var got T
	for end := time.Now().Add(time.Minute); time.Now().Before(end); time.Sleep(50 * time.Millisecond) {
		if got = get(); got == want {
			return
		}
	}
	t.Fatalf("%s: %v, and never became %v", what, got, want)
}

func condition(conditions []metav1.Condition, conditionType string) string {
	for _, c := range conditions {
		if c.Type == conditionType {
			return string(c.Status) + " " + c.Reason
		}
	}
	return ""
}

// deaf is a cache that has heard of nothing yet.
type deaf struct{ client.Reader }

func (deaf) List(context.Context, client.ObjectList, ...client.ListOption) error { return nil }
