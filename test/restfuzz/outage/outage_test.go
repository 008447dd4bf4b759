// Package outage attacks operator processes while what they depend on goes away: the API server, or they themselves.
package outage

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/go-logr/logr"
	"k8s.io/klog/v2"
	ctrl "sigs.k8s.io/controller-runtime"

	"github.com/licensing-operator/licensing-operator/test/cluster"
	"github.com/licensing-operator/licensing-operator/test/conformance/embedded"
	"github.com/licensing-operator/licensing-operator/test/controlplane"
)

var (
	system *embedded.System
	shared *cluster.Cluster
)

func TestMain(m *testing.M) { controlplane.Exit(run(m)) }

func run(m *testing.M) (code int, err error) {
	ctrl.SetLogger(logr.Discard())
	klog.SetLogger(logr.Discard())
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	if system, err = embedded.Start(ctx, embedded.Options{ChargePeriod: time.Hour}); err != nil {
		return 1, err
	}
	defer func() { cancel(); err = errors.Join(err, system.Stop()) }()
	if shared, err = cluster.Connect(ctx, system.Config); err != nil {
		return 1, err
	}
	return m.Run(), nil
}

// seller is a tenant that sells seats at one token.
type seller struct {
	cluster.Producer
	instance string
}

type answer struct {
	status int
	header http.Header
	body   string
	took   time.Duration
}

