package main

import (
	"context"
	"fmt"
	"sync/atomic"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	clientgoscheme "k8s.io/client-go/kubernetes/scheme"
	typedcorev1 "k8s.io/client-go/kubernetes/typed/core/v1"
	"k8s.io/client-go/rest"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/cluster"

	"github.com/licensing-operator/licensing-operator/api/v1alpha1"
	"github.com/licensing-operator/licensing-operator/internal/kubestore"
	"github.com/licensing-operator/licensing-operator/internal/ledger"
	"github.com/licensing-operator/licensing-operator/internal/licensing"
)

const namespace = "bench"

var account = ledger.AccountID{Namespace: namespace, Name: "hot"}

// fixture is the objects that the subjects work on and the clients they work with.
type fixture struct {
	stop       context.CancelFunc
	client     client.Client
	configMaps *kubestore.Accounts
	ledger     *ledger.Ledger
	sessions   []*v1alpha1.Session
	maps       []*corev1.ConfigMap
	naive      client.ObjectKey
	charged    atomic.Int64
}

// acknowledging is a usage record that takes everything at once, so that what is measured is the ledger.
type acknowledging struct{}

func (acknowledging) Record(context.Context, ledger.AccountID, []*ledger.Transaction) error {
	return nil
}

func newFixture(ctx context.Context, config *rest.Config) (*fixture, error) {
	scheme := runtime.NewScheme()
	if err := clientgoscheme.AddToScheme(scheme); err != nil {
		return nil, err
	}
	if err := v1alpha1.AddToScheme(scheme); err != nil {
		return nil, err
	}
	informers, err := cluster.New(config, func(o *cluster.Options) { o.Scheme = scheme })
	if err != nil {
		return nil, err
	}
	if err := kubestore.SetupIndexes(ctx, informers.GetFieldIndexer()); err != nil {
		return nil, err
	}
	live, err := client.New(config, client.Options{Scheme: scheme})
	if err != nil {
		return nil, err
	}
	protobuf := rest.CopyConfig(config)
	protobuf.ContentType, protobuf.AcceptContentTypes = runtime.ContentTypeProtobuf, runtime.ContentTypeProtobuf
	core, err := typedcorev1.NewForConfig(protobuf)
	if err != nil {
		return nil, err
	}
	lifetime, stop := context.WithCancel(ctx)
	f := &fixture{stop: stop, client: live, configMaps: kubestore.NewAccounts(core, namespace)}
	go func() { _ = informers.Start(lifetime) }()
	if err := f.createObjects(ctx); err != nil {
		return nil, err
	}
	if !informers.GetCache().WaitForCacheSync(ctx) {
		return nil, fmt.Errorf("the informers did not sync")
	}
	f.ledger = ledger.New(
		kubestore.New(kubestore.Options{
			Accounts: f.configMaps, Live: live, Cached: informers.GetCache(), Defaults: func(string) kubestore.Settings { return kubestore.Settings{} },
		}),
		ledger.Options{
			Replica: "bench", Recorder: acknowledging{},
			Terms: func(ledger.AccountID) licensing.Terms { return licensing.Terms{Period: time.Hour} },
		})
	_, err = f.ledger.Open(ctx, account)
	return f, err
}

func (f *fixture) createObjects(ctx context.Context) error {
	elastic, start := true, v1alpha1.NewTime(time.Now().Add(-time.Hour))
	lineItem := &v1alpha1.LineItem{ObjectMeta: metav1.ObjectMeta{Namespace: namespace, Name: "tokens"}, Spec: v1alpha1.LineItemSpec{
		InstanceRef: v1alpha1.LocalInstanceReference{Name: account.Name}, ActivationID: "ACT01-Elastic", State: v1alpha1.LineItemDeployed, Quantity: 1_000_000_000,
		Start: start, End: v1alpha1.NewTime(time.Now().AddDate(1, 0, 0)), Elastic: &elastic, RateTableSeries: "bench",
	}}
	naive := lineItem.DeepCopy()
	naive.Name, naive.Spec.InstanceRef.Name, naive.Spec.ActivationID = "naive", "naive", "ACT02-Elastic"
	f.naive = client.ObjectKeyFromObject(naive)
	objects := []client.Object{
		&corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: namespace}},
		&v1alpha1.RateTable{ObjectMeta: metav1.ObjectMeta{Namespace: namespace, Name: "rates"}, Spec: v1alpha1.RateTableSpec{
			Series: "bench", Version: "1", EffectiveFrom: start, Items: []v1alpha1.RateTableItem{{Name: "PhotoPrint", Version: "1.0", Rate: "3"}},
		}},
		&v1alpha1.Instance{ObjectMeta: metav1.ObjectMeta{Namespace: namespace, Name: account.Name}, Spec: v1alpha1.InstanceSpec{
			AccountID: "ACME", ShortName: "hot", AllowedNamespaces: v1alpha1.AllowedNamespaces{From: v1alpha1.NamespacesFromSame},
		}},
		lineItem, naive,
	}
	for i := range callers[len(callers)-1] {
		name := fmt.Sprintf("caller-%d", i)
		session := &v1alpha1.Session{ObjectMeta: metav1.ObjectMeta{Namespace: namespace, Name: name}, Spec: v1alpha1.SessionSpec{
			InstanceRef: v1alpha1.InstanceReference{Name: account.Name}, Requester: v1alpha1.Requester{Type: "user", Value: name},
		}}
		configMap := &corev1.ConfigMap{ObjectMeta: metav1.ObjectMeta{Namespace: namespace, Name: name}, Data: map[string]string{"used": "0"}}
		f.sessions, f.maps = append(f.sessions, session), append(f.maps, configMap)
		objects = append(objects, session, configMap)
	}
	for _, object := range objects {
		if err := f.client.Create(ctx, object); err != nil {
			return fmt.Errorf("create %T %s: %w", object, object.GetName(), err)
		}
	}
	return nil
}

func (f *fixture) close(ctx context.Context) {
	_ = f.ledger.Close(ctx)
	f.stop()
}
