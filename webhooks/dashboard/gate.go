package dashboard

import (
	"net/http"
	"strings"
	"time"

	"k8s.io/utils/clock"

	"github.com/licensing-operator/licensing-operator/webhooks/rest/server"
)

const (
	// requestHeader is on every request of the page. No other site can send it: browsers ask first, and are told no.
	requestHeader   = "Dashboard"
	authorizeHeader = "Authorization"
	// sessionHeader tells the page which token an answer is for: in another tab somebody else may have signed in.
	sessionHeader = "Dashboard-Session"
)

// Gate serves the page, and lets its requests through to the REST API with the token that the browser keeps. They pass
// the same authentication, authorization and limits as everybody's.
type Gate struct {
	// Next is the REST API.
	Next  http.Handler
	Clock clock.PassiveClock

	assets  *assets
	origins http.CrossOriginProtection
}

// NewGate puts the dashboard in front of the REST API.
func NewGate(next http.Handler, clock clock.PassiveClock) (*Gate, error) {
	files, err := newAssets()
	if err != nil {
		return nil, err
	}
	return &Gate{Next: next, Clock: clock, assets: files}, nil
}

func (g *Gate) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	tenant, path, ours := split(r.URL.EscapedPath())
	switch {
	case !ours:
		g.Next.ServeHTTP(w, r)
	case path == "":
		// Relative, because a proxy may have taken something off the path.
		w.Header().Set("Location", "dashboard/")
		w.WriteHeader(http.StatusPermanentRedirect)
	case strings.HasPrefix(path, "/api/"):
		g.serveAPI(w, r, tenant, strings.TrimPrefix(path, "/api/"))
	default:
		g.assets.serve(w, r, strings.TrimPrefix(path, "/"))
	}
}

// split tells a path of the dashboard from others: what stands before it names the tenant.
func split(path string) (tenant, rest string, ours bool) {
	rest = path
	if after, named := strings.CutPrefix(path, "/namespaces/"); named {
		namespace, _, _ := strings.Cut(after, "/")
		tenant = "/namespaces/" + namespace
		rest = strings.TrimPrefix(path, tenant)
	}
	rest = strings.TrimPrefix(rest, "/dynamicmonetization")
	rest, ours = strings.CutPrefix(rest, "/dashboard")
	return tenant, rest, ours && (rest == "" || strings.HasPrefix(rest, "/"))
}

func (g *Gate) serveAPI(w http.ResponseWriter, r *http.Request, tenant, path string) {
	if problem := g.foreign(r); problem != "" {
		server.WriteProblem(w, r, http.StatusForbidden, server.ReasonForbidden, problem)
		return
	}
	if path == "session" && r.Method == http.MethodDelete {
		keep(w.Header(), r, "", 0)
		w.WriteHeader(http.StatusNoContent)
		return
	}
	target, known := targets[r.Method][path]
	if id, closing := strings.CutPrefix(path, "sessions/"); closing && r.Method == http.MethodDelete && !strings.Contains(id, "/") {
		target, known = "/api/v1.1/sessions/"+id, true
	}
	if !known {
		server.WriteProblem(w, r, http.StatusNotFound, server.ReasonNotFound, "the dashboard has nothing at this path")
		return
	}
	g.forward(w, r, tenant+target)
}

// targets are all that the page may ask, by method and path. What else the API can do it cannot do in the name of
// somebody who only looks at the page.
var targets = map[string]map[string]string{
	http.MethodGet: {
		"session":             "/dashboard/v1/session",
		"overview":            "/dashboard/v1/overview",
		"usage/v1/records":    "/usage/v1/records",
		"usage/v1/aggregates": "/usage/v1/aggregates",
		"usage/v1/summary":    "/usage/v1/summary",
	},
	// Signing in is asking who one is, with a token.
	http.MethodPost: {"session": "/dashboard/v1/session"},
}

// foreign says why a request is not the page's.
func (g *Gate) foreign(r *http.Request) string {
	if err := g.origins.Check(r); err != nil {
		return "requests from another site are refused: " + err.Error()
	}
	if r.Header.Get(requestHeader) == "" {
		return "the header " + requestHeader + " is missing: this path is for the dashboard's page; other callers use the API itself"
	}
	return ""
}

// forward asks the API. Whoever turns out to be nobody is signed out.
func (g *Gate) forward(w http.ResponseWriter, r *http.Request, path string) {
	signingIn := r.Method == http.MethodPost
	token := tokenIn(r)
	if signingIn {
		token = bearerOf(r.Header)
		if !fits(token) {
			server.WriteProblem(w, r, http.StatusUnauthorized, server.ReasonUnauthenticated, "this is no token: it is too long, or has characters that no token has")
			return
		}
	}
	asked := r.Clone(r.Context())
	asked.URL.Path, asked.URL.RawPath = path, ""
	asked.Header.Del("Cookie")
	asked.Header.Del(authorizeHeader)
	if token != "" {
		asked.Header.Set(authorizeHeader, "Bearer "+token)
		w.Header().Set(sessionHeader, fingerprintOf(token))
	}
	if signingIn {
		asked.Method, asked.Body, asked.ContentLength = http.MethodGet, http.NoBody, 0
	}
	g.Next.ServeHTTP(&answer{ResponseWriter: w, decided: func(status int) {
		switch {
		case status == http.StatusUnauthorized:
			keep(w.Header(), r, "", 0)
		case status == http.StatusOK && signingIn:
			keep(w.Header(), r, token, g.lifetime(token))
		}
	}}, asked)
}

func (g *Gate) lifetime(token string) time.Duration {
	expires := expiryOf(token)
	if expires.IsZero() {
		return longestSession
	}
	return max(time.Second, min(longestSession, expires.Sub(g.Clock.Now())))
}

// answer does something about the status before it is sent.
type answer struct {
	http.ResponseWriter

	decided func(status int)
}

func (a *answer) WriteHeader(status int) {
	if a.decided != nil && status >= http.StatusOK {
		a.decided(status)
		a.decided = nil
	}
	a.ResponseWriter.WriteHeader(status)
}

func (a *answer) Write(content []byte) (int, error) {
	if a.decided != nil {
		a.WriteHeader(http.StatusOK)
	}
	return a.ResponseWriter.Write(content)
}

// Unwrap is for http.ResponseController.
func (a *answer) Unwrap() http.ResponseWriter { return a.ResponseWriter }
