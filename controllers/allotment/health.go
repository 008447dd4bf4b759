package allotment

import (
	"errors"

	"github.com/licensing-operator/licensing-operator/internal/ledger"
)

// Health is what became of asking the ledger.
type Health int

// The states of the ledger in a pass. Halted is not healed by waiting.
const (
	Open Health = iota
	Unavailable
	Halted
)

// HealthAfter tells what an error says of the ledger. Every other error is returned as it is.
func HealthAfter(err error) (Health, error) {
	var halted *ledger.HaltedError
	switch {
	case err == nil:
		return Open, nil
	case errors.As(err, &halted):
		return Halted, nil
	case errors.Is(err, ledger.ErrUnavailable):
		return Unavailable, nil
	}
	return Open, err
}
