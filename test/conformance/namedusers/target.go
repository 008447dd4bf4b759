package namedusers

import (
	"crypto/rsa"
	"errors"
	"net/http"
	"strings"
	"time"

	"github.com/licensing-operator/licensing-operator/test/conformance/examination"
)

// Target is the system to examine, and what is known of it.
type Target struct {
	// BaseURLs of its replicas, used in rotation.
	BaseURLs []string
	// VendorID is the isv_id of the paths.
	VendorID string
	// AdminKey and ProvisioningKey are good ones.
	AdminKey, ProvisioningKey string
	// Bearer makes an administration token.
	Bearer func() string
	// PublicKey is what answers are signed for.
	PublicKey *rsa.PublicKey
	// Shop makes what licenses are about.
	Shop Shop
	// HTTPClient sends the requests; nil is one that suits.
	HTTPClient *http.Client
	// Parallel is how many cases run at once; zero is 4.
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
	case t.VendorID == "" || t.AdminKey == "" || t.ProvisioningKey == "" || t.Bearer == nil:
		return t, errors.New("a vendor id, an admin key, a provisioning key and a bearer token are required")
	case t.PublicKey == nil:
		return t, errors.New("the public key that answers are signed for is required")
	case t.Shop == nil:
		return t, errors.New("a shop that sells licenses is required")
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
				// Cases say what they accept, and see what came.
				DisableCompression: true,
			},
			CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		}
	}
	if t.Parallel == 0 {
		t.Parallel = 4
	}
	if t.Observe == nil {
		t.Observe = func(examination.Result) {}
	}
	return t, nil
}
