// Package restfuzz attacks the REST API, from the published description of it: with requests that are valid by it, with
// such that are not, with anything at all, and with the rights of somebody else. Every answer is held against the
// description. The whole chain of handlers runs on a real API server.
package restfuzz

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"testing"

	"github.com/go-logr/logr"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/clientcmd"
	"k8s.io/klog/v2"
	ctrl "sigs.k8s.io/controller-runtime"

	"github.com/licensing-operator/licensing-operator/test/controlplane"
)

const (
	// roundsVariable is how many generated requests each operation gets. More of them find more.
	roundsVariable = "RESTFUZZ_ROUNDS"
	defaultRounds  = 2

	// kubeconfigVariable names a control plane that runs already. The first process of go test -fuzz starts it and passes
	// it on to its workers, which are replicas on it, with tenants of their own.
	kubeconfigVariable = "RESTFUZZ_KUBECONFIG"
)

var (
	// system serves all tests; they run one after the other, so that what it wrote belongs to one request.
	system *replica
	rounds = defaultRounds
)

func TestMain(m *testing.M) {
	code, err := run(m)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		code = 1
	}
	os.Exit(code)
}

func run(m *testing.M) (code int, err error) {
	if text := os.Getenv(roundsVariable); text != "" {
		if rounds, err = strconv.Atoi(text); err != nil {
			return 1, fmt.Errorf("%s: %w", roundsVariable, err)
		}
	}
	ctrl.SetLogger(logr.Discard())
	klog.SetLogger(logr.Discard())
	ctx, cancel := context.WithCancel(context.Background())
	config, stop, err := connect(ctx)
	if err != nil {
		cancel()
		return 1, err
	}
	// The watches end first: the API server waits for them.
	defer func() { cancel(); err = errors.Join(err, stop()) }()
	if system, err = startReplica(ctx, config); err != nil {
		return 1, err
	}
	return m.Run(), nil
}

func connect(ctx context.Context) (*rest.Config, func() error, error) {
	if running := os.Getenv(kubeconfigVariable); running != "" {
		config, err := clientcmd.BuildConfigFromFlags("", running)
		if err == nil {
			config.QPS, config.Burst = -1, -1
		}
		return config, func() error { return nil }, err
	}
	plane, err := controlplane.Start(ctx, controlplane.Options{Unsafe: true, Install: true})
	if err != nil {
		return nil, nil, err
	}
	return plane.Config, plane.Stop, os.Setenv(kubeconfigVariable, filepath.Clean(plane.Kubeconfig))
}
