package server

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
)

func TestPanicIsAnsweredAndLogged(t *testing.T) {
	w := newWorld(t)
	w.inner = http.HandlerFunc(func(http.ResponseWriter, *http.Request) { panic("a defect") })
	answer := w.do(call{method: "GET", target: anyGet.target, header: map[string]string{"X-Request-Id": "r1"}})
	wantProblem(t, answer, http.StatusInternalServerError,
		`{"error":"the request failed on the server's side; its log has the request id r1","reason":"InternalError"}`)
	log := w.log.all()
	for _, want := range []string{"panic: a defect", "recover_test.go", `"id"="r1"`, `"operation"="listPublicKeys"`, `"status"=500`} {
		if !strings.Contains(log, want) {
			t.Errorf("the log has no %s", want)
		}
	}
	if !slices.Contains(w.observer.events, "panicked listPublicKeys") || !slices.Contains(w.observer.events, "served listPublicKeys v1.1 500 0s") {
		t.Errorf("got %v", w.observer.events)
	}
}

func TestHalfAnAnswerIsNotPassedOffAsOne(t *testing.T) {
	w := newWorld(t)
	w.inner = http.HandlerFunc(func(answer http.ResponseWriter, _ *http.Request) { fmt.Fprint(answer, `{"a":`); panic("a defect") })
	defer func() {
		if got := fmt.Sprint(recover()); got != http.ErrAbortHandler.Error() {
			t.Errorf("got %v, want the connection cut", got)
		}
		if !strings.Contains(w.log.all(), `"msg"="Request"`) {
			t.Error("the request is not logged")
		}
	}()
	w.do(anyGet)
}

func TestConnectionMayBeCutOnPurpose(t *testing.T) {
	w := newWorld(t)
	w.inner = http.HandlerFunc(func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) })
	defer func() {
		if got := fmt.Sprint(recover()); got != http.ErrAbortHandler.Error() || slices.Contains(w.observer.events, "panicked listPublicKeys") {
			t.Errorf("got %v, %v", got, w.observer.events)
		}
	}()
	w.do(anyGet)
}
