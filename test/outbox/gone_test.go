package outbox

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"testing"
	"time"

	"github.com/licensing-operator/licensing-operator/api/v1alpha1"
	"github.com/licensing-operator/licensing-operator/internal/ledger"
	"github.com/licensing-operator/licensing-operator/internal/licensing"
	"github.com/licensing-operator/licensing-operator/internal/usage"
	"github.com/licensing-operator/licensing-operator/internal/usage/sqlstore"
	"github.com/licensing-operator/licensing-operator/test/cluster"
)

// nowhere is a recorder that never has room.
type nowhere struct{}

func (nowhere) Record(context.Context, ledger.AccountID, []*ledger.Transaction) error {
	return errors.New("out of order")
}

// A charge whose operator died before it was recorded, of an Instance that was deleted before the next operator came.
func TestWhatADeletedInstanceWasChargedIsRecorded(t *testing.T) {
	path := filepath.Join(t.TempDir(), "usage.db")
	operator, err := plane.StartOperator(t.Context(), withStore(path)...)
	if err != nil {
		t.Fatal(err)
	}
	producer := connected.NewProducer(t, "leaving", nil)
	producer.Sells(t, 100)
	says(t, producer, v1alpha1.ConditionLedgerHealthy, "True ")
	terminate(t, operator)

	dying := ledger.New(connected.Store, ledger.Options{
		Replica: "dying", Recorder: nowhere{}, Terms: connected.Store.Terms,
	})
	answer, err := dying.OneOff(t.Context(), producer.Account(), ledger.OneOffRequest{
		Requester: licensing.Requester{Type: "user", Value: "LisaBarry"},
		Items:     []licensing.RequestedItem{{Name: "PhotoPrint", Version: "1.0", Count: 2 * licensing.One}},
	})
	if err != nil {
		t.Fatal(err)
	}
	dead, cancel := context.WithTimeout(t.Context(), time.Millisecond)
	defer cancel()
	if err := dying.Close(dead); err == nil {
		t.Fatal("nothing was left open")
	}
	producer.Delete(t, producer.Account().Name, &v1alpha1.Instance{})

	if operator, err = plane.StartOperator(t.Context(), withStore(path)...); err != nil {
		t.Fatal(err)
	}
	cluster.Eventually(t, "nothing is open", func(ctx context.Context) error {
		account, _, err := connected.Store.LoadAccount(ctx, producer.Account())
		if err == nil && len(account.Open) > 0 {
			err = fmt.Errorf("%d transactions are", len(account.Open))
		}
		return err
	})
	terminate(t, operator)
	store, err := sqlstore.OpenSQLite(t.Context(), path, sqlstore.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = store.Close() })
	var found []string
	for record, err := range store.Records(t.Context(), usage.Query{Namespace: producer.Namespace, Kinds: []usage.Kind{usage.Charge}}) {
		if err != nil {
			t.Fatal(err)
		}
		found = append(found, record.TransactionID)
	}
	if len(found) != 1 || found[0] != answer.CorrelationID {
		t.Errorf("charges %q are recorded, want %s", found, answer.CorrelationID)
	}
}
