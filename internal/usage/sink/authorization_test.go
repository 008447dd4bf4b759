package sink

import (
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/licensing-operator/licensing-operator/internal/usage"
)

func TestEventsAreAuthorizedByAFile(t *testing.T) {
	var got []string
	elsewhere := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { t.Error("the redirect was followed") }))
	defer elsewhere.Close()
	sink := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if got = append(got, r.Header.Get("Authorization")); got[len(got)-1] == "Bearer moved" {
			http.Redirect(w, r, elsewhere.URL, http.StatusTemporaryRedirect)
		}
	}))
	defer sink.Close()
	file := filepath.Join(t.TempDir(), "authorization")
	events, err := newEvents(sink.URL, (&Tailer{AuthorizationFile: file}).httpClient())
	if err != nil {
		t.Fatal(err)
	}
	record := usage.Record{ID: "a/0", Kind: usage.Charge, TransactionID: "a", Namespace: "shop", Instance: "acme", Time: time.Now()}
	if err := events.send(t.Context(), record); err == nil {
		t.Error("an event was sent without the file")
	}
	for value, taken := range map[string]bool{"Bearer first\n": true, "Bearer second": true, "Bearer moved": false} {
		got = nil
		if err := os.WriteFile(file, []byte(value), 0o600); err != nil {
			t.Fatal(err)
		}
		if err := events.send(t.Context(), record); (err == nil) != taken {
			t.Errorf("%q: %v", value, err)
		}
		if len(got) != 1 || got[0]+"\n" != value && got[0] != value {
			t.Errorf("the sink got %q, the file has %q", got, value)
		}
	}
}
