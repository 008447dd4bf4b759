package access

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/url"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/portforward"
	"k8s.io/client-go/transport/spdy"
	"k8s.io/streaming/pkg/httpstream"
)

// What the published manifests call the operator's Service, the port of its pods, and the Secret with the authority.
const (
	serviceName = "licensing-operator-rest"
	portName    = "rest"
	secretName  = "licensing-operator-rest-cert"
	authority   = "ca.crt"
)

// forwarded is a way to a pod of the operator.
type forwarded struct {
	url, serverName string
	authority       []byte
	close           func()
}

// forward forwards a local port to a ready pod behind the operator's Service.
func (c *Cluster) forward(ctx context.Context) (*forwarded, error) {
	pod, port, err := c.pod(ctx)
	if err != nil {
		return nil, err
	}
	local, stop, err := c.forwardTo(ctx, pod, port)
	if err != nil {
		return nil, err
	}
	way := &forwarded{url: fmt.Sprintf("https://127.0.0.1:%d", local), close: stop, serverName: serviceName + "." + c.operatorNamespace + ".svc"}
	if secret, err := c.core.Secrets(c.operatorNamespace).Get(ctx, secretName, metav1.GetOptions{}); err == nil {
		way.authority = secret.Data[authority] // else the system may trust it, or the flag names it
	}
	return way, nil
}

// pod is a ready pod with its port for REST.
func (c *Cluster) pod(ctx context.Context) (name string, port int32, err error) {
	service, err := c.core.Services(c.operatorNamespace).Get(ctx, serviceName, metav1.GetOptions{})
	if err != nil {
		return "", 0, err
	}
	pods, err := c.core.Pods(c.operatorNamespace).List(ctx, metav1.ListOptions{LabelSelector: labels.SelectorFromSet(service.Spec.Selector).String()})
	if err != nil {
		return "", 0, err
	}
	for _, pod := range pods.Items {
		if !ready(pod) {
			continue
		}
		for _, container := range pod.Spec.Containers {
			for _, port := range container.Ports {
				if port.Name == portName {
					return pod.Name, port.ContainerPort, nil
				}
			}
		}
	}
	return "", 0, fmt.Errorf("none of the %d pods behind Service %s in namespace %s is ready and has a port %q", len(pods.Items), serviceName, c.operatorNamespace, portName)
}

func ready(pod corev1.Pod) bool {
	for _, condition := range pod.Status.Conditions {
		if condition.Type == corev1.PodReady {
			return condition.Status == corev1.ConditionTrue && pod.DeletionTimestamp == nil
		}
	}
	return false
}

// forwardTo gives the local port, once it is open.
func (c *Cluster) forwardTo(ctx context.Context, pod string, port int32) (local uint16, stop func(), err error) {
	address := c.core.RESTClient().Post().Resource("pods").Namespace(c.operatorNamespace).Name(pod).SubResource("portforward").URL()
	dialer, err := newDialer(c.config, address)
	if err != nil {
		return 0, nil, err
	}
	ctx, stop = context.WithCancel(ctx)
	opened, ended := make(chan struct{}), make(chan error, 1)
	ports := []string{fmt.Sprintf("0:%d", port)}
	forwarder, err := portforward.NewOnAddressesForStreamingWithContext(ctx, dialer, []string{"127.0.0.1"}, ports, opened, io.Discard, io.Discard)
	if err != nil {
		stop()
		return 0, nil, err
	}
	go func() { ended <- forwarder.ForwardPorts() }()
	select {
	case err := <-ended:
		stop()
		return 0, nil, fmt.Errorf("pod %s: %w", pod, err)
	case <-opened:
	}
	locals, err := forwarder.GetPorts()
	if err != nil {
		stop()
		return 0, nil, err
	}
	return locals[0].Local, stop, nil
}

// newDialer speaks WebSockets, and SPDY with API servers and proxies that do not know these.
func newDialer(config *rest.Config, address *url.URL) (httpstream.Dialer, error) {
	transport, upgrader, err := spdy.RoundTripperFor(config)
	if err != nil {
		return nil, err
	}
	old := spdy.NewDialerForStreaming(upgrader, &http.Client{Transport: transport}, http.MethodPost, address)
	tunneling, err := portforward.NewSPDYOverWebsocketDialerForStreaming(address, config)
	if err != nil {
		return nil, err
	}
	return portforward.NewFallbackDialerForStreaming(tunneling, old, func(err error) bool {
		return httpstream.IsUpgradeFailure(err) || httpstream.IsHTTPSProxyError(err)
	}), nil
}
