package usage

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strconv"
	"testing"
	"time"

	"golang.org/x/sync/errgroup"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	typedcorev1 "k8s.io/client-go/kubernetes/typed/core/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/licensing-operator/licensing-operator/api/v1alpha1"
	"github.com/licensing-operator/licensing-operator/internal/kubestore"
	"github.com/licensing-operator/licensing-operator/internal/ledger"
	"github.com/licensing-operator/licensing-operator/test/cluster"
	"github.com/licensing-operator/licensing-operator/test/conformance/embedded"
)

// What make soak-usage makes longer.
const (
	transactionsVariable, transactions = "USAGE_TRANSACTIONS", 3000
	killsVariable, kills               = "USAGE_KILLS", 2
	outageVariable, outage             = "USAGE_OUTAGE", 3 * time.Second
)

func fromEnvironment[T any](t *testing.T, name string, otherwise T, parse func(string) (T, error)) T {
	t.Helper()
	text := os.Getenv(name)
	if text == "" {
		return otherwise
	}
	value, err := parse(text)
	if err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	return value
}

// TestRecordsAndAccountsAgreeAfterEverything stops the store for a while, kills the operator again and again, and then does
// both at once, while clients do everything that is recorded.
func TestRecordsAndAccountsAgreeAfterEverything(t *testing.T) {
	wanted := fromEnvironment(t, transactionsVariable, transactions, strconv.Atoi)
	killed := fromEnvironment(t, killsVariable, kills, strconv.Atoi)
	stopped := fromEnvironment(t, outageVariable, outage, time.ParseDuration)
	w := newWorld(t)
	begun := time.Now()
	l := &load{shop: w.shop, license: w.license, enough: make(chan struct{})}
	working, ctx := errgroup.WithContext(t.Context())
	// Most of what is recorded are one-off requests, of which many share a commit. All else writes objects besides.
	for n := range 96 {
		working.Go(func() error { return l.buyer(ctx, n) })
	}
	for n := range 3 {
		working.Go(func() error { return l.visitor(ctx, n) })
		working.Go(func() error { return l.guest(ctx, n) })
		working.Go(func() error { return l.holder(ctx, n, n == 0) })
	}
	working.Go(func() error { return l.consumer(ctx, 0) })
	working.Go(func() error { return w.strike(ctx, wanted, killed, stopped) })
	working.Go(func() error {
		defer close(l.enough)
		if err := w.await(ctx, wanted); err != nil {
			return err
		}
		// However fast the machine is, the clock has to charge, too.
		select {
		case <-time.After(time.Until(begun.Add(2 * chargePeriod))):
			return nil
		case <-ctx.Done():
			return ctx.Err()
		}
	})
	if err := working.Wait(); err != nil {
		t.Fatalf("%v\n%s", err, system.Replicas[0].Tail())
	}
	took := time.Since(begun)
	w.rest(t)
	made, err := w.commits.count()
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("%d transactions in %s, %.0f a second, with %d kills and the store stopped for %s", made, took.Round(time.Second),
		float64(made)/took.Seconds(), killed, stopped)
	w.verify(t)
}

// world is what the load is on.
type world struct {
	cluster.Producer
	accounts typedcorev1.ConfigMapInterface
	commits  *commits
	answers  *answers
	shop     *shop
	license  *license
}

func newWorld(t *testing.T) *world {
	t.Helper()
	scheme, err := v1alpha1Scheme()
	if err != nil {
		t.Fatal(err)
	}
	live, err := client.New(system.Config, client.Options{Scheme: scheme})
	if err != nil {
		t.Fatal(err)
	}
	w := &world{Producer: cluster.Producer{Cluster: &cluster.Cluster{Client: live}, Namespace: embedded.Namespace}, answers: newAnswers()}
	if w.accounts, err = accountsOf(system.Config); err != nil {
		t.Fatal(err)
	}
	if w.commits, err = watchCommits(t.Context(), w.accounts); err != nil {
		t.Fatal(err)
	}
	w.Sells(t, 100_000_000)
	var instance v1alpha1.Instance
	cluster.Eventually(t, "the instance", func(ctx context.Context) error {
		err := w.Read(ctx, cluster.InstanceName, &instance)
		if err == nil && (instance.Status.InstanceID == "" || instance.Status.Ledger == nil) {
			err = errors.New("it has no id or no account yet")
		}
		return err
	})
	var urls []string
	for _, replica := range system.Replicas {
		urls = append(urls, replica.URL)
	}
	if w.shop, err = newShop(urls, system.Admin.AdminToken(), instance.Status.InstanceID, w.answers); err != nil {
		t.Fatal(err)
	}
	if w.license, err = newLicense(t.Context(), w.answers); err != nil {
		t.Fatal(err)
	}
	return w
}

