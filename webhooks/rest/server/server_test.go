package server

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"k8s.io/client-go/util/cert"
	"k8s.io/utils/clock"
	testingclock "k8s.io/utils/clock/testing"
	"sigs.k8s.io/controller-runtime/pkg/manager"
)

var (
	_ manager.Runnable               = &Server{}
	_ manager.LeaderElectionRunnable = &Server{}
)

const patience = time.Minute

// running is a server that was started; stop ends its context, and done gives what Start returned.
type running struct {
	*Server

	stop context.CancelFunc
	done chan error
}

func start(t *testing.T, serving Serving, handler http.HandlerFunc) *running {
	t.Helper()
	serving.BindAddress = "127.0.0.1:0"
	if serving.Clock == nil {
		serving.Clock = clock.RealClock{}
	}
	serving.Log = (&lines{}).logger()
	ctx, stop := context.WithCancel(t.Context())
	r := &running{Server: New(serving, handler), stop: stop, done: make(chan error, 1)}
	go func() { r.done <- r.Start(ctx) }()
	t.Cleanup(stop)
	return r
}

func (r *running) waitReady(t *testing.T, want bool) {
	t.Helper()
	eventually(t, fmt.Sprintf("ready is %t", want), func() bool { return (r.Ready(nil) == nil) == want })
}

func (r *running) waitDone(t *testing.T) error {
	t.Helper()
	select {
	case err := <-r.done:
		return err
	case <-time.After(patience):
		t.Fatal("the server does not stop")
		return nil
	}
}

func eventually(t *testing.T, what string, holds func() bool) {
	t.Helper()
	for end := time.Now().Add(patience); !holds(); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("not in time: %s", what)
		}
	}
}

func get(client *http.Client, url string) (string, error) {
	response, err := client.Get(url)
	if err != nil {
		return "", err
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	return string(body), err
}

func TestStopLosesNoRequest(t *testing.T) {
	fake := testingclock.NewFakeClock(time.Unix(1_700_000_000, 0))
	entered, leave := make(chan struct{}), make(chan struct{})
	server := start(t, Serving{DrainDelay: 3 * time.Second, Clock: fake}, func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/slow" {
			entered <- struct{}{}
			<-leave
			if r.Context().Err() != nil {
				return
			}
		}
		fmt.Fprint(w, "answered")
	})
	server.waitReady(t, true)
	url := "http://" + server.Address().String()
	slow := make(chan string)
	go func() {
		body, err := get(http.DefaultClient, url+"/slow")
		slow <- fmt.Sprint(body, err)
	}()
	<-entered

	server.stop()
	server.waitReady(t, false)
	eventually(t, "the drain delay has begun", fake.HasWaiters)
	// The client is to give its connection back, or it would be cut off in the middle of a later request.
	response, err := new(http.Client).Get(url)
	if err != nil || response.StatusCode != http.StatusOK || !response.Close {
		t.Errorf("during the drain delay: got %v, %v", response, err)
	}
	if err == nil {
		response.Body.Close()
	}
	fake.Step(3 * time.Second)
	eventually(t, "no new request is taken", func() bool {
		_, err := get(&http.Client{Transport: &http.Transport{DisableKeepAlives: true}}, url)
		return err != nil
	})
	close(leave)
	if got := <-slow; got != "answered<nil>" {
		t.Errorf("the request under way: got %s", got)
	}
	if err := server.waitDone(t); err != nil {
		t.Error(err)
	}
}

func TestAddressThatIsTakenIsAnError(t *testing.T) {
	server := start(t, Serving{}, nil)
	server.waitReady(t, true)
	second := New(Serving{BindAddress: server.Address().String(), Clock: clock.RealClock{}}, nil)
	if err := second.Start(t.Context()); err == nil || !strings.HasPrefix(err.Error(), "serve REST: listen tcp") || second.Ready(nil) == nil {
		t.Errorf("got %v", err)
	}
}

// writeCertificate puts a new self-signed certificate into the directory and gives a client that trusts no other.
func writeCertificate(t *testing.T, dir string) *http.Client {
	t.Helper()
	certificate, key, err := cert.GenerateSelfSignedCertKey("127.0.0.1", nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	for name, content := range map[string][]byte{keyFile: key, certificateFile: certificate} {
		if err := os.WriteFile(filepath.Join(dir, name), content, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM(certificate)
	return &http.Client{Transport: &http.Transport{
		TLSClientConfig: &tls.Config{RootCAs: roots}, ForceAttemptHTTP2: true, DisableKeepAlives: true,
	}}
}

func TestCertificateIsWaitedForAndMayBeReplaced(t *testing.T) {
	dir := t.TempDir()
	server := start(t, Serving{CertDir: dir}, func(w http.ResponseWriter, r *http.Request) { fmt.Fprint(w, r.Proto) })
	eventually(t, "it waits for the certificate", func() bool {
		return strings.HasPrefix(server.Ready(nil).Error(), "the REST server waits for its certificate: open ")
	})
	first := writeCertificate(t, dir)
	server.waitReady(t, true)
	url := "https://" + server.Address().String()
	if body, err := get(first, url); body != "HTTP/2.0" {
		t.Fatalf("got %q, %v", body, err)
	}
	old := &http.Client{Transport: &http.Transport{TLSClientConfig: &tls.Config{InsecureSkipVerify: true, MaxVersion: tls.VersionTLS11}}} //nolint:gosec // That it is refused is the point.
	if _, err := get(old, url); err == nil {
		t.Error("TLS 1.1 is spoken")
	}
	second := writeCertificate(t, dir)
	eventually(t, "the new certificate is served", func() bool {
		body, _ := get(second, url)
		return body == "HTTP/2.0"
	})
	server.stop()
	if err := server.waitDone(t); err != nil {
		t.Error(err)
	}
}

func TestStopDoesNotWaitForACertificate(t *testing.T) {
	server := start(t, Serving{CertDir: t.TempDir()}, nil)
	server.stop()
	if err := server.waitDone(t); err != nil {
		t.Error(err)
	}
}

func TestEveryReplicaServes(t *testing.T) {
	if New(Serving{}, nil).NeedLeaderElection() {
		t.Error("only the leader serves")
	}
}
