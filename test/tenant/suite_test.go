// Package tenant runs internal/tenant on a real API server, as two replicas with informers and ledgers of their own, beside
// an administrator who declares objects the way GitOps does.
package tenant

import (
	"context"
	"errors"
	"sync"
	"testing"
	"time"

	"github.com/go-logr/logr"
	"github.com/google/go-cmp/cmp"
	ctrl "sigs.k8s.io/controller-runtime"

	"github.com/licensing-operator/licensing-operator/internal/ledger"
	"github.com/licensing-operator/licensing-operator/internal/tenant"
	"github.com/licensing-operator/licensing-operator/test/cluster"
	"github.com/licensing-operator/licensing-operator/test/controlplane"
	"github.com/licensing-operator/licensing-operator/webhooks/rest"
)

var (
	plane  *controlplane.ControlPlane
	shared *cluster.Cluster
	// replicas are two servers. now is their clock.
	replicas [2]*tenant.Tenants
	books    [2]*ledger.Ledger
	now      = &cluster.MovableClock{}
)

func TestMain(m *testing.M) { controlplane.Exit(run(m)) }

func run(m *testing.M) (code int, err error) {
	ctx, cancel := context.WithCancel(context.Background())
	ctrl.SetLogger(logr.Discard())
	if plane, err = controlplane.Start(ctx, controlplane.Options{Unsafe: true, Install: true}); err != nil {
		cancel()
		return 1, err
	}
	// The watches end first: the API server waits for them.
	defer func() { cancel(); err = errors.Join(err, plane.Stop()) }()
	if shared, err = cluster.Connect(ctx, plane.Config); err != nil {
		return 1, err
	}
	for i := range replicas {
		if err := startReplica(ctx, i); err != nil {
			return 1, err
		}
	}
	code = m.Run()
	closing, done := context.WithTimeout(ctx, time.Minute)
	defer done()
	return code, errors.Join(books[0].Close(closing), books[1].Close(closing))
}

func startReplica(ctx context.Context, i int) error {
	replica, err := shared.StartReplica(ctx, plane.Config, now, nil)
	if err != nil {
		return err
	}
	books[i] = replica.Ledger
	replicas[i] = tenant.New(tenant.Options{Live: replica.Live, Cached: replica.Cached, Store: replica.Store, Ledger: books[i], Clock: now})
	return nil
}

// producer is a namespace, served by both replicas.
type producer struct {
	cluster.Producer

	// here and there are the replicas.
	here, there *tenant.Tenant
}

func newProducer(t *testing.T) producer {
	t.Helper()
	p := producer{Producer: shared.NewProducer(t, "tenant", nil)}
	p.here, p.there = p.as(0, "administration key acme"), p.as(1, "administration key acme")
	return p
}

func (p producer) as(replica int, caller string) *tenant.Tenant {
	return replicas[replica].For(p.Namespace, caller)
}

func must[T any](t *testing.T) func(T, error) T {
	t.Helper()
	return func(value T, err error) T {
		t.Helper()
		noError(t, err)
		return value
	}
}

func noError(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatalf("%s: %v (%v)", tenant.ReasonOf(err), err, errors.Unwrap(err))
	}
}

// refused wants an error with the reason, and problems as given; without any given they are not looked at.
func refused(t *testing.T, err error, reason tenant.Reason, problems ...string) {
	t.Helper()
	if tenant.ReasonOf(err) != reason {
		t.Fatalf("got %q %v, want %s", tenant.ReasonOf(err), err, reason)
	}
	if refusal := (*tenant.Error)(nil); errors.As(err, &refusal) && len(problems) > 0 {
		if diff := cmp.Diff(problems, refusal.Problems); diff != "" {
			t.Fatalf("problems of %s (-want +got):\n%s", reason, diff)
		}
	}
}

// atOnce makes the calls at the same time and gives their errors.
func atOnce(calls ...func() error) []error {
	errs := make([]error, len(calls))
	var ready, done sync.WaitGroup
	ready.Add(1)
	for i, call := range calls {
		done.Go(func() {
			ready.Wait()
			errs[i] = call()
		})
	}
	ready.Done()
	done.Wait()
	return errs
}

// reasons counts what became of the calls; a success has the empty reason.
func reasons(errs []error) map[tenant.Reason]int {
	counts := map[tenant.Reason]int{}
	for _, err := range errs {
		reason := tenant.ReasonOf(err)
		if err != nil && reason == "" {
			reason = tenant.Reason(err.Error())
		}
		counts[reason]++
	}
	return counts
}

func (p producer) accountOf(instance string) ledger.AccountID {
	return ledger.AccountID{Namespace: p.Namespace, Name: instance}
}

// What the REST server wants is what a tenant offers.
var _ rest.Tenant = (*tenant.Tenant)(nil)
