package sqlstore

import "github.com/licensing-operator/licensing-operator/internal/licensing"

// amount is a sum as it is stored, in whole tokens and micro-tokens of the same sign. Only who asks for it as Tokens may find
// that it is too large.
type amount struct{ whole, micros int64 }

func (a *amount) add(tokens licensing.Tokens) {
	a.whole += int64(tokens / licensing.Token)
	a.micros += int64(tokens % licensing.Token)
}

func (a amount) sum() licensing.Sum { return licensing.SumOf(a.whole, a.micros) }

func (a amount) tokens() (licensing.Tokens, error) {
	tokens, err := a.sum().Tokens()
	if err != nil {
		return 0, refuse("%w", err)
	}
	return tokens, nil
}
