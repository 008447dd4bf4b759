package dashboard

import (
	"net/http"
	"strconv"
	"strings"
	"time"
)

const (
	cookieName = "licensing-dashboard"
	// A browser keeps 4096 bytes a cookie, and a token for many instances is longer: it is kept in pieces.
	cookiePiece, cookiePieces = 3000, 3
	// A browser that is left open is signed out by then, however long the token lasts.
	longestSession = 12 * time.Hour
)

// nameOf is the name of a cookie that keeps a piece of the token.
func nameOf(secure bool, piece int) string {
	name := cookieName
	if secure {
		// Browsers take a name that begins so over TLS only.
		name = "__Secure-" + cookieName
	}
	if piece > 0 {
		name += "-" + strconv.Itoa(piece)
	}
	return name
}

// isSecure tells whether the browser speaks TLS, to this server or to a proxy in front of it. A caller who lies about it
// harms nobody else.
func isSecure(r *http.Request) bool {
	return r.TLS != nil || strings.EqualFold(r.Header.Get("X-Forwarded-Proto"), "https")
}

// tokenIn is the token that the cookies of a request hold; empty without one.
func tokenIn(r *http.Request) string {
	var token strings.Builder
	for piece := range cookiePieces {
		cookie, err := r.Cookie(nameOf(isSecure(r), piece))
		if err != nil {
			break
		}
		token.WriteString(cookie.Value)
	}
	return token.String()
}

// fits tells whether cookies can hold the token unchanged.
func fits(token string) bool {
	return len(token) <= cookiePiece*cookiePieces && strings.IndexFunc(token, func(c rune) bool {
		letter := c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9'
		return !letter && !strings.ContainsRune("-._~+/=", c)
	}) < 0
}

// keep has the browser keep the token for a time, or, with an empty one, forget what it kept. No server remembers who is
// signed in: every replica can read the cookies, which say no more than the token. They are sent to /dashboard/api alone.
func keep(header http.Header, r *http.Request, token string, lifetime time.Duration) {
	for piece := range cookiePieces {
		part := token[:min(len(token), cookiePiece)]
		token = token[len(part):]
		cookie := http.Cookie{
			Name: nameOf(isSecure(r), piece), Value: part, MaxAge: int(lifetime.Seconds()),
			HttpOnly: true, Secure: isSecure(r), SameSite: http.SameSiteStrictMode, Path: pathOf(r),
		}
		if part == "" {
			cookie.MaxAge = -1
		}
		header.Add("Set-Cookie", cookie.String())
	}
}

// pathOf is where the cookies hold. It is left out where browsers take it from the request themselves, right below
// /dashboard/api, because a proxy may have taken something off the path. Deeper it has to be said: what a browser would take
// is another path, and forgetting a cookie there forgets nothing.
func pathOf(r *http.Request) string {
	_, path, _ := split(r.URL.EscapedPath())
	below := strings.TrimPrefix(path, "/api/")
	if !strings.Contains(below, "/") {
		return ""
	}
	return strings.TrimSuffix(r.URL.EscapedPath(), "/"+below)
}
