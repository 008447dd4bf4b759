package namedusers

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/licensing-operator/licensing-operator/test/conformance/examination"
)

// credentials are headers.
type credentials map[string]string

// request is what a client sends.
type request struct {
	method string
	// path is what follows the vendor id, escaped. With whole, it is the whole path.
	path  string
	whole bool
	keys  credentials
	body  string
	// header has further headers. An empty Content-Type sends none.
	header map[string]string
	// replica says which replica is asked; zero asks the next one.
	replica int
}

type answer struct{ examination.Answer }

const (
	longestAnswer = 64 << 20
	// Throttled calls are waited out this often.
	maxThrottled = 20
)

// What a report shows of an exchange beside its bodies.
var (
	askedHeaders    = []string{"Content-Type", "Accept-Encoding", "X-Nonce", "Idempotency-Key"}
	answeredHeaders = []string{"Content-Type", "Content-Encoding", "Retry-After", "X-Request-Id"}
)

// software is a request by an application, admin one by the back office.
func (t *trial) software(method, path, body string) request {
	return request{method: method, path: path, body: body, keys: credentials{"ProvisioningKey": t.run.target.ProvisioningKey}}
}

func (t *trial) admin(method, path, body string) request {
	return request{method: method, path: path, body: body, keys: credentials{"AdminKey": t.run.target.AdminKey}}
}

func (r request) on(replica int) request { r.replica = replica; return r }

func (r request) with(name, value string) request {
	header := map[string]string{name: value}
	for n, v := range r.header {
		header[n] = v
	}
	header[name] = value
	r.header = header
	return r
}

// do sends the request and notes what does not hold for every answer.
func (t *trial) do(r request) answer {
	a, err := t.try(r)
	t.Need(err == nil, "%s %s is answered: %v; without that", r.method, r.path, err)
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
	err := errors.Join(errs...)
	t.Need(err == nil, "%d requests at once are answered: %v; without that", len(requests), err)
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
			if !r.whole {
				t.inspect(r, a)
			}
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
	url := t.run.url(r.replica)
	if !r.whole {
		url += "/api/v2/isv/" + t.run.target.VendorID
	}
	httpRequest, err := http.NewRequestWithContext(t.ctx, r.method, url+r.path, strings.NewReader(r.body))
	if err != nil {
		return answer{}, err
	}
	nonce := newNonce()
	// What the Java client sends so that nothing is compressed, and what others send.
	httpRequest.Header.Set("Accept-Encoding", []string{"utf-8", "gzip, deflate, br"}[nonce.bytes[0]&1])
	httpRequest.Header.Set("X-Nonce", nonce.text)
	httpRequest.Header.Set("Accept", "application/json")
	if r.body != "" {
		httpRequest.Header.Set("Content-Type", "application/json")
	}
	for name, value := range r.keys {
		httpRequest.Header.Set(name, value)
	}
	for name, value := range r.header {
		if value == "" {
			httpRequest.Header.Del(name)
		} else {
			httpRequest.Header.Set(name, value)
		}
	}
	response, err := t.run.target.HTTPClient.Do(httpRequest)
	if err != nil {
		return answer{}, err
	}
	defer response.Body.Close()
	a := answer{examination.Answer{Status: response.StatusCode, Header: response.Header}}
	if a.Body, err = io.ReadAll(io.LimitReader(response.Body, longestAnswer)); err != nil {
		return a, err
	}
	t.Exchanged(examination.Show(httpRequest, r.body, a.Answer, askedHeaders, answeredHeaders))
	if !r.whole {
		t.verify(r, a, nonce, httpRequest.Header.Get("X-Nonce"))
	}
	return a, nil
}

// expect does the request and wants a status. A case cannot go on with another one.
func (t *trial) expect(what string, status int, r request) answer {
	a := t.do(r)
	if !t.Equal(what, strconv.Itoa(status), strconv.Itoa(a.Status)) {
		t.Abandon()
	}
	return a
}

// gets does a request that has to succeed. It is a check only where it does not.
func (t *trial) gets(r request) answer {
	a := t.do(r)
	t.Need(a.Status == http.StatusOK, "%s %s is answered with 200, not %d", r.method, r.path, a.Status)
	return a
}

// status does the request, wants a status and goes on.
func (t *trial) status(what string, status int, r request) answer {
	a := t.do(r)
	t.Equal(what, strconv.Itoa(status), strconv.Itoa(a.Status))
	return a
}

// refused wants a conflict with an error id, and goes on.
func (t *trial) refused(what string, id int, r request) answer {
	a := t.do(r)
	t.Equal(what, fmt.Sprintf("409 id %d", id), fmt.Sprintf("%d id %s", a.Status, a.At("id")))
	return a
}
