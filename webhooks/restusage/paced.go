package restusage

import (
	"errors"
	"net/http"
	"sync"
	"time"

	"k8s.io/utils/clock"
)

// A client has this long to take so much of an answer. The server's own timeout is for answers as a whole.
const (
	paceTime  = 30 * time.Second
	paceBytes = 64 << 10
)

var errBrokenOff = errors.New("the server is stopping")

// paced writes an answer that may go on for as long as the client takes it.
type paced struct {
	to         http.ResponseWriter
	controller *http.ResponseController
	clock      clock.PassiveClock

	mu     sync.Mutex
	broken bool
}

func newPaced(w http.ResponseWriter, clock clock.PassiveClock) *paced {
	p := &paced{to: w, controller: http.NewResponseController(w), clock: clock}
	// The request was read. What the connection is read for from now on is whether the client is still there.
	_ = p.controller.SetReadDeadline(time.Time{})
	return p
}

// Write implements io.Writer. What it has written is sent.
func (p *paced) Write(content []byte) (written int, err error) {
	for len(content) > 0 && err == nil {
		part := content[:min(len(content), paceBytes)]
		content = content[len(part):]
		if err = p.extend(); err != nil {
			break
		}
		var n int
		if n, err = p.to.Write(part); err == nil {
			err = flushed(p.controller.Flush())
		}
		written += n
	}
	return written, err
}

// extend gives the client time for the next part.
func (p *paced) extend() error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.broken {
		return errBrokenOff
	}
	return flushed(p.controller.SetWriteDeadline(p.clock.Now().Add(paceTime)))
}

// breakOff fails the write that is under way, and all that follow.
func (p *paced) breakOff() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.broken = true
	_ = p.controller.SetWriteDeadline(p.clock.Now())
}

// flushed ignores that a writer, which is none of a connection, has no such method.
func flushed(err error) error {
	if errors.Is(err, http.ErrNotSupported) {
		return nil
	}
	return err
}
