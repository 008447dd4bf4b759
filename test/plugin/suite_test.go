// Package plugin examines kubectl licensing as its users run it: by kubectl, on a real API server, against an operator that
// keeps usage records.
package plugin

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/go-logr/logr"
	"k8s.io/klog/v2"
	ctrl "sigs.k8s.io/controller-runtime"

	"github.com/licensing-operator/licensing-operator/internal/config"
	"github.com/licensing-operator/licensing-operator/test/cluster"
	"github.com/licensing-operator/licensing-operator/test/conformance/embedded"
	"github.com/licensing-operator/licensing-operator/test/controlplane"
)

var (
	system *embedded.System
	shared *cluster.Cluster
	// plugins is a directory with the plugin, for PATH.
	plugins string
)

func TestMain(m *testing.M) { controlplane.Exit(run(m)) }

func run(m *testing.M) (code int, err error) {
	ctrl.SetLogger(logr.Discard())
	klog.SetLogger(logr.Discard())
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	if plugins, err = os.MkdirTemp("", "licensing-plugin-"); err != nil {
		return 1, err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(plugins)) }()
	if err := build(ctx); err != nil {
		return 1, err
	}
	if system, err = embedded.Start(ctx, embedded.Options{ChargePeriod: 10 * time.Minute, Change: func(c *config.OperatorConfiguration) {
		c.Usage.Store.SQLite.Path = filepath.Join(plugins, "usage.db")
	}}); err != nil {
		return 1, err
	}
	// The watches end first: the API server waits for them.
	defer func() { cancel(); err = errors.Join(err, system.Stop()) }()
	if shared, err = cluster.Connect(ctx, system.Config); err != nil {
		return 1, err
	}
	return m.Run(), nil
}

// build builds the plugin, and puts its completion beside it.
func build(ctx context.Context) error {
	source := filepath.Join("..", "..", "cmd", "kubectl-licensing")
	goBuild := exec.CommandContext(ctx, "go", "build", "-buildvcs=false", "-ldflags", "-X main.version=v0-test", "-o", filepath.Join(plugins, "kubectl-licensing"), ".")
	goBuild.Dir = source
	goBuild.Env = append(os.Environ(), "CGO_ENABLED=0")
	if output, err := goBuild.CombinedOutput(); err != nil {
		return fmt.Errorf("build the plugin: %w\n%s", err, output)
	}
	completion, err := os.ReadFile(filepath.Join(source, "kubectl_complete-licensing"))
	if err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(plugins, "kubectl_complete-licensing"), completion, 0o700)
}

// producer is one whose keys the operator knows.
type producer struct{ cluster.Producer }

func newProducer(t *testing.T, name string, tokens int) *producer {
	t.Helper()
	p := &producer{shared.NewProducer(t, name, nil)}
	if err := system.AddKeys(t.Context(), p.Namespace); err != nil {
		t.Fatal(err)
	}
	p.Sells(t, tokens)
	return p
}

// result is how a command ended.
type result struct {
	out, errors string
	code        int
}

func (r result) String() string { return fmt.Sprintf("exit code %d\n%s%s", r.code, r.out, r.errors) }

// kubectl runs kubectl with a token for administration in its environment.
func (p *producer) kubectl(t *testing.T, args ...string) result {
	t.Helper()
	command := system.Kubectl(t.Context(), args...)
	command.Env = append(command.Env, "PATH="+plugins+string(os.PathListSeparator)+os.Getenv("PATH"), "LICENSING_TOKEN="+system.Admin.AdminToken())
	var out, errs bytes.Buffer
	command.Stdout, command.Stderr = &out, &errs
	err := command.Run()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		t.Fatal(err)
	}
	return result{out.String(), errs.String(), command.ProcessState.ExitCode()}
}

// ledger runs kubectl licensing ledger in the producer's namespace, against the first replica.
func (p *producer) ledger(t *testing.T, args ...string) result {
	t.Helper()
	return p.kubectl(t, append([]string{"licensing", "ledger", "-n", p.Namespace, "--server-url", system.Replicas[0].URL}, args...)...)
}

func (r result) expect(t *testing.T, code int, texts ...string) result {
	t.Helper()
	if r.code != code {
		t.Fatalf("want exit code %d: %s", code, r)
	}
	for _, text := range texts {
		if !strings.Contains(r.out+r.errors, text) {
			t.Fatalf("want %q: %s", text, r)
		}
	}
	return r
}
