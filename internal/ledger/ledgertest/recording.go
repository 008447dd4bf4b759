package ledgertest

import (
	"context"
	"sync"

	"github.com/licensing-operator/licensing-operator/internal/ledger"
)

// Recording is a ledger.Recorder that keeps the transactions, each once.
type Recording struct {
	mu           sync.Mutex
	transactions map[ledger.AccountID][]*ledger.Transaction
	known        map[string]bool
	deliveries   int
	failure      error
}

// NewRecording is an empty usage record.
func NewRecording() *Recording {
	return &Recording{transactions: map[ledger.AccountID][]*ledger.Transaction{}, known: map[string]bool{}}
}

// Record takes the transactions that are not known yet.
func (r *Recording) Record(_ context.Context, id ledger.AccountID, transactions []*ledger.Transaction) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.failure != nil {
		return r.failure
	}
	for _, transaction := range transactions {
		r.deliveries++
		if !r.known[transaction.ID] {
			r.known[transaction.ID] = true
			r.transactions[id] = append(r.transactions[id], transaction)
		}
	}
	return nil
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

// Deliveries counts the transactions that were handed over, repetitions included.
func (r *Recording) Deliveries() int {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.deliveries
}