func (s seller) send(method, path, key, body string) (answer, error) {
	request, err := http.NewRequest(method, system.Replicas[0].URL+"/namespaces/"+s.Namespace+path, bytes.NewReader([]byte(body)))
	if err != nil {
		return answer{}, err
	}
	request.Header.Set("Authorization", "Bearer "+system.Admin.AdminToken())
	if body != "" {
		request.Header.Set("Content-Type", "application/json")
	}
	if key != "" {
		request.Header.Set("Idempotency-Key", key)
	}
	began := time.Now()
	response, err := client.Do(request)
	if err != nil {
		return answer{}, err
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	return answer{response.StatusCode, response.Header, string(text), time.Since(began)}, err
}

var client = &http.Client{Timeout: 70 * time.Second, Transport: &http.Transport{MaxIdleConnsPerHost: 100}}

func newSeller(t *testing.T) seller {
	t.Helper()
	s := seller{Producer: shared.NewProducer(t, "outage", nil)}
	if err := system.AddKeys(t.Context(), s.Namespace); err != nil {
		t.Fatal(err)
	}
	s.Sells(t, 1_000_000)
	cluster.Eventually(t, "the instance", func(context.Context) error {
		a, err := s.send("GET", "/provisioning/api/v1.1/instances", "", "")
		if err != nil {
			return err
		}
		_, rest, found := strings.Cut(a.body, `"id":"`)
		if !found {
			return errors.New(a.body)
		}
		s.instance = rest[:36]
		return s.charge("")
	})
	return s
}

// inTime is half of what the server lets an answer take.
const inTime = 30 * time.Second

const seat = `{"requester":{"type":"user","value":"Lisa"},"requestedItems":[{"item":"Seat","count":1}]}`

// charge uses one token.
func (s seller) charge(key string) error {
	a, err := s.send("POST", "/elastic/api/v1.1/instances/"+s.instance+"/access-request", key, seat)
	if err == nil && (a.status != http.StatusOK || !strings.Contains(a.body, `"1101"`)) {
		err = fmt.Errorf("%d %s", a.status, a.body)
	}
	return err
}

// used is in whole tokens; a session that ended has used a fraction of one beside.
func (s seller) used(t *testing.T) (used int64) {
	t.Helper()
	cluster.Eventually(t, "what was used", func(context.Context) error {
		a, err := s.send("GET", "/provisioning/api/v1.1/instances/"+s.instance+"/line-items/"+cluster.ActivationID, "", "")
		if err != nil {
			return err
		}
		_, rest, _ := strings.Cut(a.body, `"used":`)
		whole, _, _ := strings.Cut(strings.TrimRight(rest, "}\n"), ".")
		used, err = strconv.ParseInt(whole, 10, 64)
		if err != nil {
			return fmt.Errorf("%w in %s", err, a.body)
		}
		return nil
	})
	return used
}

// TestEveryCallIsAnsweredWhileTheAPIServerIsAway stops it while calls of all kinds are made. Each is answered in time, with
// what it did or with 503, and what was answered 503 can be repeated until it is done once.
func TestEveryCallIsAnsweredWhileTheAPIServerIsAway(t *testing.T) {
	s := newSeller(t)
	session, err := s.send("POST", "/api/v1.1/sessions", "", fmt.Sprintf(`{"instanceId":%q}`, s.instance))
	if err != nil || session.status != http.StatusOK {
		t.Fatal(err, session)
	}
	id := strings.Split(session.body, `"`)[3]
	before := s.used(t)
	if err := system.StopAPIServer(); err != nil {
		t.Fatal(err)
	}
	calls := []struct{ method, path, body string }{
		{"POST", "/elastic/api/v1.1/instances/" + s.instance + "/access-request", seat},
		{"PUT", "/api/v1.1/sessions/" + id, strings.TrimSuffix(seat, "}") + `,"rollbackOnDeny":true}`},
		{"GET", "/api/v1.1/sessions/" + id + "/heartbeat", ""}, {"GET", "/api/v1.1/sessions/" + id, ""},
		{"POST", "/api/v1.1/sessions", fmt.Sprintf(`{"instanceId":%q}`, s.instance)},
		{"POST", "/provisioning/api/v1.1/instances", `{"shortName":"new","accountId":"NEW"}`},
		{"POST", "/provisioning/api/v1.1/rate-tables", `{"version":"new","items":[{"name":"a","rate":1}]}`},
		{"PATCH", "/provisioning/api/v1.1/configuration", `{"name":"timezone.tolerant","value":"true"}`},
		{"POST", "/api/v1.1/instances/" + s.instance + "/conditions", `{"conditions":[{"terms":[{"attribute":"a","operator":"IN","values":["b"]}]}]}`},
		{"GET", "/provisioning/api/v1.1/instances", ""}, {"GET", "/provisioning/api/v1.1/public-keys", ""},
		{"GET", "/provisioning/api/v1.1/configuration", ""}, {"GET", "/provisioning/api/v1.1/instances/" + s.instance + "/line-items", ""},
		{"DELETE", "/api/v1.1/sessions/" + id, ""},
	}
	var all sync.WaitGroup
	for i, call := range calls {
		for _, key := range []string{"", fmt.Sprint("outage-", i)} {
			all.Go(func() {
				a, err := s.send(call.method, call.path, key, call.body)
				if err != nil {
					t.Errorf("%s %s %q: %v", call.method, call.path, key, err)
					return
				}
				if call.method == "GET" && a.status == http.StatusOK {
					return
				}
				if a.took > inTime {
					t.Errorf("%s %s %q: it took %s", call.method, call.path, key, a.took)
				}
				if a.status != http.StatusServiceUnavailable || a.header.Get("Retry-After") == "" {
					t.Errorf("%s %s %q: %d %s, Retry-After %q", call.method, call.path, key, a.status, a.body, a.header.Get("Retry-After"))
				}
			})
		}
	}
	all.Wait()
	if err := system.StartAPIServer(); err != nil {
		t.Fatal(err)
	}
	if used := s.used(t); used != before {
		t.Errorf("used %d, want %d", used, before)
	}
	for i, call := range calls {
		if call.method == "GET" {
			continue
		}
		key := fmt.Sprint("outage-", i)
		cluster.Eventually(t, call.method+" "+call.path, func(context.Context) error {
			a, err := s.send(call.method, call.path, key, call.body)
			if err == nil && a.status >= 300 {
				err = fmt.Errorf("%d %s", a.status, a.body)
			}
			return err
		})
	}
	// The access request and the session's each use one; the end of the session gives nothing or all of it back.
	if used := s.used(t); used < before+1 || used > before+2 {
		t.Errorf("used %d, want %d or one more", used, before+1)
	}
}

// TestAKilledOperatorChargesForWhatItAnswered kills it under load, with keys and without, on one control plane.
func TestAKilledOperatorChargesForWhatItAnswered(t *testing.T) {
	s := newSeller(t)
	const workers = 8
	for _, keyed := range []bool{true, false} {
		before := s.used(t)
		var answered, unknown atomic.Int64
		stop := make(chan struct{})
		var all sync.WaitGroup
		for worker := range workers {
			all.Go(func() {
				for i := 0; ; i++ {
					select {
					case <-stop:
						return
					default:
					}
					key := ""
					if keyed {
						key = fmt.Sprintf("%s-%d-%d", s.Namespace, worker, i)
					}
					err := s.charge(key)
					for tries := 0; keyed && err != nil && tries < 2400; tries++ {
						<-time.After(50 * time.Millisecond)
						err = s.charge(key)
					}
					if err != nil {
						unknown.Add(1)
						<-time.After(50 * time.Millisecond)
						continue
					}
					answered.Add(1)
				}
			})
		}
		for range 3 {
			<-time.After(time.Second)
			r := system.Replicas[0]
			if err := r.Process().Kill(); err != nil {
				t.Fatal(err)
			}
			if err := errors.Join(r.Start(t.Context()), r.AwaitReady(t.Context())); err != nil {
				t.Fatal(err)
			}
		}
		<-time.After(time.Second)
		close(stop)
		all.Wait()
		used := s.used(t) - before
		t.Logf("keyed %t: %d answered, %d unknown, %d used", keyed, answered.Load(), unknown.Load(), used)
		if keyed && (used != answered.Load() || unknown.Load() > 0) {
			t.Errorf("used %d for %d answers, %d without one", used, answered.Load(), unknown.Load())
		}
		// Each kill meets one request of each worker at most that was granted and not answered.
		if used < answered.Load() || used > answered.Load()+3*workers {
			t.Errorf("used %d for %d answers", used, answered.Load())
		}
	}
}

// TestManyConnections opens more of them than requests are worked on at once. Each is answered, if only with when to come
// again.
func TestManyConnections(t *testing.T) {
	s := newSeller(t)
	before := s.used(t)
	const connections = 2000
	crowd := *client
	crowd.Transport = &http.Transport{MaxIdleConnsPerHost: connections}
	defer crowd.CloseIdleConnections()
	var granted, busy atomic.Int64
	var all sync.WaitGroup
	start := make(chan struct{})
	for range connections {
		all.Go(func() {
			<-start
			request, err := http.NewRequest("POST", system.Replicas[0].URL+"/namespaces/"+s.Namespace+"/elastic/api/v1.1/instances/"+s.instance+"/access-request", strings.NewReader(seat))
			if err != nil {
				t.Error(err)
				return
			}
			request.Header.Set("Authorization", "Bearer "+token())
			request.Header.Set("Content-Type", "application/json")
			response, err := crowd.Do(request)
			if err != nil {
				t.Error(err)
				return
			}
			defer response.Body.Close()
			text, _ := io.ReadAll(response.Body)
			switch {
			case response.StatusCode == http.StatusOK && strings.Contains(string(text), `"1101"`):
				granted.Add(1)
			case (response.StatusCode == http.StatusServiceUnavailable || response.StatusCode == http.StatusTooManyRequests) &&
				response.Header.Get("Retry-After") != "":
				busy.Add(1)
			default:
				t.Errorf("%d %s", response.StatusCode, text)
			}
		})
	}
	began := time.Now()
	close(start)
	all.Wait()
	t.Logf("%d granted, %d sent away, in %s", granted.Load(), busy.Load(), time.Since(began))
	if used := s.used(t) - before; used != granted.Load() {
		t.Errorf("used %d for %d answers", used, granted.Load())
	}
}

var token = sync.OnceValue(func() string { return system.Admin.AdminToken() })
