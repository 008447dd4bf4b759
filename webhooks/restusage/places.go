package restusage

import (
	"fmt"
	"net/http"
	"sync"
	"time"

	"github.com/licensing-operator/licensing-operator/webhooks/rest/server"
)

// Each export takes some memory for as long as its client likes.
const (
	mostExports         = 8
	mostExportsOfCaller = 2
)

// places are those of exports. The zero value has all of them free.
type places struct {
	mu    sync.Mutex
	taken int
	of    map[string]int
}

// take takes a place for a caller, or says why there is none.
func (p *places) take(caller string) *server.Refusal {
	p.mu.Lock()
	defer p.mu.Unlock()
	switch {
	case p.of[caller] >= mostExportsOfCaller:
		return &server.Refusal{
			Status: http.StatusTooManyRequests, Reason: server.ReasonTooManyRequests, RetryAfter: time.Second,
			Problems: []string{fmt.Sprintf("%d exports of this caller are under way, and no more are possible at once", mostExportsOfCaller)},
		}
	case p.taken >= mostExports:
		return &server.Refusal{
			Status: http.StatusServiceUnavailable, Reason: server.ReasonUnavailable, RetryAfter: time.Second,
			Problems: []string{fmt.Sprintf("%d exports are under way, and no more are possible at once", mostExports)},
		}
	}
	if p.of == nil {
		p.of = map[string]int{}
	}
	p.of[caller]++
	p.taken++
	return nil
}

func (p *places) leave(caller string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.taken--
	if p.of[caller]--; p.of[caller] == 0 {
		delete(p.of, caller)
	}
}
