package rest

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/licensing-operator/licensing-operator/test/conformance/embedded"
)

// call is a request that is about to be sent to a replica.
type call struct {
	of                  *embedded.System
	t                   *testing.T
	replica             int
	method, path, token string
	instance, body, key string
	namespace           string
}

// answer is what came back.
type answer struct {
	status int
	body   []byte
}

func (a answer) String() string { return fmt.Sprintf("%d %s", a.status, a.body) }

// field is the value of a field of an object, as text.
func (a answer) field(name string) string {
	var object map[string]any
	decoder := json.NewDecoder(bytes.NewReader(a.body))
	decoder.UseNumber()
	if decoder.Decode(&object) != nil {
		return a.String()
	}
	return fmt.Sprint(object[name])
}

// list are the objects of an array.
func (a answer) list() (objects []map[string]any) {
	decoder := json.NewDecoder(bytes.NewReader(a.body))
	decoder.UseNumber()
	_ = decoder.Decode(&objects) // what is no array is empty
	return objects
}

// admin is a call by a producer's own system.
func (p *producer) admin(t *testing.T, method, path, body string) call {
	return call{of: system, t: t, namespace: p.Namespace, method: method, path: path, token: system.Admin.AdminToken(), body: body}
}

// client is a call by a client application.
func (p *producer) client(t *testing.T, instance, method, path, body string) call {
	c := p.admin(t, method, path, body)
	c.token, c.instance = system.Client.ClientToken(instance), instance
	return c
}

func (c call) on(replica int) call { c.replica = replica; return c }

func (c call) keyed(key string) call { c.key = key; return c }

// send gives an error where there was no answer.
func (c call) send(ctx context.Context, client *http.Client) (answer, error) {
	url := c.of.Replicas[c.replica%len(c.of.Replicas)].URL + "/namespaces/" + c.namespace + c.path
	request, err := http.NewRequestWithContext(ctx, c.method, url, strings.NewReader(c.body))
	if err != nil {
		return answer{}, err
	}
	if c.body != "" {
		request.Header.Set("Content-Type", "application/json")
	}
	request.Header.Set("Authorization", "Bearer "+c.token)
	if c.instance != "" {
		request.Header.Set("x-instance-id", c.instance)
	}
	if c.key != "" {
		request.Header.Set("Idempotency-Key", c.key)
	}
	response, err := client.Do(request)
	if err != nil {
		return answer{}, err
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	return answer{response.StatusCode, body}, err
}

var patient = &http.Client{Timeout: 50 * time.Second}

// wants is a check, for where it takes a moment, that the status is one and the reason, if one is given, too.
func (c call) wants(status int, reason string) func(context.Context) error {
	return func(ctx context.Context) error {
		a, err := c.send(ctx, patient)
		if err == nil && (a.status != status || reason != "" && a.field("reason") != reason) {
			err = errors.New(a.String())
		}
		return err
	}
}

// do wants an answer.
func (c call) do() answer {
	c.t.Helper()
	a, err := c.send(c.t.Context(), patient)
	if err != nil {
		c.t.Fatalf("%s %s: %v", c.method, c.path, err)
	}
	return a
}

// want wants a status.
func (c call) want(status int) answer {
	c.t.Helper()
	a := c.do()
	if a.status != status {
		c.t.Fatalf("%s %s: %s, want %d", c.method, c.path, a, status)
	}
	return a
}

// wantReason wants a status and a reason.
func (c call) wantReason(status int, reason string, parts ...string) {
	c.t.Helper()
	a := c.want(status)
	if got := a.field("reason"); got != reason {
		c.t.Errorf("%s %s: reason %q, want %q: %s", c.method, c.path, got, reason, a)
	}
	for _, part := range parts {
		if !strings.Contains(string(a.body), part) {
			c.t.Errorf("%s %s: %s, want something with %q", c.method, c.path, a, part)
		}
	}
}
