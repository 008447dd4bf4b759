package outbox

import (
	"context"
	"fmt"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/licensing-operator/licensing-operator/api/v1alpha1"
	"github.com/licensing-operator/licensing-operator/internal/usage"
	"github.com/licensing-operator/licensing-operator/internal/usage/sqlstore"
	"github.com/licensing-operator/licensing-operator/test/cluster"
)

// An operator whose volume is still held by somebody else charges all the same. It says so, and makes good for it.
func TestAnOperatorChargesWithoutItsStoreAndSaysSoOnTheInstance(t *testing.T) {
	path := filepath.Join(t.TempDir(), "usage.db")
	holder, err := sqlstore.OpenSQLite(t.Context(), path, sqlstore.Options{})
	if err != nil {
		t.Fatal(err)
	}
	arguments := []string{
		"--leader-elect=false", "--metrics-bind-address=0", "--health-probe-bind-address=0", "--rest-bind-address=0", "--usage-sqlite=" + path,
	}
	operator, err := plane.StartOperator(t.Context(), arguments...)
	if err != nil {
		t.Fatal(err)
	}
	producer := connected.NewProducer(t, "usage", nil)
	producer.Sells(t, 100)
	producer.Claim(t, "first", `[{item: PhotoPrint, version: "1.0", count: 1}]`)
	producer.Granted(t, "first")
	waits := says(t, producer, "False StoreUnavailable: the usage store does not take records; charging goes on; ")
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
	next, err := plane.StartOperator(t.Context(), arguments...)
	if err != nil {
		t.Fatal(err)
	}
	producer.Claim(t, "second", `[{item: PhotoPrint, version: "1.0", count: 2}]`)
	producer.Granted(t, "second")
	says(t, producer, "True Recorded: ")
	ending, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	if err := next.Terminate(ending); err != nil {
		t.Fatal(err)
	}
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

// says waits until the condition of the instance begins with a text, and gives all of it.
func says(t *testing.T, producer cluster.Producer, want string) (got string) {
	t.Helper()
	cluster.Eventually(t, "the condition UsageRecorded", func(ctx context.Context) error {
		var instance v1alpha1.Instance
		if err := producer.Read(ctx, producer.Account().Name, &instance); err != nil {
			return err
		}
		if got = cluster.Condition(instance.Status.Conditions, v1alpha1.ConditionUsageRecorded); !strings.HasPrefix(got, want) {
			return fmt.Errorf("it is %q, want %q", got, want)
		}
		return nil
	})
	return got
}
