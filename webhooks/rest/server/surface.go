package server

import "net/http"

// surface is what a version has of its own; nil for version 1.
func (o Options) surface(version Version) *Surface {
	switch version {
	case V2:
		return o.V2
	case Usage:
		return o.Usage
	case Dashboard:
		return o.Dashboard
	case V10, V11:
	}
	return nil
}

// byVersion gives each request to the handlers of its version.
func (o Options) byVersion(v1 http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if own := o.surface(RouteOf(r.Context()).Version); own != nil {
			own.Handler.ServeHTTP(w, r)
			return
		}
		v1.ServeHTTP(w, r)
	})
}

func (o Options) authenticateFor(version Version) Authenticate {
	if own := o.surface(version); own != nil && own.Authenticate != nil {
		return own.Authenticate
	}
	return o.Authenticate
}

func (o Options) authorizeFor(version Version) Authorize {
	if own := o.surface(version); own != nil {
		return own.Authorize
	}
	return o.Authorize
}
