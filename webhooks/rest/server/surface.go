package server

import "net/http"

// byVersion gives each request to the handlers of its version.
func (o Options) byVersion(v1 http.Handler) http.Handler {
	if o.V2 == nil {
		return v1
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if RouteOf(r.Context()).Version == V2 {
			o.V2.Handler.ServeHTTP(w, r)
			return
		}
		v1.ServeHTTP(w, r)
	})
}

func (o Options) authenticateFor(version Version) Authenticate {
	if version == V2 {
		return o.V2.Authenticate
	}
	return o.Authenticate
}

func (o Options) authorizeFor(version Version) Authorize {
	if version == V2 {
		return o.V2.Authorize
	}
	return o.Authorize
}
