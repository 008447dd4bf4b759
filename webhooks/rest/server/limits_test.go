package server

import (
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func serve1(handler http.Handler, c call) *httptest.ResponseRecorder {
	answer := httptest.NewRecorder()
	handler.ServeHTTP(answer, c.request())
	return answer
}

var anyGet = call{method: "GET", target: "/provisioning/api/v1.1/public-keys"}

func by(token string) call {
	return call{method: "GET", target: anyGet.target, header: map[string]string{"Authorization": "Bearer " + token}}
}

func TestNoMoreThanTheMostAreInFlight(t *testing.T) {
	w := newWorld(t)
	w.options.MaxInFlight = 4
	entered, leave := make(chan struct{}), make(chan struct{})
	handler := Handler(w.options, http.HandlerFunc(func(http.ResponseWriter, *http.Request) { entered <- struct{}{}; <-leave }))
	left := make(chan int)
	take := func(token string) {
		go func() { left <- serve1(handler, by(token)).Code }()
		<-entered
	}
	take("good-1")
	second := serve1(handler, by("good-1"))
	wantProblem(t, second, http.StatusTooManyRequests, `{"error":"the server is working on 1 requests of this caller, and takes no more at once","reason":"TooManyRequests"}`)
	for _, token := range []string{"good-2", "good-3", "good-4"} {
		take(token)
	}
	fifth := serve1(handler, by("good-5"))
	wantProblem(t, fifth, http.StatusServiceUnavailable, `{"error":"the server is working on 4 requests, and takes no more at once","reason":"Unavailable"}`)
	for _, refused := range []*httptest.ResponseRecorder{second, fifth} {
		if got := refused.Header().Get("Retry-After"); got != "1" {
			t.Errorf("Retry-After: got %q", got)
		}
	}
	close(leave)
	for range 4 {
		if code := <-left; code != http.StatusOK {
			t.Errorf("got %d for one that was taken", code)
		}
	}
	go func() { <-entered }()
	if code := serve1(handler, by("good-1")).Code; code != http.StatusOK {
		t.Errorf("got %d although there is room again", code)
	}
}

func TestEachCallerHasARateOfItsOwn(t *testing.T) {
	w := newWorld(t)
	w.options.CallerLimit = Limit{RequestsPerSecond: 0.5, Burst: 2}
	handler := Handler(w.options, w.inner)
	as := func(token, namespace string) call {
		return call{method: "GET", target: "/namespaces/" + namespace + anyGet.target, header: map[string]string{"Authorization": "Bearer " + token}}
	}
	var got []int
	for range 3 {
		got = append(got, serve1(handler, as("good-1", "a")).Code)
	}
	got = append(got, serve1(handler, as("good-2", "a")).Code, serve1(handler, as("good-1", "b")).Code)
	w.clock.Step(time.Second)
	refused := serve1(handler, as("good-1", "a"))
	got = append(got, refused.Code)
	if after := refused.Header().Get("Retry-After"); after != "1" {
		t.Errorf("Retry-After: got %q, want the second that is left", after)
	}
	w.clock.Step(time.Second)
	got = append(got, serve1(handler, as("good-1", "a")).Code)
	if diff := cmp.Diff([]int{200, 200, 429, 200, 200, 429, 200}, got); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
	wantProblem(t, refused, http.StatusTooManyRequests, `{"error":"more than 0.5 requests a second, after a burst of 2: wait as long as Retry-After says","reason":"TooManyRequests"}`)
}

func TestWithoutARateThereIsNoLimit(t *testing.T) {
	w := newWorld(t)
	handler := Handler(w.options, w.inner)
	for range 100 {
		if code := serve1(handler, anyGet).Code; code != http.StatusOK {
			t.Fatalf("got %d", code)
		}
	}
}

func TestCallersAreForgottenBeforeTheyFillTheMemory(t *testing.T) {
	w := newWorld(t)
	limited := newLimiter(Limit{RequestsPerSecond: 1, Burst: 1}, w.clock)
	for i := range mostLimited + 10 {
		limited.take(fmt.Sprint(i))
	}
	if got := limited.buckets.Len(); got != mostLimited {
		t.Errorf("got %d buckets, want %d", got, mostLimited)
	}
}

func TestTokensCannotBeTriedOutFast(t *testing.T) {
	w := newWorld(t)
	w.options.FailureLimit = Limit{RequestsPerSecond: 1, Burst: 2}
	handler := Handler(w.options, w.inner)
	from := func(address, token string) int {
		request := call{method: "GET", target: anyGet.target, header: map[string]string{
			"Authorization": "Bearer " + token, "X-Forwarded-For": "203.0.113.9",
		}}.request()
		request.RemoteAddr = address
		answer := httptest.NewRecorder()
		handler.ServeHTTP(answer, request)
		return answer.Code
	}
	check := func(step string, got, want int) {
		t.Helper()
		if got != want {
			t.Errorf("%s: got %d, want %d", step, got, want)
		}
	}
	check("a good token", from("192.0.2.7:1", "good-1"), 200)
	check("a wrong one", from("192.0.2.7:2", "bad"), 401)
	check("another", from("192.0.2.7:3", "bad2"), 401)
	check("one too many", from("192.0.2.7:4", "bad3"), 429)
	check("a good one that nobody has seen, too", from("192.0.2.7:5", "good-2"), 429)
	check("but not one that was good before", from("192.0.2.7:6", "good-1"), 200)
	check("and not another address", from("192.0.2.8:1", "bad"), 401)
	w.clock.Step(time.Second)
	check("a second later", from("192.0.2.7:7", "good-2"), 200)
	check("and one wrong one", from("192.0.2.7:8", "bad4"), 401)
	w.clock.Step(provenFor)
	for range 3 {
		from("192.0.2.7:9", "bad5")
	}
	check("what was good long ago", from("192.0.2.7:10", "good-1"), 429)
}

func TestHooksRefuse(t *testing.T) {
	tests := map[string]struct {
		err    error
		status int
		header map[string]string
		want   string
	}{
		"with a challenge": {
			&Refusal{Status: 401, Reason: "TokenExpired", Problems: []string{"the token has expired"}, Challenge: `Bearer error="invalid_token"`},
			401, map[string]string{"WWW-Authenticate": `Bearer error="invalid_token"`}, `{"error":"the token has expired","reason":"TokenExpired"}`,
		},
		"with the usual challenge": {
			&Refusal{Status: 401, Reason: ReasonUnauthenticated, Problems: []string{"no token"}},
			401, map[string]string{"WWW-Authenticate": "Bearer"}, `{"error":"no token","reason":"Unauthenticated"}`,
		},
		"because they do not know now": {
			errors.New("connection refused"), 503, map[string]string{"Retry-After": "1"},
			`{"error":"it cannot be found out now whether this is allowed","reason":"Unavailable"}`,
		},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			for _, place := range []string{"authentication", "authorization"} {
				w := newWorld(t)
				if place == "authentication" {
					w.options.Authenticate = func(*http.Request) (*http.Request, string, error) { return nil, "", test.err }
				} else {
					w.options.Authorize = func(*http.Request) (*http.Request, error) { return nil, test.err }
				}
				answer := w.do(anyGet)
				wantProblem(t, answer, test.status, test.want)
				for name, value := range test.header {
					if got := answer.Header().Get(name); got != value {
						t.Errorf("%s: %s: got %q, want %q", place, name, got, value)
					}
				}
			}
		})
	}
}
