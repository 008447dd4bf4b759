package namedusers

import (
	"context"
	"crypto/rand"
	"crypto/rsa"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/licensing-operator/licensing-operator/test/conformance/examination"
)

// emptyShop sells nothing.
type emptyShop struct{}

func (emptyShop) Sell(context.Context, Sale) error                         { return nil }
func (emptyShop) Key(context.Context, Key) (string, error)                 { return "key", nil }
func (emptyShop) Declare(context.Context, string, string, ...string) error { return nil }

func target(t *testing.T, url string) Target {
	t.Helper()
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	complete, err := Target{
		BaseURLs: []string{url}, VendorID: uuid(), AdminKey: "a", ProvisioningKey: "p", Bearer: func() string { return "b" }, PublicKey: &key.PublicKey, Shop: emptyShop{},
	}.complete()
	if err != nil {
		t.Fatal(err)
	}
	return complete
}

// TestAServerThatDoesNotConformIsFound gives servers that give everybody the same answer.
func TestAServerThatDoesNotConformIsFound(t *testing.T) {
	t.Parallel()
	for name, answer := range map[string]struct {
		status int
		body   string
	}{
		"yes":  {200, `[{"transaction_id":"11111111-1111-4111-8111-111111111111","balance":1,"remaining":2,"limit":3}]`},
		"no":   {409, `{"id":1010,"message":"no","help":null}`},
		"what": {404, `{"type":null,"title":"Not Found","status":404,"detail":"x","instance":null}`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
				w.Header().Set("Content-Type", "application/json")
				w.WriteHeader(answer.status)
				_, _ = w.Write([]byte(answer.body))
			}))
			t.Cleanup(server.Close)
			r := &runner{target: target(t, server.URL)}
			for _, c := range allCases() {
				if c.section == "2.5" { // it waits for what never happens
					continue
				}
				result := r.tell(t.Context(), c)
				// One check is about every answer: these are not signed.
				failed := 0
				for _, check := range result.Checks[:len(result.Checks)-1] {
					if !check.Passed {
						failed++
					}
				}
				if failed == 0 {
					t.Errorf("%s: every check passed", result.Name())
				}
				if last := result.Checks[len(result.Checks)-1]; last.Passed && last.Expected != "0 answers" && c.title != "the contract that is served is the one that is examined" {
					t.Errorf("%s: nobody missed the signatures", result.Name())
				}
			}
		})
	}
}

func TestShapesAreChecked(t *testing.T) {
	t.Parallel()
	const good = `{"transaction_id":null,"limitation_id":"11111111-1111-4111-8111-111111111111","remaining":2.5,"balance":1,"limit":3,"goodwill":null,` +
		`"last_reset_date_utc":"2026-01-01T00:00:00.1234567Z","next_reset_date_utc":null}`
	value, err := examination.Decode([]byte(good))
	if err != nil {
		t.Fatal(err)
	}
	if err := shaped("it", "ConsumptionDto", value); err != nil {
		t.Error(err)
	}
	object := value.(map[string]any)
	for field, bad := range map[string]string{
		"transaction_id": `"x"`, "limitation_id": "null", "remaining": `"2"`, "balance": "true", "last_reset_date_utc": `"2026-01-01"`, "next_reset_date_utc": `"2026-01-01T00:00:00+00:00"`,
	} {
		was := object[field]
		object[field], _ = examination.Decode([]byte(bad))
		if shaped("it", "ConsumptionDto", object) == nil {
			t.Errorf("%s may be %s", field, bad)
		}
		delete(object, field)
		if shaped("it", "ConsumptionDto", object) == nil {
			t.Errorf("%s may be left out", field)
		}
		object[field] = was
	}
	for kind, bad := range map[string]string{"[guid]": `["x"]`, "int": "2.0", "[LicenseUserDto]": `[{}]`, "text": "1", "bool": `"true"`} {
		value, _ := examination.Decode([]byte(bad))
		if shaped("it", kind, value) == nil {
			t.Errorf("%s may be %s", kind, bad)
		}
	}
}

func TestEachOperationIsFoundByItsPath(t *testing.T) {
	t.Parallel()
	for _, o := range operations {
		r := o.request()
		if dto, known := answersOf(r.method, r.path); !known || dto != o.answers {
			t.Errorf("%s %s answers %q, %t; want %q", r.method, r.path, dto, known, o.answers)
		}
		if _, known := dtos[trimBrackets(o.answers)]; !known && o.answers != "" && o.answers != "text" && o.answers != "int" {
			t.Errorf("nobody knows the shape %s", o.answers)
		}
	}
}

func trimBrackets(kind string) string {
	if len(kind) > 1 && kind[0] == '[' {
		return kind[1 : len(kind)-1]
	}
	return kind
}

func TestATargetThatCannotBeExaminedIsAnError(t *testing.T) {
	t.Parallel()
	good := target(t, "http://127.0.0.1:1")
	for name, spoil := range map[string]func(*Target){
		"no URL":    func(t *Target) { t.BaseURLs = nil },
		"no vendor": func(t *Target) { t.VendorID = "" },
		"no key":    func(t *Target) { t.PublicKey = nil },
		"no shop":   func(t *Target) { t.Shop = nil },
	} {
		bad := good
		spoil(&bad)
		if _, err := Run(t.Context(), bad); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
}
