package cluster

import (
	"context"
	"slices"
	"sync"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/watch"
	typedcorev1 "k8s.io/client-go/kubernetes/typed/core/v1"
	"k8s.io/client-go/tools/cache"
	toolswatch "k8s.io/client-go/tools/watch"

	"github.com/licensing-operator/licensing-operator/api/v1alpha1"
	"github.com/licensing-operator/licensing-operator/internal/kubestore"
	"github.com/licensing-operator/licensing-operator/internal/ledger"
)

// History keeps every commit of every account, as the API server reports them. A test thereby sees also what no reader
// happened to look at: a balance that was wrong for one commit. It is safe for concurrent use.
type History struct {
	mu      sync.Mutex
	commits map[ledger.AccountID][]*ledger.Account
	// broken are accounts that somebody else wrote to, with what was wrong then.
	broken map[ledger.AccountID]string
}

// WatchAccounts gives every change of an account from now on, however often the API server ends the watch.
func WatchAccounts(ctx context.Context, accounts typedcorev1.ConfigMapInterface) (watch.Interface, error) {
	options := metav1.ListOptions{LabelSelector: v1alpha1.AccountLabel + "=true"}
	list, err := accounts.List(ctx, options)
	if err != nil {
		return nil, err
	}
	return toolswatch.NewRetryWatcherWithContext(ctx, list.ResourceVersion, &cache.ListWatch{
		WatchFuncWithContext: func(ctx context.Context, o metav1.ListOptions) (watch.Interface, error) {
			o.LabelSelector = options.LabelSelector
			return accounts.Watch(ctx, o)
		},
	})
}

func watchHistory(ctx context.Context, accounts typedcorev1.ConfigMapInterface) (*History, error) {
	watcher, err := WatchAccounts(ctx, accounts)
	if err != nil {
		return nil, err
	}
	h := &History{commits: map[ledger.AccountID][]*ledger.Account{}, broken: map[ledger.AccountID]string{}}
	go func() {
		for event := range watcher.ResultChan() {
			h.take(event)
		}
	}()
	return h, nil
}

func (h *History) take(event watch.Event) {
	object, ok := event.Object.(*corev1.ConfigMap)
	if !ok {
		return
	}
	id, _ := kubestore.AccountOf(object)
	if event.Type == watch.Deleted {
		return
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	commits := h.commits[id]
	account, err := ledger.Decode(object.Data)
	switch {
	case err != nil:
		h.broken[id] = err.Error()
	case len(commits) > 0 && commits[len(commits)-1].Hash == account.Hash: // put back as it was
	default:
		h.commits[id] = append(commits, account)
	}
}

// Commits are those of the account so far, oldest first. Broken says what was wrong when somebody else than the ledger
// wrote the account.
func (h *History) Commits(id ledger.AccountID) (commits []*ledger.Account, broken string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	return slices.Clone(h.commits[id]), h.broken[id]
}

// last is the newest commit that was seen.
func (h *History) last(id ledger.AccountID) int64 {
	h.mu.Lock()
	defer h.mu.Unlock()
	commits := h.commits[id]
	if len(commits) == 0 {
		return 0
	}
	return commits[len(commits)-1].Sequence
}

// transactions are those that the commits made, each once, in order: each is open in the commit that makes it.
func transactions(commits []*ledger.Account) (made []*ledger.Transaction) {
	known := map[string]bool{}
	for _, commit := range commits {
		for _, transaction := range commit.Open {
			if transaction.Sequence == commit.Sequence && !known[transaction.ID] {
				known[transaction.ID] = true
				made = append(made, transaction)
			}
		}
	}
	return made
}

// Transactions are all that were ever committed to the account, in order.
func (h *History) Transactions(id ledger.AccountID) []*ledger.Transaction {
	commits, _ := h.Commits(id)
	return transactions(commits)
}
