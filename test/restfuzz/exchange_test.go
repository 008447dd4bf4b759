package restfuzz

import (
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"time"

	"github.com/licensing-operator/licensing-operator/test/restfuzz/attack"
)

// exchange is a request with what became of it.
type exchange struct {
	attack.Message
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
	text := fmt.Sprintf("--- request\n%s\n--- answer in %s\n%d %v\n%s", e.Message, e.took, e.status, e.answer, e.text)
	if len(e.wrote) > 0 {
		text += "\n--- wrote\n" + strings.Join(e.wrote, "\n")
	}
	return text
}

// send makes the request. It gives nil for what is no request.
func (r *replica) send(m attack.Message) *exchange {
	request, err := m.Parse()
	if err != nil {
		return nil
	}
	r.writes.take()
	r.observer.take()
	recorder := httptest.NewRecorder()
	began := time.Now()
	cut := r.serve(recorder, request)
	e := &exchange{
		Message: m, request: request, status: recorder.Code, answer: recorder.Result().Header, text: recorder.Body.Bytes(),
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
