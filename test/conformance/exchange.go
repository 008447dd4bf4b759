package conformance

import (
	"bytes"
	"errors"
	"io"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/licensing-operator/licensing-operator/test/conformance/examination"
)

// adminToken and clientToken are made once for each purpose, as clients do that keep a token until it expires.
func (t *trial) adminToken() string { return t.run.token("", t.run.target.Admin.AdminToken) }

func (t *trial) clientToken(instances ...string) string {
	return t.run.token(strings.Join(instances, " "), func() string { return t.run.target.Client.ClientToken(instances...) })
}

func (r *runner) token(purpose string, mint func() string) string {
	r.mu.Lock()
	defer r.mu.Unlock()
	token, made := r.tokens[purpose]
	if !made {
		token = mint()
		r.tokens[purpose] = token
	}
	return token
}

// request is what a client sends.
type request struct {
	method, path string
	// token is the bearer token, instance the header x-instance-id.
	token, instance string
	body            string
	// header has further headers. An empty Content-Type sends none.
	header map[string]string
	// replica says which replica is asked; zero asks the next one.
	replica int
}

// answer is what came back.
type answer struct {
	examination.Answer
	// sent and received bound the server's time of the call, in POSIX milliseconds.
	sent, received int64
}

const (
	longestAnswer = 16 << 20
	// Throttled calls are waited out this often.
	maxThrottled = 20
)

// What a report shows of an exchange beside its bodies.
var (
	askedHeaders    = []string{"Content-Type", "X-Instance-Id", "Idempotency-Key"}
	answeredHeaders = []string{"Content-Type", "Location", "Allow", "Licensing-Next-Charge", "Licensing-Heartbeat-After", "Licensing-Heartbeat-By", "X-Request-Id"}
)

// do sends the request and checks what holds for every answer.
func (t *trial) do(r request) answer {
	a, err := t.try(r)
	if err != nil {
		t.Need(false, "%s %s is answered: %v; without that", r.method, r.path, err)
	}
	return a
}

// together does several requests at once, and gives the answers in the order of the requests.
func (t *trial) together(requests []request) []answer {
	answers, errs := make([]answer, len(requests)), make([]error, len(requests))
	var all sync.WaitGroup
	for i, r := range requests {
		all.Go(func() { answers[i], errs[i] = t.try(r) })
	}
	all.Wait()
	if err := errors.Join(errs...); err != nil {
		t.Need(false, "%d requests at once are answered: %v; without that", len(requests), err)
	}
	return answers
}

func (t *trial) try(r request) (answer, error) {
	for attempt := 0; ; attempt++ {
		a, err := t.send(r)
		if err != nil {
			return a, err
		}
		wait, throttled := a.RetryAfter()
		if !throttled || attempt == maxThrottled {
			t.inspect(r, a)
			return a, nil
		}
		t.run.throttled.Add(1)
		select {
		case <-time.After(wait):
		case <-t.ctx.Done():
			return a, t.ctx.Err()
		}
	}
}

func (t *trial) send(r request) (answer, error) {
	url := t.run.url(r.replica) + r.path
	httpRequest, err := http.NewRequestWithContext(t.ctx, r.method, url, strings.NewReader(r.body))
	if err != nil {
		return answer{}, err
	}
	if r.body != "" {
		httpRequest.Header.Set("Content-Type", "application/json")
	}
	if r.token != "" {
		httpRequest.Header.Set("Authorization", "Bearer "+r.token)
	}
	if r.instance != "" {
		httpRequest.Header.Set("x-instance-id", r.instance)
	}
	for name, value := range r.header {
		if value == "" {
			httpRequest.Header.Del(name)
		} else {
			httpRequest.Header.Set(name, value)
		}
	}
	a := answer{sent: t.now()}
	start := time.Now()
	defer func() { t.waited(time.Since(start)) }()
	response, err := t.run.target.HTTPClient.Do(httpRequest)
	if err != nil {
		return a, err
	}
	defer response.Body.Close()
	a.Body, err = io.ReadAll(io.LimitReader(response.Body, longestAnswer))
	a.received, a.Status, a.Header = t.now(), response.StatusCode, response.Header
	t.Exchanged(examination.Show(httpRequest, r.body, a.Answer, askedHeaders, answeredHeaders))
	// A server may answer a body that is too large before it has read it.
	if errors.Is(err, io.ErrUnexpectedEOF) {
		err = nil
	}
	return a, err
}

// inspect notes what is wrong with an answer whatever was asked.
func (t *trial) inspect(r request, a answer) {
	note := t.Flaw
	if a.Status >= 500 {
		note("status %d", a.Status)
	}
	if a.Header.Get("X-Request-Id") == "" {
		note("no X-Request-Id")
	}
	if got := a.Header.Get("Cache-Control"); !strings.Contains(got, "no-store") {
		note("Cache-Control is %q", got)
	}
	switch {
	case r.method == http.MethodHead || a.Status == http.StatusNoContent:
		if len(a.Body) > 0 {
			note("a body with %s and status %d", r.method, a.Status)
		}
	default:
		if got := a.Header.Get("Content-Type"); !strings.HasPrefix(got, "application/json") {
			note("Content-Type is %q", got)
		}
		if value, err := examination.Decode(a.Body); err != nil {
			note("the body is no JSON: %v", err)
		} else if a.Status >= 400 {
			t.inspectError(a, value, note)
		}
	}
	if a.Status >= 400 && (bytes.Contains(a.Body, []byte("goroutine ")) || bytes.Contains(a.Body, []byte(".go:"))) {
		note("the error tells of the server's code")
	}
}

// inspectError wants one of the documented shapes of errors. A denied session request has the shape of a granted one.
func (t *trial) inspectError(a answer, value any, note func(string, ...any)) {
	for _, path := range []string{"error", "errors.0", "message", "message.0"} {
		if found, ok := examination.Find(value, path); ok {
			if said, isText := found.(string); isText && said != "" {
				return
			}
		}
	}
	if _, isAccess := examination.Find(value, "correlationId"); isAccess && a.Status == http.StatusConflict {
		return
	}
	note("an error in no documented shape")
}

func (a answer) headerNumber(name string) int64 {
	n, err := strconv.ParseInt(a.Header.Get(name), 10, 64)
	if err != nil {
		return -1
	}
	return n
}

// expect does the request and wants a status. A case cannot go on with another one.
func (t *trial) expect(what string, status int, r request) answer {
	a := t.do(r)
	if !t.Equal(what, strconv.Itoa(status), strconv.Itoa(a.Status)) {
		t.Abandon()
	}
	return a
}

// refused does the request, wants a status and goes on.
func (t *trial) refused(what string, status int, r request) answer {
	a := t.do(r)
	t.Equal(what, strconv.Itoa(status), strconv.Itoa(a.Status))
	return a
}
