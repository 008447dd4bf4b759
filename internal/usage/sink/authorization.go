package sink

import (
	"fmt"
	"net/http"
	"os"
	"strings"
)

// authorized sends what a file holds as the Authorization header. The file is read each time: a Secret may come later than
// the pod, or change.
type authorized struct {
	file string
	next http.RoundTripper
}

// RoundTrip implements http.RoundTripper.
func (a authorized) RoundTrip(request *http.Request) (*http.Response, error) {
	value, err := os.ReadFile(a.file)
	if err != nil {
		return nil, fmt.Errorf("usage.sink.authorizationFile: %w", err)
	}
	request = request.Clone(request.Context())
	request.Header.Set("Authorization", strings.TrimSpace(string(value)))
	return a.next.RoundTrip(request)
}

// httpClient follows no redirects: where they lead nobody has said that records, and what authorizes them, should go.
func (t *Tailer) httpClient() *http.Client {
	made := http.Client{Transport: http.DefaultTransport}
	if t.HTTP != nil {
		made = *t.HTTP
	}
	if made.Transport == nil {
		made.Transport = http.DefaultTransport
	}
	if t.AuthorizationFile != "" {
		made.Transport = authorized{file: t.AuthorizationFile, next: made.Transport}
	}
	made.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	return &made
}
