// Package dashboard opens the dashboard of a real operator on a real API server in a real browser, and compares every
// figure on the page with what the API and the objects say.
package dashboard

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"github.com/go-logr/logr"
	"k8s.io/client-go/rest"
	"k8s.io/klog/v2"
	ctrl "sigs.k8s.io/controller-runtime"

	"github.com/licensing-operator/licensing-operator/internal/config"
	"github.com/licensing-operator/licensing-operator/test/cluster"
	"github.com/licensing-operator/licensing-operator/test/conformance/embedded"
)

var (
	system *embedded.System
	shared *cluster.Cluster
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
	ctrl.SetLogger(logr.Discard())
	klog.SetLogger(logr.Discard())
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	directory, err := os.MkdirTemp("", "dashboard-")
	if err != nil {
		return 1, err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(directory)) }()
	records := filepath.Join(directory, "usage.db")
	if err := remember(ctx, records, time.Now()); err != nil {
		return 1, err
	}
	system, err = embedded.Start(ctx, embedded.Options{Change: func(c *config.OperatorConfiguration) { c.Usage.Store.SQLite.Path = records }})
	if err != nil {
		return 1, err
	}
	// The watches end first: the API server waits for them.
	defer func() { cancel(); err = errors.Join(err, system.Stop()) }()
	if shared, err = cluster.Connect(ctx, system.Config); err != nil {
		return 1, err
	}
	return m.Run(), nil
}

// place is a producer with a dashboard.
type place struct {
	// Page is where the dashboard is, API the address of the REST API.
	Page      string            `json:"page"`
	API       string            `json:"api"`
	Namespace string            `json:"namespace"`
	Instances map[string]string `json:"instances"`
	// Producer may see all, Customer one instance.
	Producer string `json:"producer"`
	Customer string `json:"customer"`
}

// placeOf is a shop, with a customer who has one of its instances.
func placeOf(s *shop, customers string) place {
	url := system.Replicas[0].URL + "/namespaces/" + s.Namespace
	return place{
		Page: url + "/dashboard/", API: url, Namespace: s.Namespace, Instances: s.ids,
		Producer: system.Admin.AdminToken(), Customer: system.Client.ClientToken(s.ids[customers]),
	}
}

// world is what the browser is told: of a shop, where the customer has the instance acme, and of the samples.
type world struct {
	place

	Samples place `json:"samples"`
	// Default is the page of another tenant, Kubernetes the address of the API server, for an administrator.
	Default    string `json:"default"`
	Kubernetes string `json:"kubernetes"`
	// OperatorNamespace is where the accounts are.
	OperatorNamespace string `json:"operatorNamespace"`
	// Reader, a ServiceAccount, may see all, Nobody nothing.
	Reader string `json:"reader"`
	Nobody string `json:"nobody"`
	// Confined is a ServiceAccount that may see acme alone.
	Confined string `json:"confined"`

	Screenshots string `json:"screenshots"`
}

// browserTimeout is far beyond what it takes, also on a busy machine.
const browserTimeout = 20 * time.Minute

// tell opens a shop and gives what the browser is told of it, in JSON.
func tell(t *testing.T) string {
	t.Helper()
	shop := openShop(t)
	content, err := json.Marshal(world{
		place: placeOf(shop, "acme"), Samples: placeOf(openSamples(t), cluster.InstanceName),
		Default: system.Replicas[0].URL + "/dashboard/", Kubernetes: proxy(t, system.Config), OperatorNamespace: cluster.OperatorNamespace,
		Reader: shop.serviceAccount(t, "reader", true), Nobody: shop.serviceAccount(t, "nobody", false),
		Confined:    shop.serviceAccount(t, "confined", true, "acme"),
		Screenshots: screenshots(t),
	})
	if err != nil {
		t.Fatal(err)
	}
	return string(content)
}

// chromium is Debian's.
const chromium = "/usr/bin/chromium"

// requirePrograms says what to install rather than let a test pass that has looked at nothing.
func requirePrograms(t *testing.T) {
	t.Helper()
	if _, err := os.Stat(chromium); err != nil {
		t.Fatalf("%v: run hack/debian/install.sh chromium", err)
	}
	if _, err := exec.LookPath("node"); err != nil {
		t.Fatalf("%v: install Node.js 20 or later", err)
	}
	if _, err := os.Stat("../../hack/dashboard/node_modules/playwright-core"); err != nil {
		t.Fatalf("%v: run make dashboard-assets", err)
	}
}

func TestTheDashboardInABrowser(t *testing.T) {
	requirePrograms(t)
	told := tell(t)
	ctx, cancel := context.WithTimeout(t.Context(), browserTimeout)
	defer cancel()
	files, err := filepath.Glob("browser/*.test.mjs")
	if err != nil || len(files) == 0 {
		t.Fatalf("the browser's tests are not there: %v", err)
	}
	node := exec.CommandContext(ctx, "node", append([]string{"--test", "--test-reporter=spec", "--test-concurrency=1"}, files...)...)
	node.Env = append(append(os.Environ(), shellEnvironment(t)...), "DASHBOARD="+told, "CHROMIUM="+chromium)
	output, err := node.CombinedOutput()
	t.Logf("%s", output)
	if err != nil {
		t.Fatalf("the browser's tests: %v", err)
	}
}

// screenshots are kept, for people and as artifacts of CI.
func screenshots(t *testing.T) string {
	t.Helper()
	directory, err := filepath.Abs("screenshots")
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(os.RemoveAll(directory), os.MkdirAll(directory, 0o750)); err != nil {
		t.Fatal(err)
	}
	return directory
}

// proxy shows the API server to an administrator who has no certificate, as kubectl proxy does.
func proxy(t *testing.T, config *rest.Config) string {
	t.Helper()
	target, err := url.Parse(config.Host)
	if err != nil {
		t.Fatal(err)
	}
	transport, err := rest.TransportFor(config)
	if err != nil {
		t.Fatal(err)
	}
	reverse := &httputil.ReverseProxy{Transport: transport, Rewrite: func(r *httputil.ProxyRequest) { r.SetURL(target) }}
	server := httptest.NewServer(reverse)
	t.Cleanup(server.Close)
	return server.URL
}
