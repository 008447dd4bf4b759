package plugin

import (
	"context"
	"crypto/tls"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"strconv"
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/tools/portforward"
	"k8s.io/client-go/util/cert"
	"k8s.io/streaming/pkg/httpstream"
	"k8s.io/streaming/pkg/httpstream/spdy"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/licensing-operator/licensing-operator/test/cluster"
)

// kubelet serves one call of a kubelet, the one with which the API server forwards ports to a pod. The pod's ports are
// this machine's.
func kubelet(t *testing.T) (port int32) {
	t.Helper()
	server := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !strings.HasPrefix(r.URL.Path, "/portForward/"+cluster.OperatorNamespace+"/operator") {
			http.NotFound(w, r)
			return
		}
		if _, err := httpstream.Handshake(r, w, []string{portforward.PortForwardProtocolV1Name}); err != nil {
			return // it has answered
		}
		connection := spdy.NewResponseUpgrader().UpgradeResponse(w, r, func(stream httpstream.Stream, accepted <-chan struct{}) error {
			go func() {
				<-accepted
				if stream.Headers().Get(corev1.StreamType) == corev1.StreamTypeData {
					join(stream)
				}
			}()
			return nil
		})
		if connection != nil {
			<-connection.CloseChan()
		}
	}))
	t.Cleanup(server.Close)
	return portOf(t, server.URL)
}

// join passes everything on, in both directions, until one of them ends.
func join(stream httpstream.Stream) {
	defer func() { _ = stream.Reset() }()
	pod, err := net.Dial("tcp", "127.0.0.1:"+stream.Headers().Get(corev1.PortHeader))
	if err != nil {
		return
	}
	defer func() { _ = pod.Close() }()
	ended := make(chan struct{}, 2)
	for _, ends := range [][2]io.ReadWriter{{stream, pod}, {pod, stream}} {
		go func() {
			_, _ = io.Copy(ends[0], ends[1])
			ended <- struct{}{}
		}()
	}
	<-ended
}

func portOf(t *testing.T, address string) int32 {
	t.Helper()
	parsed, err := url.Parse(address)
	if err != nil {
		t.Fatal(err)
	}
	port, err := strconv.ParseInt(parsed.Port(), 10, 32)
	if err != nil {
		t.Fatal(err)
	}
	return int32(port)
}

// overTLS serves the operator's API with a certificate of the operator's Service, and gives the authority.
func overTLS(t *testing.T) (port int32, authority []byte) {
	t.Helper()
	authority, key, err := cert.GenerateSelfSignedCertKey("licensing-operator-rest."+cluster.OperatorNamespace+".svc", nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	pair, err := tls.X509KeyPair(authority, key)
	if err != nil {
		t.Fatal(err)
	}
	replica, err := url.Parse(system.Replicas[0].URL)
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewUnstartedServer(httputil.NewSingleHostReverseProxy(replica))
	server.TLS = &tls.Config{Certificates: []tls.Certificate{pair}, MinVersion: tls.VersionTLS12}
	server.StartTLS()
	t.Cleanup(server.Close)
	return portOf(t, server.URL), authority
}

// deploy makes the objects that say where the operator is, as the published manifests call them.
func deploy(t *testing.T, kubelet, rest int32, authority []byte) {
	t.Helper()
	labels := map[string]string{"app.kubernetes.io/name": "licensing-operator"}
	node := &corev1.Node{ObjectMeta: metav1.ObjectMeta{Name: "node"}}
	pod := &corev1.Pod{
		ObjectMeta: metav1.ObjectMeta{Namespace: cluster.OperatorNamespace, Name: "operator", Labels: labels},
		Spec: corev1.PodSpec{NodeName: node.Name, Containers: []corev1.Container{{
			Name: "operator", Image: "licensing-operator", Ports: []corev1.ContainerPort{{Name: "rest", ContainerPort: rest}},
		}}},
	}
	objects := []client.Object{
		node, pod,
		&corev1.Service{
			ObjectMeta: metav1.ObjectMeta{Namespace: cluster.OperatorNamespace, Name: "licensing-operator-rest"},
			Spec:       corev1.ServiceSpec{Selector: labels, Ports: []corev1.ServicePort{{Name: "https", Port: 443}}},
		},
		&corev1.Secret{
			ObjectMeta: metav1.ObjectMeta{Namespace: cluster.OperatorNamespace, Name: "licensing-operator-rest-cert"},
			Data:       map[string][]byte{"ca.crt": authority},
		},
	}
	for _, object := range objects {
		if err := shared.Client.Create(t.Context(), object); err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() {
			_ = shared.Client.Delete(context.WithoutCancel(t.Context()), object, client.GracePeriodSeconds(0))
		})
	}
	node.Status.Addresses = []corev1.NodeAddress{{Type: corev1.NodeInternalIP, Address: "127.0.0.1"}}
	node.Status.DaemonEndpoints.KubeletEndpoint.Port = kubelet
	pod.Status.Conditions = []corev1.PodCondition{{Type: corev1.PodReady, Status: corev1.ConditionTrue}}
	pod.Status.Phase = corev1.PodRunning
	for _, object := range []client.Object{node, pod} {
		if err := shared.Client.Status().Update(t.Context(), object); err != nil {
			t.Fatal(err)
		}
	}
}

func TestWithoutAnAddressAPortIsForwardedToTheOperator(t *testing.T) {
	p := newProducer(t, "forwarded", 100)
	p.Claim(t, "first", "[{item: Seat, count: 3}]")
	p.Granted(t, "first")
	p.recorded(t, 1)
	port, authority := overTLS(t)
	deploy(t, kubelet(t), port, authority)
	forwarded := []string{"licensing", "ledger", "-n", p.Namespace}
	p.kubectl(t, append(forwarded, "verify", cluster.InstanceName)...).expect(t, 0, ": equal", "1 line items")
	p.kubectl(t, append(forwarded, "explain", cluster.InstanceName, "--session", "first")...).expect(t, 0, "used 3")
	p.kubectl(t, append(forwarded, "verify", "--all", "--certificate-authority", system.Dir+"/certs/apiserver.crt")...).expect(t, 2, "certificate")
}
