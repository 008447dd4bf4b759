package restfuzz

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"time"
)

// message is a request as text, which may be none.
type message struct {
	method, target string
	// header has lines, without their ends.
	header []string
	body   []byte
	// chunked sends the body without saying how long it is.
	chunked bool
}

func (m message) String() string {
	const shown, shownOfLine = 3000, 160
	var header strings.Builder
	for _, line := range m.header {
		fmt.Fprintf(&header, "%.*s\n", shownOfLine, line)
	}
	text := fmt.Sprintf("%s %s\n%s\n%s", m.method, m.target, header.String(), m.body)
	if len(text) > shown {
		return fmt.Sprintf("%s… (%d bytes)", text[:shown], len(text))
	}
	return text
}

func (m message) with(header ...string) message {
	m.header = append(m.header[:len(m.header):len(m.header)], header...)
	return m
}

func (m message) json(body []byte) message {
	m.body = body
	return m.with("Content-Type: application/json")
}

// parse reads the head as the server does. What it cannot read never comes to the handlers.
func (m message) parse() (*http.Request, error) {
	head := m.method + " " + m.target + " HTTP/1.1\r\nHost: licensing.example\r\n" + strings.Join(m.header, "\r\n") + "\r\n\r\n"
	request, err := http.ReadRequest(bufio.NewReader(strings.NewReader(head)))
	if err != nil {
		return nil, err
	}
	request.Body, request.ContentLength = io.NopCloser(bytes.NewReader(m.body)), int64(len(m.body))
	if m.chunked {
		request.ContentLength = -1
	}
	request.RemoteAddr = "192.0.2.1:1234"
	return request, nil
}

// exchange is a request with what became of it.
type exchange struct {
	message
	request *http.Request

	status int
	answer http.Header
	text   []byte
	took   time.Duration
	// operation is what the chain took the request for; it has no described operation when it was for none.
	operation operation
	panicked  bool
	wrote     []string
}

func (e *exchange) String() string {
	text := fmt.Sprintf("--- request\n%s\n--- answer in %s\n%d %v\n%s", e.message, e.took, e.status, e.answer, e.text)
	if len(e.wrote) > 0 {
		text += "\n--- wrote\n" + strings.Join(e.wrote, "\n")
	}
	return text
}

// send makes the request. It gives nil for what is no request.
func (r *replica) send(m message) *exchange {
	request, err := m.parse()
	if err != nil {
		return nil
	}
	r.writes.take()
	r.observer.take()
	recorder := httptest.NewRecorder()
	began := time.Now()
	cut := r.serve(recorder, request)
	e := &exchange{
		message: m, request: request, status: recorder.Code, answer: recorder.Result().Header, text: recorder.Body.Bytes(),
		took: time.Since(began), wrote: r.writes.take(),
	}
	id, version, panicked := r.observer.take()
	e.operation, _ = operationOf(id, version)
	e.panicked = panicked || cut
	return e
}

// serve tells whether the handler cut the connection. Any other panic ends the test.
func (r *replica) serve(w http.ResponseWriter, request *http.Request) (cut bool) {
	defer func() {
		panicked := recover()
		if err, ok := panicked.(error); ok && errors.Is(err, http.ErrAbortHandler) {
			cut = true
		} else if panicked != nil {
			panic(panicked)
		}
	}()
	r.handler.ServeHTTP(w, request)
	return false
}
