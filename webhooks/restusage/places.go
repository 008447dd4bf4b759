package restusage

import (
	"context"
	"fmt"
	"net/http"
	"sync"
	"time"

	"github.com/licensing-operator/licensing-operator/webhooks/rest/server"
)

// limits are how many calls are possible at once.
type limits struct {
	what, state        string
	inAll, ofOneCaller int
}

var (
	// Each export takes some memory for as long as its client likes.
	exportLimits = limits{"exports", "are under way", 8, 2}
	// Each aggregation takes some tens of megabytes, and a connection to the store: one is left to those who read records.
	aggregationLimits = limits{"aggregations", "are under way", 3, 2}
	// A page asks for several figures at once, which wait for each other.
	lineLimits = limits{"aggregations", "are under way or wait", 48, 12}
)

// places are those of calls of one kind. The zero value has all of them free.
type places struct {
	mu    sync.Mutex
	taken int
	of    map[string]int
	// left is closed when a place becomes free.
	left chan struct{}
}

// take takes a place for a caller, or says why there is none.
func (p *places) take(l limits, caller string) *server.Refusal {
	refused, _ := p.try(l, caller)
	return refused
}

// await takes a place as soon as there is one, or says in the end why there is none.
func (p *places) await(ctx context.Context, l limits, caller string, patience time.Duration) *server.Refusal {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	for {
		refused, left := p.try(l, caller)
		if refused == nil {
			return nil
		}
		select {
		case <-left:
		case <-ctx.Done():
			return refused
		}
	}
}

// try gives what is closed when it is worth to try again.
func (p *places) try(l limits, caller string) (refused *server.Refusal, left <-chan struct{}) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.left == nil {
		p.of, p.left = map[string]int{}, make(chan struct{})
	}
	switch {
	case p.of[caller] >= l.ofOneCaller:
		return &server.Refusal{
			Status: http.StatusTooManyRequests, Reason: server.ReasonTooManyRequests, RetryAfter: time.Second,
			Problems: []string{fmt.Sprintf("%d %s of this caller %s, and no more are possible at once", l.ofOneCaller, l.what, l.state)},
		}, p.left
	case p.taken >= l.inAll:
		return &server.Refusal{
			Status: http.StatusServiceUnavailable, Reason: server.ReasonUnavailable, RetryAfter: time.Second,
			Problems: []string{fmt.Sprintf("%d %s %s, and no more are possible at once", l.inAll, l.what, l.state)},
		}, p.left
	}
	p.of[caller]++
	p.taken++
	return nil, nil
}

func (p *places) leave(caller string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.taken--
	if p.of[caller]--; p.of[caller] == 0 {
		delete(p.of, caller)
	}
	close(p.left)
	p.left = make(chan struct{})
}
