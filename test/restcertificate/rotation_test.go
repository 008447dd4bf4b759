// Package restcertificate has the operator's certificate rotator and REST server run together on a real API server, with
// the rights that the manifests give and no others.
package restcertificate

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/go-logr/logr"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/apimachinery/pkg/util/yaml"
	"k8s.io/client-go/rest"
	"k8s.io/utils/clock"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"
	metricsserver "sigs.k8s.io/controller-runtime/pkg/metrics/server"

	"github.com/licensing-operator/licensing-operator/test/controlplane"
	"github.com/licensing-operator/licensing-operator/webhooks/rest/server"
	"github.com/licensing-operator/licensing-operator/webhooks/rest/server/selfsigned"
)

const (
	namespace = "licensing-operator-system"
	manifest  = "../../config/manager/rest_certificate.yaml"
	patience  = time.Minute
)

var secretKey = types.NamespacedName{Namespace: namespace, Name: selfsigned.SecretName}

func TestCertificateIsMadeServedAndMadeAgain(t *testing.T) {
	ctrl.SetLogger(logr.Discard())
	plane, err := controlplane.Start(t.Context(), controlplane.Options{Unsafe: true})
	if err != nil {
		t.Fatal(err)
	}
	admin, err := client.New(plane.Config, client.Options{})
	if err != nil {
		t.Fatal(err)
	}
	install(t, admin)
	dir := t.TempDir()
	ctx, stop := context.WithCancel(t.Context())
	served, ended := start(ctx, t, plane.Config, dir)
	// The watches end first: the API server waits for them.
	defer func() {
		stop()
		if err := errors.Join(<-ended, plane.Stop()); err != nil {
			t.Error(err)
		}
	}()

	first := secretWith(t, admin, func(s *corev1.Secret) bool { return len(s.Data["tls.crt"]) > 0 })
	if served.Ready(nil) == nil {
		t.Error("the server is ready without its files")
	}
	mount(t, first, dir)
	waitServed(t, served, first)

	removal := client.RawPatch(types.JSONPatchType, []byte(`[{"op":"remove","path":"/data/tls.crt"}]`))
	if err := admin.Patch(t.Context(), first.DeepCopy(), removal); err != nil {
		t.Fatal(err)
	}
	second := secretWith(t, admin, func(s *corev1.Secret) bool {
		return len(s.Data["tls.crt"]) > 0 && !bytes.Equal(s.Data["tls.crt"], first.Data["tls.crt"])
	})
	if !bytes.Equal(first.Data["ca.crt"], second.Data["ca.crt"]) {
		t.Error("the authority has changed, so that clients no longer trust the server")
	}
	mount(t, second, dir)
	waitServed(t, served, second)
}

// install applies the manifest as kustomize would, with the namespace that it leaves out.
func install(t *testing.T, admin client.Client) {
	t.Helper()
	objects := []client.Object{&corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: namespace}}}
	file, err := os.Open(manifest)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	for decoder := yaml.NewYAMLOrJSONDecoder(file, 4096); ; {
		object := &unstructured.Unstructured{}
		if err := decoder.Decode(object); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			t.Fatal(err)
		}
		object.SetNamespace(namespace)
		objects = append(objects, object)
	}
	for _, object := range objects {
		if err := admin.Create(t.Context(), object); err != nil {
			t.Fatal(err)
		}
	}
}

// start runs rotator and server as the operator's ServiceAccount.
func start(ctx context.Context, t *testing.T, config *rest.Config, dir string) (*server.Server, <-chan error) {
	t.Helper()
	config = rest.CopyConfig(config)
	config.Impersonate = rest.ImpersonationConfig{
		UserName: "system:serviceaccount:" + namespace + ":licensing-operator", Groups: []string{"system:authenticated"},
	}
	mgr, err := ctrl.NewManager(config, ctrl.Options{Metrics: metricsserver.Options{BindAddress: "0"}})
	if err != nil {
		t.Fatal(err)
	}
	if err := selfsigned.AddRotator(mgr, namespace, dir, []string{"licenses.example.com"}); err != nil {
		t.Fatal(err)
	}
	served := server.New(server.Serving{BindAddress: "127.0.0.1:0", CertDir: dir, Clock: clock.RealClock{}},
		http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, "served") }))
	if err := mgr.Add(served); err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- mgr.Start(ctx) }()
	return served, ended
}

// mount does what the kubelet does.
func mount(t *testing.T, secret *corev1.Secret, dir string) {
	t.Helper()
	for _, name := range []string{"tls.key", "tls.crt"} {
		if err := os.WriteFile(filepath.Join(dir, name), secret.Data[name], 0o600); err != nil {
			t.Fatal(err)
		}
	}
}

func secretWith(t *testing.T, admin client.Client, wanted func(*corev1.Secret) bool) *corev1.Secret {
	t.Helper()
	secret := &corev1.Secret{}
	eventually(t, "the Secret is filled in", func() bool {
		return admin.Get(t.Context(), secretKey, secret) == nil && wanted(secret)
	})
	return secret
}

// waitServed waits until the Secret's certificate is the one that a client of each name gets, and trusts.
func waitServed(t *testing.T, served *server.Server, secret *corev1.Secret) {
	t.Helper()
	eventually(t, "the server is ready", func() bool { return served.Ready(nil) == nil })
	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM(secret.Data["ca.crt"])
	pair, err := tls.X509KeyPair(secret.Data["tls.crt"], secret.Data["tls.key"])
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"licensing-operator-rest." + namespace + ".svc", "licenses.example.com"} {
		eventually(t, "the new certificate is served to "+name, func() bool {
			dialer := &tls.Dialer{NetDialer: &net.Dialer{Timeout: time.Second}, Config: &tls.Config{RootCAs: roots, ServerName: name}}
			connection, err := dialer.DialContext(t.Context(), "tcp", served.Address().String())
			if err != nil {
				return false
			}
			defer func() { _ = connection.Close() }()
			return bytes.Equal(connection.(*tls.Conn).ConnectionState().PeerCertificates[0].Raw, pair.Certificate[0])
		})
	}
}

func eventually(t *testing.T, what string, holds func() bool) {
	t.Helper()
	for end := time.Now().Add(patience); !holds(); time.Sleep(50 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("not in time: %s", what)
		}
	}
}
