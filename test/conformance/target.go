package conformance

import (
	"errors"
	"net/http"
	"strings"
	"time"

	"github.com/licensing-operator/licensing-operator/test/conformance/examination"
)

// Target is the system to examine, and what is known of it.
type Target struct {
	// BaseURLs of its replicas, used in rotation. A path such as /namespaces/example may follow the host.
	BaseURLs []string
	// Admin and Client hold keys that the system knows, one of each kind.
	Admin, Client Signer
	// ChargePeriod is the system's development.chargePeriod. The heartbeat window is half of it.
	ChargePeriod time.Duration
	// IdleLimit is how long a session may be IDLE; zero when that is too long to wait for.
	IdleLimit time.Duration
	// Disposable says that nobody needs the system afterwards: checks that a faulty server does not survive are made too.
	Disposable bool
	// HTTPClient sends the requests; nil is one that suits.
	HTTPClient *http.Client
	// Parallel is how many cases that do not wait for the clock run at once; zero is 3.
	Parallel int
	// Only leaves out the cases whose title does not contain it.
	Only string
	// Observe is told of each case when it has ended, from one goroutine at a time.
	Observe func(examination.Result)
}

func (t Target) complete() (Target, error) {
	switch {
	case len(t.BaseURLs) == 0:
		return t, errors.New("a base URL is required")
	case t.Admin.Key == nil || t.Client.Key == nil:
		return t, errors.New("an administration key and a client key are required")
	case t.ChargePeriod < time.Second || t.ChargePeriod > time.Minute:
		return t, errors.New("the charge period must be from 1s to 1m: start the system with a development.chargePeriod")
	}
	urls := make([]string, len(t.BaseURLs))
	for i, url := range t.BaseURLs {
		urls[i] = strings.TrimRight(url, "/")
	}
	t.BaseURLs = urls
	if t.HTTPClient == nil {
		t.HTTPClient = &http.Client{
			Timeout: time.Minute,
			Transport: &http.Transport{
				MaxIdleConnsPerHost: 64,
				IdleConnTimeout:     10 * time.Second,
			},
			// The API knows no redirects: one that appears is shown as it is.
			CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		}
	}
	if t.Parallel == 0 {
		t.Parallel = 3
	}
	if t.Observe == nil {
		t.Observe = func(examination.Result) {}
	}
	return t, nil
}
