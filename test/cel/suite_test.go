// Package cel checks the rules of the kinds against a real API server: what it
// accepts, and with which words it refuses.
package cel

import (
	"context"
	"errors"
	"path/filepath"
	"strings"
	"testing"

	"github.com/go-logr/logr"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	clientgoscheme "k8s.io/client-go/kubernetes/scheme"
	"sigs.k8s.io/controller-runtime/pkg/client"
	logf "sigs.k8s.io/controller-runtime/pkg/log"

	"github.com/licensing-operator/licensing-operator/api/v1alpha1"
	"github.com/licensing-operator/licensing-operator/test/controlplane"
)

const namespace = "rules"

var (
	crdDirectory     = filepath.Join("..", "..", "config", "crd", "bases")
	samplesDirectory = filepath.Join("..", "..", "config", "samples")

	plane *controlplane.ControlPlane
	admin client.Client
)

func TestMain(m *testing.M) { controlplane.Exit(run(m)) }

func run(m *testing.M) (code int, err error) {
	logf.SetLogger(logr.Discard())
	ctx := context.Background()
	plane, err = controlplane.Start(ctx, controlplane.Options{Unsafe: true, Install: true})
	if err != nil {
		return 1, err
	}
	defer func() { err = errors.Join(err, plane.Stop()) }()

	scheme := runtime.NewScheme()
	for _, add := range []func(*runtime.Scheme) error{clientgoscheme.AddToScheme, v1alpha1.AddToScheme} {
		if err := add(scheme); err != nil {
			return 1, err
		}
	}
	if admin, err = client.New(plane.Config, client.Options{Scheme: scheme}); err != nil {
		return 1, err
	}
	if err := admin.Create(ctx, &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: namespace}}); err != nil {
		return 1, err
	}
	return m.Run(), nil
}

// expect fails the test unless err is a refusal that contains want, or nil when want is empty.
func expect(t *testing.T, err error, want string) {
	t.Helper()
	switch {
	case want == "" && err != nil:
		t.Errorf("refused: %v", err)
	case want != "" && err == nil:
		t.Errorf("accepted, want it refused with %q", want)
	case want != "" && !apierrors.IsInvalid(err) && !apierrors.IsForbidden(err) && !apierrors.IsBadRequest(err):
		t.Errorf("failed for another reason than a rule: %v", err)
	case want != "" && !strings.Contains(err.Error(), want):
		t.Errorf("refused with\n%v\nwant\n%s", err, want)
	}
}
