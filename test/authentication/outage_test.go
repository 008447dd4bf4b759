package authentication

import (
	"errors"
	"net"
	"testing"
	"time"

	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/rest"
	"k8s.io/utils/clock"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/licensing-operator/licensing-operator/internal/authentication"
	"github.com/licensing-operator/licensing-operator/webhooks/rest/authorization"
)

// nobodyThere is an API server's address where nobody listens any more.
func nobodyThere(t *testing.T) *rest.Config {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	config := rest.CopyConfig(plane.Config)
	config.Host = "https://" + listener.Addr().String()
	if err := listener.Close(); err != nil {
		t.Fatal(err)
	}
	return config
}

func TestWithoutAnAPIServer(t *testing.T) {
	t.Parallel()
	namespace, key := newNamespace(t, "outage"), newKey(t)
	_, token := newServiceAccount(t, namespace, "build")
	save(t, namespace, "app", key)
	waitUntilHeard(t, namespace)
	caller := authenticate(t, newAuthenticator(informers), namespace, token)

	config := nobodyThere(t)
	down, err := kubernetes.NewForConfig(config)
	if err != nil {
		t.Fatal(err)
	}
	live, err := client.New(config, client.Options{Scheme: admin.Scheme(), Mapper: admin.RESTMapper()})
	if err != nil {
		t.Fatal(err)
	}
	by := &authentication.Authenticator{
		Keys:    authentication.NewAccessKeys(informers, live, clock.RealClock{}),
		Cluster: authentication.NewTokenReviewer(down.AuthenticationV1().TokenReviews(), nil), Clock: clock.RealClock{},
	}
	began := time.Now()
	if _, err := by.Authenticate(t.Context(), namespace, bearer(token)); !errors.Is(err, authentication.ErrUnavailable) {
		t.Errorf("a token that may be good: %v", err)
	}
	if _, err := by.Authenticate(t.Context(), newNamespace(t, "outage"), bearer(clientToken(t, key))); !errors.Is(err, authentication.ErrUnavailable) {
		t.Errorf("a key that may be new: %v", err)
	}
	reviewer, err := authentication.NewAccessReviewer(down.AuthorizationV1())
	if err != nil {
		t.Fatal(err)
	}
	call := authorization.Call{OperationID: "listRateTables", Namespace: namespace, Instances: instances{}}
	_, err = (&authorization.Authorizer{Cluster: reviewer}).Authorize(t.Context(), caller, call)
	if refusal := (*authorization.Refusal)(nil); err == nil || errors.As(err, &refusal) {
		t.Errorf("a call that may be allowed: %v", err)
	}
	if took := time.Since(began); took > time.Minute {
		t.Errorf("it took %s to say so", took)
	}
	// Keys that were heard of are known without it.
	authenticate(t, by, namespace, clientToken(t, key))
}
