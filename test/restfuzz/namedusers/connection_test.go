package namedusers

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"strings"
	"time"

	"github.com/licensing-operator/licensing-operator/test/restfuzz/attack"
)

// patience is for what is never answered. Slow answers are right ones.
const patience = 2 * time.Minute

// connection sends requests as they are, one after the other.
type connection struct {
	socket net.Conn
	reader *bufio.Reader
	sent   int
}

// sentOver is how many requests go over a connection. Keys that are wrong too often keep their address out, so that no
// address may send many of them.
const sentOver = 50

func (c *connection) open() error {
	if c.socket != nil && c.sent < sentOver {
		return nil
	}
	c.close()
	// Where loopback has one address only, the others are not to be had.
	from := &net.TCPAddr{IP: net.IPv4(127, byte(1+rand.N(250)), byte(rand.N(250)), byte(1+rand.N(250)))} //nolint:gosec // small
	target := strings.TrimPrefix(vendor.BaseURLs[0], "http://")
	socket, err := (&net.Dialer{LocalAddr: from}).Dial("tcp", target)
	if err != nil {
		socket, err = net.Dial("tcp", target)
	}
	if err != nil {
		return err
	}
	c.socket, c.reader, c.sent = socket, bufio.NewReader(socket), 0
	return socket.SetDeadline(time.Now().Add(patience))
}

func (c *connection) close() {
	if c.socket != nil {
		_ = c.socket.Close() // everything was read
		c.socket = nil
	}
}

// send gives what was answered. The server may answer and close before it has read everything.
func (c *connection) send(m attack.Message) (attack.Answer, error) {
	if err := c.open(); err != nil {
		return attack.Answer{}, err
	}
	c.sent++
	written := make(chan error, 1)
	go func(to io.Writer) {
		_, err := to.Write(m.Wire())
		written <- err
	}(c.socket)
	answer, last, err := c.receive(m.Method)
	if err != nil {
		c.close()
		return answer, fmt.Errorf("%w; the request: %w", err, errors.Join(<-written))
	}
	if last {
		c.close()
	}
	if err := <-written; err != nil && !last {
		c.close()
	}
	return answer, nil
}

func (c *connection) receive(method string) (answer attack.Answer, last bool, err error) {
	response, err := http.ReadResponse(c.reader, &http.Request{Method: method})
	if err != nil {
		return answer, true, fmt.Errorf("there is no answer: %w", err)
	}
	defer response.Body.Close()
	answer.Status, answer.Header = response.StatusCode, response.Header
	if answer.Text, err = io.ReadAll(response.Body); err != nil {
		return answer, true, fmt.Errorf("half of an answer: %w", err)
	}
	return answer, response.Close, nil
}
