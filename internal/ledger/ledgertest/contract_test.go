package ledgertest

import "testing"

func TestMemoryFulfillsTheStoreContract(t *testing.T) {
	RunStoreContract(t, func(*testing.T) Harness { return NewMemory() })
}
