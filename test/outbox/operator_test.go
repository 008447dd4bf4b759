package outbox

import (
	"context"
	"fmt"
	"path/filepath"
	"strings"
	"testing"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/licensing-operator/licensing-operator/api/v1alpha1"
	"github.com/licensing-operator/licensing-operator/internal/kubestore"
	"github.com/licensing-operator/licensing-operator/internal/usage"
	"github.com/licensing-operator/licensing-operator/internal/usage/sqlstore"
	"github.com/licensing-operator/licensing-operator/test/cluster"
	"github.com/licensing-operator/licensing-operator/test/controlplane"
)

// An operator whose volume is still held by somebody else charges all the same. It says so, and makes good for it.
func TestAnOperatorChargesWithoutItsStoreAndSaysSoOnTheInstance(t *testing.T) {
	path := filepath.Join(t.TempDir(), "usage.db")
	operator, err := plane.StartOperator(t.Context(), withStore(path)...)
	if err != nil {
		t.Fatal(err)
	}
	producer := connected.NewProducer(t, "usage", nil)
	producer.Sells(t, 100)
	says(t, producer, v1alpha1.ConditionLedgerHealthy, "True ")
	terminate(t, operator)
	holder, err := sqlstore.OpenSQLite(t.Context(), path, sqlstore.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if operator, err = plane.StartOperator(t.Context(), withStore(path)...); err != nil {
		t.Fatal(err)
	}
	newcomer := connected.NewProducer(t, "newcomer", nil)
	newcomer.Sells(t, 100)
	says(t, newcomer, v1alpha1.ConditionLedgerHealthy, "Unknown LedgerUnavailable: there is no account, and none is made before the store of usage records can be asked")
	producer.Claim(t, "first", `[{item: PhotoPrint, version: "1.0", count: 1}]`)
	producer.Granted(t, "first")
	waits := says(t, producer, v1alpha1.ConditionUsageRecorded, "False StoreUnavailable: the usage store does not take records; charging goes on; ")
	if !strings.Contains(waits, "another process has it open") {
		t.Errorf("the condition does not say why: %s", waits)
	}
	// It is killed, and the next one has the store.
	if err := operator.Kill(); err != nil {
		t.Fatal(err)
	}
	if err := holder.Close(); err != nil {
		t.Fatal(err)
	}
	next, err := plane.StartOperator(t.Context(), withStore(path)...)
	if err != nil {
		t.Fatal(err)
	}
	producer.Claim(t, "second", `[{item: PhotoPrint, version: "1.0", count: 2}]`)
	producer.Granted(t, "second")
	says(t, producer, v1alpha1.ConditionUsageRecorded, "True Recorded: ")
	says(t, newcomer, v1alpha1.ConditionLedgerHealthy, "True ")
	terminate(t, next)
	// All is in order when it has ended.
	reopened, err := sqlstore.OpenSQLite(t.Context(), path, sqlstore.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = reopened.Close() })
	var names []string
	for record, err := range reopened.Records(t.Context(), usage.Query{Namespace: producer.Account().Namespace, Kinds: []usage.Kind{usage.Charge}}) {
		if err != nil {
			t.Fatal(err)
		}
		names = append(names, record.SubjectName)
	}
	if got := fmt.Sprint(names); got != "[first second]" {
		t.Errorf("charges of %s are stored", got)
	}
}

// A cluster that is new, and a store of usage records that is not.
func TestAnOperatorDoesNotBeginAnAccountAnewOfWhichThereAreRecords(t *testing.T) {
	store := withStore(filepath.Join(t.TempDir(), "usage.db"))
	operator, err := plane.StartOperator(t.Context(), store...)
	if err != nil {
		t.Fatal(err)
	}
	producer := connected.NewProducer(t, "renewed", nil)
	producer.Sells(t, 100)
	producer.Claim(t, "first", `[{item: PhotoPrint, version: "1.0", count: 1}]`)
	producer.Granted(t, "first")
	says(t, producer, v1alpha1.ConditionUsageRecorded, "True Recorded: ")
	terminate(t, operator)

	if err := connected.Accounts.Delete(t.Context(), kubestore.AccountName(producer.Account()), metav1.DeleteOptions{}); err != nil {
		t.Fatal(err)
	}
	var instance v1alpha1.Instance
	if err := producer.Read(t.Context(), producer.Account().Name, &instance); err != nil {
		t.Fatal(err)
	}
	instance.Status = v1alpha1.InstanceStatus{}
	if err := producer.Client.Status().Update(t.Context(), &instance); err != nil {
		t.Fatal(err)
	}
	operator, err = plane.StartOperator(t.Context(), store...)
	if err != nil {
		t.Fatal(err)
	}
	says(t, producer, v1alpha1.ConditionLedgerHealthy, "False AccountMissing: the account is missing; its last known commit is ")
	producer.Claim(t, "second", `[{item: PhotoPrint, version: "1.0", count: 1}]`)
	producer.Session(t, "second", func(session *v1alpha1.Session) error {
		if got := cluster.Condition(session.Status.Conditions, v1alpha1.ConditionReady); !strings.HasPrefix(got, "False LedgerNotHealthy: charging on Instance ") {
			return fmt.Errorf("ready is %q", got)
		}
		return nil
	})
	terminate(t, operator)
}

func withStore(path string) []string {
	return []string{
		"--leader-elect=false", "--metrics-bind-address=0", "--health-probe-bind-address=0", "--rest-bind-address=0", "--usage-sqlite=" + path,
	}
}

func terminate(t *testing.T, operator *controlplane.Operator) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	if err := operator.Terminate(ctx); err != nil {
		t.Fatal(err)
	}
}

// says waits until a condition of the instance begins with a text, and gives all of it.
func says(t *testing.T, producer cluster.Producer, condition, want string) (got string) {
	t.Helper()
	cluster.Eventually(t, "the condition "+condition, func(ctx context.Context) error {
		var instance v1alpha1.Instance
		if err := producer.Read(ctx, producer.Account().Name, &instance); err != nil {
			return err
		}
		if got = cluster.Condition(instance.Status.Conditions, condition); !strings.HasPrefix(got, want) {
			return fmt.Errorf("it is %q, want %q", got, want)
		}
		return nil
	})
	return got
}
