package attack

import (
	"bufio"
	"bytes"
	"cmp"
	"fmt"
	"io"
	"net/http"
	"strings"
)

// Message is a request as text, which may be none.
type Message struct {
	Method, Target string
	// Header has lines, without their ends.
	Header []string
	Body   []byte
	// Chunked sends the body without saying how long it is.
	Chunked bool
	// Announced is a length that is told and not kept; zero tells that of the body.
	Announced int
}

func (m Message) String() string {
	const shown, shownOfLine = 3000, 160
	var header strings.Builder
	for _, line := range m.Header {
		fmt.Fprintf(&header, "%.*s\n", shownOfLine, line)
	}
	text := fmt.Sprintf("%s %s\n%s\n%s", m.Method, m.Target, header.String(), m.Body)
	if len(text) > shown {
		return fmt.Sprintf("%s… (%d bytes)", text[:shown], len(text))
	}
	return text
}

// With adds lines to the header.
func (m Message) With(header ...string) Message {
	m.Header = append(m.Header[:len(m.Header):len(m.Header)], header...)
	return m
}

// JSON gives it a body, and says what the body is.
func (m Message) JSON(body []byte) Message {
	m.Body = body
	return m.With("Content-Type: application/json")
}

// InChunks does not say before how long the body is.
func (m Message) InChunks() Message { m.Chunked = true; return m }

// At replaces texts by others, which are given in pairs.
func (m Message) At(pairs ...string) Message {
	replacer := strings.NewReplacer(pairs...)
	m.Target, m.Body = replacer.Replace(m.Target), []byte(replacer.Replace(string(m.Body)))
	return m
}

// head is everything before the body, but for the lines that say how long it is.
func (m Message) head() string {
	return m.Method + " " + m.Target + " HTTP/1.1\r\nHost: licensing.example\r\n" + strings.Join(append(m.Header[:len(m.Header):len(m.Header)], ""), "\r\n")
}

// Wire is all of it.
func (m Message) Wire() []byte {
	var text bytes.Buffer
	text.WriteString(m.head())
	if !m.Chunked {
		fmt.Fprintf(&text, "Content-Length: %d\r\n\r\n%s", cmp.Or(m.Announced, len(m.Body)), m.Body)
		return text.Bytes()
	}
	text.WriteString("Transfer-Encoding: chunked\r\n\r\n")
	if len(m.Body) > 0 {
		fmt.Fprintf(&text, "%x\r\n%s\r\n", len(m.Body), m.Body)
	}
	text.WriteString("0\r\n\r\n")
	return text.Bytes()
}

// Parse reads the head as the server does. What it cannot read never comes to the handlers.
func (m Message) Parse() (*http.Request, error) {
	request, err := http.ReadRequest(bufio.NewReader(strings.NewReader(m.head() + "\r\n")))
	if err != nil {
		return nil, err
	}
	request.Body, request.ContentLength = io.NopCloser(bytes.NewReader(m.Body)), int64(len(m.Body))
	if m.Chunked {
		request.ContentLength = -1
	}
	request.RemoteAddr = "192.0.2.1:1234"
	return request, nil
}
