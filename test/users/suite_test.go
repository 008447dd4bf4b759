// Package users examines named users on a real API server with three operator processes: by the conformance suite of the
// v2 API, while many ask for the same unit at once, while processes are killed, and with users that are declared by
// objects beside others that come over REST.
package users

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/go-logr/logr"
	"k8s.io/client-go/kubernetes/scheme"
	"k8s.io/client-go/rest"
	"k8s.io/klog/v2"
	ctrl "sigs.k8s.io/controller-runtime"

	"github.com/licensing-operator/licensing-operator/api/v1alpha1"
	"github.com/licensing-operator/licensing-operator/test/cluster"
	"github.com/licensing-operator/licensing-operator/test/conformance/embedded"
	"github.com/licensing-operator/licensing-operator/test/conformance/namedusers"
	"github.com/licensing-operator/licensing-operator/test/controlplane"
)

const (
	chargePeriod = 10 * time.Second
	replicas     = 3
)

var (
	// system has several replicas, vendor the tenant that they serve; the tests share both.
	system *embedded.System
	vendor namedusers.Target
	shared *cluster.Cluster
	// tables gives objects as kubectl prints them.
	tables *rest.RESTClient
)

func TestMain(m *testing.M) { controlplane.Exit(run(m)) }

func run(m *testing.M) (code int, err error) {
	ctrl.SetLogger(logr.Discard())
	klog.SetLogger(logr.Discard())
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	if system, err = embedded.Start(ctx, embedded.Options{Replicas: replicas, ChargePeriod: chargePeriod}); err != nil {
		return 1, err
	}
	// The watches end first: the API server waits for them.
	defer func() { cancel(); err = errors.Join(err, system.Stop()) }()
	if vendor, err = system.NamedUsers(ctx); err != nil {
		return 1, err
	}
	if shared, err = cluster.Connect(ctx, system.Config); err != nil {
		return 1, err
	}
	config := rest.CopyConfig(system.Config)
	config.APIPath, config.GroupVersion, config.NegotiatedSerializer = "/apis", &v1alpha1.GroupVersion, scheme.Codecs.WithoutConversion()
	if tables, err = rest.RESTClientFor(config); err != nil {
		return 1, err
	}
	return m.Run(), nil
}
