package conformance

import (
	"net/http"
	"net/http/httptest"
	"testing"
	"time"
)

// TestAServerThatDoesNotConformIsFound gives a server that says yes to everything.
func TestAServerThatDoesNotConformIsFound(t *testing.T) {
	t.Parallel()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		_, _ = w.Write([]byte(`{"state":"ACTIVE","used":3,"sessionId":"x","id":"x","lastAccessRequest":1}`))
	}))
	t.Cleanup(server.Close)
	target := Target{BaseURLs: []string{server.URL}, ChargePeriod: time.Second}
	for kind, signer := range map[string]*Signer{"EC": &target.Admin, "Ed25519": &target.Client} {
		var err error
		if *signer, err = NewSigner(kind, kind); err != nil {
			t.Fatal(err)
		}
	}
	complete, err := target.complete()
	if err != nil {
		t.Fatal(err)
	}
	r := &runner{target: complete, tokens: map[string]string{}}
	for _, c := range allCases() {
		if c.pace == waiting || c.section == "3.27" { // these wait for what never happens
			continue
		}
		if result := r.tell(t.Context(), telling{c, v11}); result.Passed() && result.NotShown == "" {
			t.Errorf("%s: every check passed", result.Name())
		}
	}
}

func TestATargetThatCannotBeExaminedIsAnError(t *testing.T) {
	t.Parallel()
	for name, target := range map[string]Target{
		"no URL":       {ChargePeriod: time.Second},
		"no keys":      {BaseURLs: []string{"http://x"}, ChargePeriod: time.Second},
		"a long hour":  {BaseURLs: []string{"http://x"}, ChargePeriod: time.Hour},
		"an address":   {BaseURLs: []string{"http://127.0.0.1:1"}, ChargePeriod: time.Second, Admin: signer(t), Client: signer(t)},
		"a bad scheme": {BaseURLs: []string{"x://127.0.0.1"}, ChargePeriod: time.Second, Admin: signer(t), Client: signer(t)},
	} {
		if _, err := Run(t.Context(), target); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
}

func signer(t *testing.T) Signer {
	t.Helper()
	s, err := NewSigner("EC", "x")
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestRefundsAreRoundedDownOneByOne(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		charges      []amount
		left, period int64
		want         string
	}{
		{[]amount{tokens("30"), tokens("14")}, 40, 60, "29.333333"},
		{[]amount{tokens("44")}, 40, 60, "29.333333"},
		{[]amount{tokens("1"), tokens("1")}, 1, 3, "0.666666"},
		{[]amount{tokens("3")}, 0, 60, "0"},
		{[]amount{tokens("370370367.370368")}, 3_599_999, 3_600_000, "370370264.48971"},
	} {
		if got := refund(test.charges, test.left, test.period).String(); got != test.want {
			t.Errorf("%v × %d/%d is %s, want %s", test.charges, test.left, test.period, got, test.want)
		}
	}
}

func TestSpoiledBodiesDifferFromTheGoodOne(t *testing.T) {
	t.Parallel()
	const good = `{"a":"b","list":[{"c":1,"d":{"e":true}}]}`
	seen := map[string]string{}
	for _, bad := range spoil(good, []string{"a", "list.0.c"}) {
		if bad.body == good {
			t.Errorf("%s is the good body", bad.what)
		}
		if other, twice := seen[bad.body]; twice {
			t.Errorf("%s is the same as %s", bad.what, other)
		}
		seen[bad.body] = bad.what
	}
	for _, want := range []string{"no list.0.c", "null for a", "a wrong type of list.0.d.e", "a wrong type of list"} {
		found := false
		for _, what := range seen {
			found = found || what == want
		}
		if !found {
			t.Errorf("nothing with %s", want)
		}
	}
}