const betweenTheLooks = 50 * time.Millisecond

// await waits until so many transactions were committed.
func (w *world) await(ctx context.Context, wanted int) error {
	for {
		made, err := w.commits.count()
		if err != nil || made >= wanted {
			return err
		}
		select {
		case <-time.After(betweenTheLooks):
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// pause stops the store while nothing else goes wrong, for a while and for long enough that everybody goes on without it.
func (w *world) pause(ctx context.Context, wanted int, stopped time.Duration) error {
	if err := w.await(ctx, wanted/10); err != nil {
		return err
	}
	if err := kept.stop(ctx); err != nil {
		return fmt.Errorf("stop the store: %w", err)
	}
	while := time.After(stopped)
	err := w.await(ctx, wanted/3)
	select {
	case <-while:
	case <-ctx.Done():
	}
	return errors.Join(err, kept.start(context.WithoutCancel(ctx)))
}

// strike spreads the kills over the load, and stops the store in the middle of it, so that one of them happens meanwhile.
func (w *world) strike(ctx context.Context, wanted, killed int, stopped time.Duration) error {
	if err := w.pause(ctx, wanted, stopped); err != nil {
		return err
	}
	outage := make(chan error, 1)
	for n := range killed {
		if err := w.await(ctx, (n+1)*wanted/(killed+1)); err != nil {
			return err
		}
		if n == killed/2 {
			if err := kept.stop(ctx); err != nil {
				return fmt.Errorf("stop the store: %w", err)
			}
			go func() {
				<-time.After(stopped)
				outage <- kept.start(context.WithoutCancel(ctx))
			}()
		}
		replica := system.Replicas[n%len(system.Replicas)]
		if err := errors.Join(replica.Process().Kill(), replica.Start(ctx)); err != nil {
			return err
		}
	}
	return <-outage
}

// rest waits until everything is recorded, and ends the operators.
func (w *world) rest(t *testing.T) {
	t.Helper()
	patient, cancel := context.WithTimeout(t.Context(), 5*time.Minute)
	defer cancel()
	for {
		err := w.atRest(patient)
		if err == nil {
			break
		}
		select {
		case <-time.After(time.Second):
		case <-patient.Done():
			t.Fatalf("it never comes to rest: %v\n%s", err, system.Replicas[0].Tail())
		}
	}
	for _, replica := range system.Replicas {
		if err := replica.Process().Terminate(patient); err != nil {
			t.Error(err)
		}
	}
}

func (w *world) atRest(ctx context.Context) error {
	spilled, err := w.accounts.List(ctx, metav1.ListOptions{LabelSelector: kubestore.UsageSpillLabel})
	if err != nil {
		return err
	}
	if n := len(spilled.Items); n > 0 {
		return fmt.Errorf("%d pages are spilled", n)
	}
	all, err := w.all(ctx)
	if err != nil {
		return err
	}
	for _, account := range all {
		if n := len(account.Open); n > 0 {
			return fmt.Errorf("account %s has %d open transactions", account.ID, n)
		}
	}
	return nil
}

// all are the accounts as they are stored.
func (w *world) all(ctx context.Context) (all []*ledger.Account, err error) {
	list, err := w.accounts.List(ctx, metav1.ListOptions{LabelSelector: v1alpha1.AccountLabel + "=true"})
	if err != nil {
		return nil, err
	}
	for i := range list.Items {
		account, err := ledger.Decode(list.Items[i].Data)
		if err != nil {
			return nil, err
		}
		all = append(all, account)
	}
	return all, nil
}
