package usage

import (
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"sync"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/watch"
	typedcorev1 "k8s.io/client-go/kubernetes/typed/core/v1"
	"k8s.io/client-go/rest"

	"github.com/licensing-operator/licensing-operator/internal/config"
	"github.com/licensing-operator/licensing-operator/internal/ledger"
	"github.com/licensing-operator/licensing-operator/internal/usage"
	"github.com/licensing-operator/licensing-operator/test/cluster"
)

// commits are what the API server says was committed to the accounts: every one, because a commit whose transaction was
// recorded and taken off between two reads would not be missed in the record. It is safe for concurrent use.
type commits struct {
	mu sync.Mutex
	// records are the hashes of what has to be recorded, by id, of the transactions that were committed.
	records      map[string][sha256.Size]byte
	transactions map[string]bool
	denials      int
	made         map[ledger.AccountID]int64
	failure      error
}

func accountsOf(config *rest.Config) (typedcorev1.ConfigMapInterface, error) {
	protobuf := rest.CopyConfig(config)
	protobuf.ContentType, protobuf.AcceptContentTypes = runtime.ContentTypeProtobuf, runtime.ContentTypeProtobuf
	core, err := typedcorev1.NewForConfig(protobuf)
	if err != nil {
		return nil, err
	}
	return core.ConfigMaps(operatorNamespace), nil
}

const operatorNamespace = config.DefaultNamespace

func watchCommits(ctx context.Context, accounts typedcorev1.ConfigMapInterface) (*commits, error) {
	watcher, err := cluster.WatchAccounts(ctx, accounts)
	if err != nil {
		return nil, err
	}
	c := &commits{records: map[string][sha256.Size]byte{}, transactions: map[string]bool{}, made: map[ledger.AccountID]int64{}}
	go func() {
		for event := range watcher.ResultChan() {
			if err := c.take(event); err != nil {
				c.fail(err)
			}
		}
		if ctx.Err() == nil {
			c.fail(errors.New("the watch of the accounts has ended"))
		}
	}()
	return c, nil
}

func (c *commits) fail(err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.failure = errors.Join(c.failure, err)
}

// take looks at the new transactions only: an account has many.
func (c *commits) take(event watch.Event) error {
	object, ok := event.Object.(*corev1.ConfigMap)
	if !ok {
		return fmt.Errorf("the watch of the accounts says %s: %v", event.Type, event.Object)
	}
	var head struct {
		Account  ledger.AccountID `json:"account"`
		Sequence int64            `json:"sequence"`
	}
	if err := json.Unmarshal([]byte(object.Data[ledger.PartHead]), &head); err != nil {
		return err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if before := c.made[head.Account]; before > 0 && head.Sequence > before+1 {
		return fmt.Errorf("account %s goes from commit %d to %d", head.Account, before, head.Sequence)
	}
	c.made[head.Account] = head.Sequence
	mark := fmt.Sprintf(`"sequence":%d,`, head.Sequence)
	for line := range strings.Lines(object.Data[ledger.PartOpen]) {
		if !strings.Contains(line, mark) {
			continue
		}
		var transaction ledger.Transaction
		if err := json.Unmarshal([]byte(line), &transaction); err != nil {
			return err
		}
		if transaction.Sequence == head.Sequence && !c.transactions[transaction.ID] {
			c.keep(head.Account, &transaction)
		}
	}
	return nil
}

func (c *commits) keep(account ledger.AccountID, transaction *ledger.Transaction) {
	c.transactions[transaction.ID] = true
	for _, record := range usage.RecordsOf(account, transaction) {
		c.records[record.ID] = hashOf(record)
		if record.Kind == usage.Denial {
			c.denials++
		}
	}
}

// hashOf is that of what a record says. What is refused again under the same id is recorded as it was first.
func hashOf(record usage.Record) [sha256.Size]byte {
	record.Position = 0
	text, _ := json.Marshal(record) // it is of plain values
	return sha256.Sum256(text)
}

// count is how many transactions were committed.
func (c *commits) count() (int, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return len(c.transactions), c.failure
}
