package usage

import (
	"sync"

	"github.com/licensing-operator/licensing-operator/internal/licensing"
)

// answers are what clients were told, by the id that they were told. They are safe for concurrent use.
type answers struct {
	mu sync.Mutex
	// charged are the tokens of what was granted; units are those that were given or consumed; refused is how many items
	// were refused.
	charged map[string]licensing.Tokens
	units   map[string]bool
	refused map[string]int
	// nameless are refusals whose answer has no id.
	nameless int
}

func newAnswers() *answers {
	return &answers{charged: map[string]licensing.Tokens{}, units: map[string]bool{}, refused: map[string]int{}}
}

func (a *answers) access(id string, charged licensing.Tokens, granted bool, refused int) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if granted {
		a.charged[id] = charged
	}
	if refused > 0 {
		a.refused[id] = refused
	}
}

// unit takes the answer to what is given or consumed; one without an id is a refusal.
func (a *answers) unit(id *string) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if id == nil {
		a.nameless++
		return
	}
	a.units[*id] = true
}
