package server

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/go-logr/logr"
)

// The published API has more than one path for the same thing, and clients use all of them.
const (
	productPrefix  = "dynamicmonetization"
	floatingPrefix = "floating"
	provisioning   = "provisioning"
	api            = "api"
	usage          = "usage"
	dashboard      = "dashboard"
)

var (
	versions = []Version{V10, V11}
	// The published reference does not show what is in front of these.
	keyCollections = []string{"administration-keys", "client-keys", "public-keys"}
)

// normalizePath finds out tenant and version and gives the request the canonical path. It never redirects: a client that
// follows redirects may lose its body or its token. What is public has no tenant and is left alone.
func normalizePath(options Options) Middleware {
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if options.Public != nil && isPublic(publicPath(r)) {
				next.ServeHTTP(w, r)
				return
			}
			known := exchangeOf(r.Context())
			route, path, err := options.route(r)
			known.route = route
			if err != nil {
				if options.findSigner(w, r) {
					refuseUnrouted(w, r, err, options.Log)
				}
				return
			}
			// What the caller sent stays as it is in r.RequestURI.
			rewritten := *r.URL
			rewritten.Path, rewritten.RawPath = path, route.CanonicalPath
			request := r.WithContext(r.Context())
			request.URL = &rewritten
			next.ServeHTTP(w, request)
		})
	}
}

// route gives the route of a request, and its canonical path unescaped. A route with an error has what is known of it.
func (o Options) route(r *http.Request) (Route, string, error) {
	escaped := r.URL.EscapedPath()
	if o.V2 != nil && o.Tenancy.Vendor != nil && isVendorPath(escaped) {
		return o.Tenancy.resolveVendor(r.Context(), r.Host, escaped)
	}
	return o.Tenancy.resolve(r.Host, escaped)
}

// refuseUnrouted answers 503 for an error that is no refusal.
func refuseUnrouted(w http.ResponseWriter, r *http.Request, err error, log logr.Logger) {
	if refusal := (*Refusal)(nil); errors.As(err, &refusal) {
		refuse(w, r, refusal)
		return
	}
	log.Error(err, "A tenant could not be found out", "id", RequestIDOf(r.Context()))
	refuse(w, r, &Refusal{
		Status: http.StatusServiceUnavailable, Reason: ReasonUnavailable, RetryAfter: time.Second,
		Problems: []string{"it cannot be found out now whose path this is"},
	})
}

// resolve gives the route of an escaped path of version 1.
func (t Tenancy) resolve(host, escaped string) (Route, string, error) {
	segments, err := splitPath(escaped)
	if err != nil {
		return Route{}, "", err
	}
	tenant, segments, err := t.tenantOf(host, segments)
	if err != nil {
		return Route{}, "", err
	}
	version, segments, err := canonical(segments)
	if err != nil {
		return Route{}, "", err
	}
	escapedPath, path := joinPath(segments)
	return Route{Tenant: tenant, Version: version, CanonicalPath: escapedPath}, path, nil
}

func joinPath(segments []string) (escaped, path string) {
	path = "/" + strings.Join(segments, "/")
	for i := range segments {
		segments[i] = url.PathEscape(segments[i])
	}
	return "/" + strings.Join(segments, "/"), path
}

// splitPath gives the segments of a path, each unescaped on its own: a slash in an id is not one of the path. A trailing
// slash is ignored. All that follows compares what this returns, so that there are no two readings of one path.
func splitPath(escaped string) ([]string, error) {
	rest, ok := strings.CutPrefix(escaped, "/")
	if !ok {
		return nil, notFound("the path does not begin with a slash")
	}
	rest = strings.TrimSuffix(rest, "/")
	segments := strings.Split(rest, "/")
	for i, segment := range segments {
		text, err := url.PathUnescape(segment)
		switch {
		case err != nil:
			return nil, invalid("the path has %q, which is not a percent-encoding", clip(segment))
		case text == "":
			return nil, notFound("the path has nothing between two slashes")
		case text == "." || text == "..":
			return nil, invalid("the path has the segment %q, which names nothing here", text)
		case !utf8.ValidString(text):
			return nil, invalid("the path is not UTF-8 in %q", clip(segment))
		case strings.ContainsFunc(text, unicode.IsControl):
			return nil, invalid("the path has a control character in %q", clip(segment))
		}
		segments[i] = text
	}
	return segments, nil
}

// canonical gives the version, and the segments of the canonical path.
func canonical(segments []string) (Version, []string, error) {
	if has(segments, 0, productPrefix) {
		segments = segments[1:]
	}
	if has(segments, 0, usage) {
		return Usage, segments, nil
	}
	if has(segments, 0, dashboard) {
		return Dashboard, segments, nil
	}
	if has(segments, 0, floatingPrefix) && has(segments, 1, api) {
		segments = segments[1:]
	}
	// Where the version stands, or would stand.
	at := 0
	switch {
	case has(segments, 0, api):
		at = 1
	case has(segments, 1, api):
		at = 2
	}
	if at >= len(segments) {
		return "", nil, notFound("nothing is at this path: it ends before the version")
	}
	version := Version(segments[at])
	if !slices.Contains(versions, version) {
		return "", nil, notFound("nothing is at this path: %q stands where a version is expected, %s or %s", clip(segments[at]), V10, V11)
	}
	prefix, rest := segments[:at], segments[at+1:]
	if at < 2 && len(rest) > 0 && slices.Contains(keyCollections, rest[0]) {
		prefix = []string{provisioning, api}
	}
	return version, slices.Concat(prefix, []string{string(canonicalVersion)}, rest), nil
}

func has(segments []string, at int, segment string) bool {
	return at < len(segments) && segments[at] == segment
}

func invalid(format string, args ...any) error {
	return &Refusal{Status: http.StatusBadRequest, Reason: ReasonInvalid, Problems: []string{fmt.Sprintf(format, args...)}}
}

// refuseWith answers with what an error of this package says.
func refuseWith(w http.ResponseWriter, r *http.Request, err error) {
	if refusal := (*Refusal)(nil); errors.As(err, &refusal) {
		refuse(w, r, refusal)
		return
	}
	WriteProblem(w, r, http.StatusInternalServerError, ReasonInternal, "the request could not be worked on")
}

const longestEcho = 64

// clip shortens what a caller sent, for an answer that repeats it.
func clip(text string) string {
	if len(text) <= longestEcho {
		return text
	}
	end := longestEcho
	for end > 0 && !utf8.RuneStart(text[end]) {
		end--
	}
	return text[:end] + "…"
}
