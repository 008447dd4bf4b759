package restfuzz

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/go-logr/logr"
	"k8s.io/utils/clock"

	"github.com/licensing-operator/licensing-operator/webhooks/rest/server"
)

// serve runs the real server until the test ends, and gives its address.
func serve(t *testing.T) string {
	t.Helper()
	serving := server.New(server.Serving{BindAddress: "127.0.0.1:0", Clock: clock.RealClock{}, Log: logr.Discard()}, system.handler)
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- serving.Start(ctx) }()
	t.Cleanup(func() {
		cancel()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	})
	for serving.Address() == nil {
		<-time.After(time.Millisecond)
	}
	return serving.Address().String()
}

// talk writes the text as it is and reads what is answered, until the server closes or has answered as often as given.
func talk(t *testing.T, address, text string, answers int) (statuses []int) {
	t.Helper()
	connection, err := net.Dial("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = connection.Close() }()
	_ = connection.SetDeadline(time.Now().Add(time.Minute))
	go func() { _, _ = io.WriteString(connection, text) }() // the server may close before it has read everything
	reader := bufio.NewReader(connection)
	for range answers {
		response, err := http.ReadResponse(reader, nil)
		if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) || err != nil && strings.Contains(err.Error(), "reset") {
			return statuses
		}
		if err != nil {
			t.Fatalf("%v\n%.500s", err, text)
		}
		_, err = io.Copy(io.Discard, response.Body)
		_ = response.Body.Close()
		if err != nil {
			t.Fatal(err)
		}
		statuses = append(statuses, response.StatusCode)
	}
	return statuses
}

