package sqlstore

import (
	"fmt"
	"math/big"

	"github.com/licensing-operator/licensing-operator/internal/licensing"
)

// amount is a sum, in whole tokens and micro-tokens of the same sign. It takes more summands than there will ever be: only
// who asks for it as Tokens may find that it is too large.
type amount struct{ whole, micros int64 }

func (a *amount) add(tokens licensing.Tokens) {
	a.whole += int64(tokens / licensing.Token)
	a.micros += int64(tokens % licensing.Token)
}

func (a *amount) merge(b amount) {
	a.whole += b.whole
	a.micros += b.micros
}

func (a amount) big() *big.Int {
	sum := new(big.Int).Mul(big.NewInt(a.whole), big.NewInt(int64(licensing.Token)))
	return sum.Add(sum, big.NewInt(a.micros))
}

func (a amount) tokens() (licensing.Tokens, error) {
	sum := a.big()
	if !sum.IsInt64() {
		return 0, refuse("a sum of %d tokens: %w", a.whole, licensing.ErrOverflow)
	}
	return licensing.Tokens(sum.Int64()), nil
}

// into sets tokens to the sum; the first error of several sums is kept.
func (a amount) into(tokens *licensing.Tokens, what string, err *error) {
	sum, overflow := a.tokens()
	if overflow != nil && *err == nil {
		*err = fmt.Errorf("%s: %w", what, overflow)
	}
	*tokens = sum
}
