package outbox

import (
	"fmt"
	"testing"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/licensing-operator/licensing-operator/internal/kubestore"
	"github.com/licensing-operator/licensing-operator/internal/usage/sink"
)

// The store that replaces the first one gives the same positions to other records.
func TestNothingIsSentFromAStoreThatWasReplacedBeforeThePositionIsDeleted(t *testing.T) {
	fromTheBeginning(t)
	first, account := openStore(t), newAccount(t)
	w := openWarehouse(t)
	box, stop := start(t, options(first))
	record(t, box, account, 1, 10)
	stopTail := tail(t, first, w, &progress{})
	w.wantEvents(t, account, 10)
	wantPosition(t, sink.Position{At: 10, Record: wanted(account, 10)[9]})
	stopTail()
	stop()

	second, next := openStore(t), newAccount(t)
	box, _ = start(t, options(second))
	record(t, box, next, 1, 4)
	seen := &progress{}
	tail(t, second, w, seen)
	waits := func() error {
		seen.mu.Lock()
		defer seen.mu.Unlock()
		if want := transactions(next, 1, 1)[0].Time; !seen.oldest.Equal(want) {
			return fmt.Errorf("the oldest is of %s, want %s", seen.oldest, want)
		}
		return nil
	}
	eventually(t, waits)
	record(t, box, next, 5, 20) // beyond the position
	time.Sleep(time.Second)
	eventually(t, waits)
	if sent := w.of(next); len(sent) > 0 {
		t.Errorf("%d events were sent", len(sent))
	}
	if err := spill.Accounts.Delete(t.Context(), kubestore.SinkPositionName, metav1.DeleteOptions{}); err != nil {
		t.Fatal(err)
	}
	w.wantEvents(t, next, 20)
}