// TestRequestsOnTheWire sends what only a socket can.
func TestRequestsOnTheWire(t *testing.T) {
	w, address := newWorld(t), serve(t)
	token := "Authorization: Bearer " + w.names["admin"] + "\r\n"
	beat := "GET /namespaces/" + w.names["tenant"] + "/api/v1.1/sessions/" + w.names["session"]
	read := beat + " HTTP/1.1\r\nHost: x\r\n" + token + "\r\n"
	claim := "POST /namespaces/" + w.names["tenant"] + "/elastic/api/v1.1/instances/" + w.names["instance"] + "/access-request HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n" + token
	body := `{"requester":{"type":"user","value":"Lisa"},"requestedItems":[{"item":"Seat","count":1}]}`
	length := fmt.Sprintf("Content-Length: %d\r\n", len(body))
	inChunks := fmt.Sprintf("%x\r\n%s\r\n0\r\n\r\n", len(body), body)
	for name, test := range map[string]struct {
		text string
		want []int
	}{
		"as usual":                          {read, []int{200}},
		"ten in a row":                      {strings.Repeat(read, 10), []int{200, 200, 200, 200, 200, 200, 200, 200, 200, 200}},
		"with a body nobody asked for":      {beat + " HTTP/1.1\r\nHost: x\r\n" + token + "Content-Length: 4\r\n\r\nxxxx" + read, []int{200, 200}},
		"in chunks":                         {claim + "Transfer-Encoding: chunked\r\n\r\n" + inChunks + read, []int{200, 200}},
		"with two lengths":                  {claim + length + "Content-Length: 1\r\n\r\n" + body, []int{400}},
		"with a length and in chunks":       {claim + "Content-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n" + inChunks, []int{200}},
		"in chunks, under another name":     {claim + "Transfer-Encoding: xchunked\r\n\r\n" + inChunks, []int{501}},
		"in chunks, twice":                  {claim + "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n" + inChunks, []int{501}},
		"with a negative length":            {claim + "Content-Length: -1\r\n\r\n" + body, []int{400}},
		"with a bad chunk":                  {claim + "Transfer-Encoding: chunked\r\n\r\nzz\r\n" + body, []int{400}},
		"too large, told before":            {claim + "Content-Length: 100000000\r\n\r\n", []int{413}},
		"too large, and asks first":         {claim + "Expect: 100-continue\r\nContent-Length: 100000000\r\n\r\n", []int{413}},
		"with another expectation":          {claim + "Expect: a-miracle\r\n" + length + "\r\n" + body, []int{417}},
		"without a host":                    {beat + " HTTP/1.1\r\n" + token + "\r\n", []int{400}},
		"with two hosts":                    {beat + " HTTP/1.1\r\nHost: x\r\nHost: y\r\n" + token + "\r\n", []int{400}},
		"in HTTP/1.0":                       {beat + " HTTP/1.0\r\n" + token + "\r\n", []int{200}},
		"in HTTP/0.9":                       {beat + "\r\n", []int{400}},
		"in HTTP/2 without asking":          {"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", []int{404}},
		"to a proxy":                        {strings.Replace(read, "GET /", "GET http://elsewhere.example/", 1), []int{200}},
		"to a tunnel":                       {"CONNECT elsewhere.example:443 HTTP/1.1\r\nHost: elsewhere.example:443\r\n" + token + "\r\n", []int{404}},
		"about everything":                  {"OPTIONS * HTTP/1.1\r\nHost: x\r\n\r\n", []int{404}},
		"with a folded header":              {beat + " HTTP/1.1\r\nHost: x\r\nX-A: b\r\n c\r\n" + token + "\r\n", []int{200}},
		"with a space before the colon":     {beat + " HTTP/1.1\r\nHost : x\r\n" + token + "\r\n", []int{400}},
		"with a NUL in a header":            {beat + " HTTP/1.1\r\nHost: x\r\nX-A: \x00\r\n" + token + "\r\n", []int{400}},
		"with 100 KB of headers":            {beat + " HTTP/1.1\r\nHost: x\r\n" + strings.Repeat("X-A: "+strings.Repeat("a", 1000)+"\r\n", 100) + token + "\r\n", []int{431}},
		"with a token of 20 KB":             {beat + " HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer " + strings.Repeat("a", 20_000) + "\r\n\r\n", []int{401}},
		"with two tokens":                   {beat + " HTTP/1.1\r\nHost: x\r\n" + token + token + "\r\n", []int{401}},
		"with an upgrade":                   {beat + " HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n" + token + "\r\n", []int{200}},
		"no HTTP":                           {"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n", []int{400}},
		"with a body that does not come":    {claim + length + "\r\n" + body[:10], nil},
		"with a line that does not come":    {beat, nil},
		"with another request in its chunk": {claim + "Transfer-Encoding: chunked\r\n\r\n" + fmt.Sprintf("%x\r\n%s\r\n0\r\n\r\n", len(read), read), []int{400}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if test.want == nil {
				hangUp(t, address, test.text)
				return
			}
			if got := talk(t, address, test.text, len(test.want)); fmt.Sprint(got) != fmt.Sprint(test.want) {
				t.Errorf("got %d, want %d", got, test.want)
			}
		})
	}
}

// hangUp closes the connection in the middle of a request.
func hangUp(t *testing.T, address, text string) {
	t.Helper()
	connection, err := net.Dial("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	_, err = io.WriteString(connection, text)
	if err := errors.Join(err, connection.Close()); err != nil {
		t.Fatal(err)
	}
}

// TestSlowRequestsDoNotKeepOthersOut holds connections whose heads do not come. The server takes others meanwhile, and
// closes those after a while.
func TestSlowRequestsDoNotKeepOthersOut(t *testing.T) {
	w, address := newWorld(t), serve(t)
	const slow = 500
	var connections []net.Conn
	for range slow {
		connection, err := net.Dial("tcp", address)
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = connection.Close() }()
		if _, err := io.WriteString(connection, "GET /docs HTTP/1.1\r\nHost: x\r\nX-A: "); err != nil {
			t.Fatal(err)
		}
		connections = append(connections, connection)
	}
	text := "GET /namespaces/" + w.names["tenant"] + "/api/v1.1/sessions/" + w.names["session"] + " HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer " + w.names["admin"] + "\r\n\r\n"
	if got := talk(t, address, text, 1); len(got) != 1 || got[0] != http.StatusOK {
		t.Errorf("another one got %d", got)
	}
	for _, connection := range connections {
		_ = connection.SetDeadline(time.Now().Add(time.Minute))
		if _, err := io.ReadAll(connection); err != nil && !strings.Contains(err.Error(), "reset") {
			t.Fatalf("it was not closed: %v", err)
		}
	}
}
