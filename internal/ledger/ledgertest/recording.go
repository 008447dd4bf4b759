package ledgertest

import (
	"context"
	"encoding/json"
	"sync"

	"github.com/licensing-operator/licensing-operator/internal/ledger"
)

// Recording is a ledger.Recorder that keeps the transactions, each once.
type Recording struct {
	mu           sync.Mutex
	transactions map[ledger.AccountID][]*ledger.Transaction
	known        map[string]string
	deliveries   int
	contradicted []string
	failure      error
	// held is closed when recording need not wait any more; nil if it need not.
	held chan struct{}
}

// NewRecording is an empty usage record.
func NewRecording() *Recording {
	return &Recording{transactions: map[ledger.AccountID][]*ledger.Transaction{}, known: map[string]string{}}
}

// Record takes the transactions that are not known yet.
func (r *Recording) Record(ctx context.Context, id ledger.AccountID, transactions []*ledger.Transaction) error {
	if err := r.wait(ctx); err != nil {
		return err
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.failure != nil {
		return r.failure
	}
	for _, transaction := range transactions {
		r.deliveries++
		text, err := json.Marshal(transaction)
		if err != nil {
			return err
		}
		before, again := r.known[transaction.ID]
		switch {
		case !again:
			r.known[transaction.ID] = string(text)
			r.transactions[id] = append(r.transactions[id], transaction)
		case before != string(text) && !transaction.IsDenial(): // a denial that is repeated may have other figures
			r.contradicted = append(r.contradicted, transaction.ID)
		}
	}
	return nil
}

func (r *Recording) wait(ctx context.Context) error {
	r.mu.Lock()
	held := r.held
	r.mu.Unlock()
	if held == nil {
		return nil
	}
	select {
	case <-held:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// Hold has what is recorded wait for the release, as a slow store does.
func (r *Recording) Hold() (release func()) {
	held := make(chan struct{})
	r.mu.Lock()
	defer r.mu.Unlock()
	r.held = held
	return func() { close(held) }
}

// Fail makes recording fail with the error; nil makes it work again.
func (r *Recording) Fail(err error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.failure = err
}

// Transactions are what was recorded of an account, each transaction once.
func (r *Recording) Transactions(id ledger.AccountID) []*ledger.Transaction {
	r.mu.Lock()
	defer r.mu.Unlock()
	return append([]*ledger.Transaction(nil), r.transactions[id]...)
}

// Contradicted are the ids of transactions that were recorded twice, with other contents.
func (r *Recording) Contradicted() []string {
	r.mu.Lock()
	defer r.mu.Unlock()
	return append([]string(nil), r.contradicted...)
}

// Deliveries counts the transactions that were handed over, repetitions included.
func (r *Recording) Deliveries() int {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.deliveries
}
