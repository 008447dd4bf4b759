package dashboard

import (
	"compress/gzip"
	"io"
	"net/http"
	"regexp"
	"strings"
	"testing"
)

func TestThePageIsServedWithAPolicy(t *testing.T) {
	gate, behind := newGate(t, 0)
	answer := ask(gate, http.MethodGet, "/namespaces/acme/dashboard/?view=usage", nil)
	if answer.Code != http.StatusOK || !strings.Contains(answer.Body.String(), "<title>Licensing</title>") {
		t.Fatalf("%d %s", answer.Code, answer.Body)
	}
	for name, want := range map[string]string{
		"Content-Type": "text/html; charset=utf-8", "Content-Security-Policy": policy, "X-Content-Type-Options": "nosniff",
		"Referrer-Policy": "no-referrer", "Cache-Control": "no-cache", "Cross-Origin-Opener-Policy": "same-origin",
	} {
		if got := answer.Header().Get(name); got != want {
			t.Errorf("%s: got %q, want %q", name, got, want)
		}
	}
	if len(behind.asked) > 0 {
		t.Errorf("the API was asked %q", behind.asked)
	}
}

func TestAssetsAreSentOnceAndSmall(t *testing.T) {
	gate, _ := newGate(t, 0)
	plain := ask(gate, http.MethodGet, "/dashboard/js/main.js", nil)
	zipped := ask(gate, http.MethodGet, "/dashboard/js/main.js", map[string]string{"Accept-Encoding": "br, gzip"})
	reader, err := gzip.NewReader(zipped.Body)
	if err != nil {
		t.Fatal(err)
	}
	content, err := io.ReadAll(reader)
	if err != nil || string(content) != plain.Body.String() {
		t.Errorf("unpacked it is another file: %v", err)
	}
	if plain.Header().Get("ETag") == zipped.Header().Get("ETag") {
		t.Error("both have the same tag")
	}
	again := ask(gate, http.MethodGet, "/dashboard/js/main.js", map[string]string{"If-None-Match": plain.Header().Get("ETag")})
	if again.Code != http.StatusNotModified || again.Body.Len() > 0 {
		t.Errorf("again: %d, %d bytes", again.Code, again.Body.Len())
	}
}

func TestWhatIsNoAssetIsNotServed(t *testing.T) {
	gate, _ := newGate(t, 0)
	for asked, want := range map[string]int{
		"GET /dashboard/nothing.js":             http.StatusNotFound,
		"GET /dashboard/js/":                    http.StatusNotFound,
		"GET /dashboard/js/../../gate.go":       http.StatusNotFound,
		"GET /dashboard/..%2fgate.go":           http.StatusNotFound,
		"POST /dashboard/index.html":            http.StatusMethodNotAllowed,
		"HEAD /dashboard/vendor/uplot/LICENSE":  http.StatusOK,
		"GET /dashboard/favicon.svg":            http.StatusOK,
		"GET /dashboard":                        http.StatusPermanentRedirect,
		"GET /namespaces/acme/dashboard":        http.StatusPermanentRedirect,
		"GET /dynamicmonetization/dashboard/":   http.StatusOK,
		"GET /dashboard/vendor/uplot/LICENSE":   http.StatusOK,
		"DELETE /dashboard/vendor/uplot/x.html": http.StatusNotFound,
	} {
		method, target, _ := strings.Cut(asked, " ")
		if answer := ask(gate, method, target, nil); answer.Code != want {
			t.Errorf("%s: got %d, want %d", asked, answer.Code, want)
		}
	}
}

// With the policy they would not work, and a reader of the page would not learn why.
func TestThePageHasNoInlineScriptsOrStyles(t *testing.T) {
	files, err := newAssets()
	if err != nil {
		t.Fatal(err)
	}
	inline := regexp.MustCompile(`(?i)<script(?:\s[^>]*)?>[^<]|<style|\sstyle=|\son[a-z]+=|javascript:|innerHTML|insertAdjacentHTML|document\.write|\beval\(|new Function`)
	for name, file := range files.files {
		if strings.HasPrefix(name, "vendor/") || strings.HasSuffix(name, ".css") {
			continue
		}
		if found := inline.Find(file.content); found != nil {
			t.Errorf("%s has %q", name, found)
		}
	}
}

// Everything comes with the operator: no address of another server is in what was written for the page.
func TestThePageAsksNobodyElse(t *testing.T) {
	files, err := newAssets()
	if err != nil {
		t.Fatal(err)
	}
	address := regexp.MustCompile(`https?://[a-z0-9.-]+`)
	for name, file := range files.files {
		if strings.HasPrefix(name, "vendor/") {
			continue
		}
		for _, found := range address.FindAllString(string(file.content), -1) {
			if found != "http://www.w3.org" { // the name of SVG, which nobody asks
				t.Errorf("%s has %s", name, found)
			}
		}
	}
}
