package dashboard

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	testingclock "k8s.io/utils/clock/testing"
)

var now = time.Date(2026, 3, 10, 12, 0, 0, 0, time.UTC)

// api tells what it was asked, and answers with a status.
type api struct {
	status int
	asked  []string
}

func (a *api) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	a.asked = append(a.asked, strings.TrimSpace(r.Method+" "+r.URL.RequestURI()+" "+r.Header.Get("Authorization")+" "+r.Header.Get("Cookie")))
	if a.status != 0 {
		w.WriteHeader(a.status)
		return
	}
	_, _ = w.Write([]byte("{}"))
}

func newGate(t *testing.T, status int) (*Gate, *api) {
	t.Helper()
	behind := &api{status: status}
	gate, err := NewGate(behind, testingclock.NewFakePassiveClock(now))
	if err != nil {
		t.Fatal(err)
	}
	return gate, behind
}

func ask(gate *Gate, method, target string, header map[string]string) *httptest.ResponseRecorder {
	r := httptest.NewRequest(method, target, nil)
	for name, value := range header {
		r.Header.Set(name, value)
	}
	w := httptest.NewRecorder()
	gate.ServeHTTP(w, r)
	return w
}

const signedIn = cookieName + "=to.k.en"

func TestRequestsOfThePageReachTheAPIWithTheToken(t *testing.T) {
	page := map[string]string{requestHeader: "1", "Cookie": signedIn + "; other=1", "Authorization": "Bearer stolen"}
	for asked, want := range map[string]string{
		"GET /dashboard/api/overview?include=users":                 "GET /dashboard/v1/overview?include=users Bearer to.k.en",
		"GET /dashboard/api/session":                                "GET /dashboard/v1/session Bearer to.k.en",
		"GET /namespaces/acme/dashboard/api/usage/v1/records?a=b":   "GET /namespaces/acme/usage/v1/records?a=b Bearer to.k.en",
		"GET /dynamicmonetization/dashboard/api/usage/v1/summary":   "GET /usage/v1/summary Bearer to.k.en",
		"DELETE /namespaces/acme/dashboard/api/sessions/4b9b53bb-e": "DELETE /namespaces/acme/api/v1.1/sessions/4b9b53bb-e Bearer to.k.en",
		"POST /dashboard/api/session":                               "GET /dashboard/v1/session Bearer stolen",
		"GET /namespaces/dashboard/usage/v1/records":                "GET /namespaces/dashboard/usage/v1/records Bearer stolen " + signedIn + "; other=1",
		"GET /dashboards": "GET /dashboards Bearer stolen " + signedIn + "; other=1",
	} {
		t.Run(asked, func(t *testing.T) {
			gate, behind := newGate(t, 0)
			method, target, _ := strings.Cut(asked, " ")
			ask(gate, method, target, page)
			if diff := cmp.Diff([]string{want}, behind.asked); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func TestRequestsThatAreNotThePagesGoNoFurther(t *testing.T) {
	page := map[string]string{requestHeader: "1", "Cookie": signedIn}
	with := func(name, value string) map[string]string {
		return map[string]string{requestHeader: "1", "Cookie": signedIn, name: value}
	}
	for name, test := range map[string]struct {
		asked  string
		header map[string]string
		status int
	}{
		"without the header of the page":       {"GET /dashboard/api/overview", map[string]string{"Cookie": signedIn}, http.StatusForbidden},
		"signing out without it":               {"DELETE /dashboard/api/session", map[string]string{"Cookie": signedIn}, http.StatusForbidden},
		"from another site":                    {"DELETE /dashboard/api/sessions/x", with("Sec-Fetch-Site", "cross-site"), http.StatusForbidden},
		"from another site of the same domain": {"DELETE /dashboard/api/sessions/x", with("Sec-Fetch-Site", "same-site"), http.StatusForbidden},
		"from another origin":                  {"POST /dashboard/api/session", with("Origin", "https://evil.example"), http.StatusForbidden},
		"a heartbeat":                          {"GET /dashboard/api/sessions/x/heartbeat", page, http.StatusNotFound},
		"a session for somebody":               {"POST /dashboard/api/sessions", page, http.StatusNotFound},
		"a line item":                          {"PUT /dashboard/api/provisioning/api/v1.1/instances/x/line-items", page, http.StatusNotFound},
		"below a session":                      {"DELETE /dashboard/api/sessions/x/y", page, http.StatusNotFound},
		"a token that no cookie can hold":      {"POST /dashboard/api/session", with("Authorization", "Bearer a;b"), http.StatusUnauthorized},
		"a token that is too long":             {"POST /dashboard/api/session", with("Authorization", "Bearer "+strings.Repeat("a", 9001)), http.StatusUnauthorized},
	} {
		t.Run(name, func(t *testing.T) {
			gate, behind := newGate(t, 0)
			method, target, _ := strings.Cut(test.asked, " ")
			answer := ask(gate, method, target, test.header)
			if answer.Code != test.status || len(behind.asked) > 0 {
				t.Errorf("%d %s, and the API was asked %q", answer.Code, answer.Body, behind.asked)
			}
		})
	}
}

// token is one that ends when it says.
func token(claims string) string { return "e30." + claims + ".c2ln" }

func TestSigningInKeepsTheToken(t *testing.T) {
	const (
		inAnHour  = "eyJleHAiOjE3NzMxNDc2MDB9" // {"exp":1773147600}, 2026-03-10T13:00:00Z
		in4Months = "eyJleHAiOjE3ODQwMDAwMDB9"
	)
	forgotten := func(names ...string) (lines []string) {
		for _, name := range names {
			lines = append(lines, name+"=; Max-Age=0; HttpOnly; SameSite=Strict")
		}
		return lines
	}
	long := token(strings.Repeat("a", 4000))
	for name, test := range map[string]struct {
		header map[string]string
		status int
		want   []string
	}{
		"as long as it lasts": {
			map[string]string{"Authorization": "Bearer " + token(inAnHour)}, http.StatusOK,
			append([]string{cookieName + "=" + token(inAnHour) + "; Max-Age=3600; HttpOnly; SameSite=Strict"}, forgotten(cookieName+"-1", cookieName+"-2")...),
		},
		"but not for ever": {
			map[string]string{"Authorization": "Bearer " + token(in4Months)}, http.StatusOK,
			append([]string{cookieName + "=" + token(in4Months) + "; Max-Age=43200; HttpOnly; SameSite=Strict"}, forgotten(cookieName+"-1", cookieName+"-2")...),
		},
		"in pieces": {
			map[string]string{"Authorization": "Bearer " + long}, http.StatusOK,
			append([]string{
				cookieName + "=" + long[:3000] + "; Max-Age=43200; HttpOnly; SameSite=Strict",
				cookieName + "-1=" + long[3000:] + "; Max-Age=43200; HttpOnly; SameSite=Strict",
			}, forgotten(cookieName+"-2")...),
		},
		"for TLS only, where there is TLS": {
			map[string]string{"Authorization": "Bearer to.k.en", "X-Forwarded-Proto": "https"}, http.StatusOK,
			[]string{
				"__Secure-" + cookieName + "=to.k.en; Max-Age=43200; HttpOnly; Secure; SameSite=Strict",
				"__Secure-" + cookieName + "-1=; Max-Age=0; HttpOnly; Secure; SameSite=Strict",
				"__Secure-" + cookieName + "-2=; Max-Age=0; HttpOnly; Secure; SameSite=Strict",
			},
		},
		"not if nobody knows it":         {map[string]string{"Authorization": "Bearer to.k.en"}, http.StatusUnauthorized, forgotten(cookieName, cookieName+"-1", cookieName+"-2")},
		"not while nobody can tell":      {map[string]string{"Authorization": "Bearer to.k.en"}, http.StatusServiceUnavailable, nil},
		"not while it is tried too fast": {map[string]string{"Authorization": "Bearer to.k.en"}, http.StatusTooManyRequests, nil},
	} {
		t.Run(name, func(t *testing.T) {
			gate, _ := newGate(t, test.status)
			test.header[requestHeader] = "1"
			answer := ask(gate, http.MethodPost, "/dashboard/api/session", test.header)
			if diff := cmp.Diff(test.want, answer.Header().Values("Set-Cookie")); diff != "" || answer.Code != test.status {
				t.Errorf("%d (-want +got):\n%s", answer.Code, diff)
			}
		})
	}
}

func TestAKeptTokenInPiecesIsPutTogether(t *testing.T) {
	gate, behind := newGate(t, 0)
	ask(gate, http.MethodGet, "/dashboard/api/session", map[string]string{requestHeader: "1", "Cookie": cookieName + "=abc; " + cookieName + "-1=def"})
	if diff := cmp.Diff([]string{"GET /dashboard/v1/session Bearer abcdef"}, behind.asked); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestWhoeverIsNobodyAnyMoreIsSignedOut(t *testing.T) {
	gate, _ := newGate(t, http.StatusUnauthorized)
	for asked, path := range map[string]string{
		// A browser itself takes the path from the request.
		"GET /dashboard/api/overview":                              "",
		"GET /namespaces/acme/dashboard/api/session":               "",
		"GET /dashboard/api/usage/v1/summary":                      " Path=/dashboard/api;",
		"DELETE /dashboard/api/sessions/x":                         " Path=/dashboard/api;",
		"GET /namespaces/acme/dashboard/api/usage/v1/records?a=/b": " Path=/namespaces/acme/dashboard/api;",
		"GET /dynamicmonetization/dashboard/api/usage/v1/summary":  " Path=/dynamicmonetization/dashboard/api;",
	} {
		method, target, _ := strings.Cut(asked, " ")
		answer := ask(gate, method, target, map[string]string{requestHeader: "1", "Cookie": signedIn})
		want := make([]string, 0, cookiePieces)
		for piece := range cookiePieces {
			want = append(want, nameOf(false, piece)+"=;"+path+" Max-Age=0; HttpOnly; SameSite=Strict")
		}
		if diff := cmp.Diff(want, answer.Header().Values("Set-Cookie")); diff != "" || answer.Code != http.StatusUnauthorized {
			t.Errorf("%s: %d (-want +got):\n%s", asked, answer.Code, diff)
		}
	}
	gate, behind := newGate(t, 0)
	answer := ask(gate, http.MethodDelete, "/dashboard/api/session", map[string]string{requestHeader: "1", "Cookie": signedIn})
	if answer.Code != http.StatusNoContent || len(answer.Header().Values("Set-Cookie")) != cookiePieces || len(behind.asked) > 0 {
		t.Errorf("signing out: %d %v, and the API was asked %q", answer.Code, answer.Header(), behind.asked)
	}
}

func TestAnswersSayForWhomTheyAre(t *testing.T) {
	gate, _ := newGate(t, 0)
	of := func(method, target string, header map[string]string) string {
		header[requestHeader] = "1"
		return ask(gate, method, target, header).Header().Get(sessionHeader)
	}
	first := of(http.MethodPost, "/dashboard/api/session", map[string]string{"Authorization": "Bearer to.k.en"})
	if again := of(http.MethodGet, "/dashboard/api/usage/v1/summary", map[string]string{"Cookie": signedIn}); again != first || first == "" || strings.Contains(signedIn, first) {
		t.Errorf("signed in as %q, and then answered as %q", first, again)
	}
	if other := of(http.MethodGet, "/dashboard/api/overview", map[string]string{"Cookie": cookieName + "=an.oth.er"}); other == first || other == "" {
		t.Errorf("somebody else is answered as %q, too", other)
	}
	if nobody := of(http.MethodGet, "/dashboard/api/overview", map[string]string{}); nobody != "" {
		t.Errorf("nobody is answered as %q", nobody)
	}
}
