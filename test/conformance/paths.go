package conformance

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
)

func pathCases() []testCase {
	return []testCase{
		{section: "2", title: "every way to write a path", tell: paths},
		{section: "2", title: "the OpenAPI documents and the reference page", tell: documents},
	}
}

func paths(t *trial) {
	m := t.market(sold{quantity: "1000"})
	for _, version := range []string{"v1.0", "v1.1"} {
		for _, prefix := range []string{"", "/dynamicmonetization"} {
			for _, floating := range []string{"", "/floating"} {
				t.form = form{version: version, prefix: prefix, floating: floating}
				s := m.start(photoPrint("0.001"))
				name := t.form.String()
				t.refused(name+": heartbeat", 204, m.client(http.MethodGet, m.sessions(s.id, "heartbeat"), ""))
				t.refused(name+": list", 200, m.listRequest())
				t.refused(name+": close", 204, m.client(http.MethodDelete, m.sessions(s.id), ""))
			}
			t.form = form{version: version, prefix: prefix}
			name := t.form.String()
			t.refused(name+": rate tables", 200, t.admin(http.MethodGet, t.provisioning("rate-tables"), ""))
			t.refused(name+": line items", 200, m.client(http.MethodGet, m.lineItems(), ""))
			t.refused(name+": one-off", 200, m.oneOff(photoPrint("0.001")))
			t.refused(name+": conditions", 200, m.client(http.MethodGet, m.conditions(), ""))
			t.refused(name+": configuration", 200, t.admin(http.MethodGet, t.provisioning("configuration"), ""))
			t.refused(name+": keys under /provisioning", 200, t.admin(http.MethodGet, t.provisioning("public-keys"), ""))
			t.refused(name+": keys as the old reference has them", 200, t.admin(http.MethodGet, prefix+"/"+version+"/public-keys", ""))
			t.refused(name+": keys under /api", 200, t.admin(http.MethodGet, prefix+"/api/"+version+"/public-keys", ""))
			t.refused(name+": a slash at the end", 200, t.admin(http.MethodGet, t.provisioning("rate-tables")+"/", ""))
		}
	}
	t.form = v11
	for _, path := range []string{
		"/", "/provisioning/api/v1.2/rate-tables", "/provisioning/api/v1.1", "/provisioning/api/v1.1/nothing", "/api/v1.1/sessions/" + uuid() + "/x",
		"/elastic/api/v1.1/instances", "/floating/elastic/api/v1.1/instances", "//provisioning/api/v1.1/rate-tables",
		"/dynamicmonetization/dynamicmonetization/provisioning/api/v1.1/rate-tables",
	} {
		t.refused("GET "+path, 404, t.admin(http.MethodGet, path, ""))
	}
	t.refused("GET a path with ..", 400, t.admin(http.MethodGet, "/provisioning/api/v1.1/../v1.1/rate-tables", ""))
}

// documents are served without a tenant and without a token.
func documents(t *trial) {
	origin := t.run.target.BaseURLs[0]
	if scheme, rest, found := strings.Cut(origin, "://"); found {
		host, _, _ := strings.Cut(rest, "/")
		origin = scheme + "://" + host
	}
	get := func(path string) (*http.Response, error) {
		request, err := http.NewRequestWithContext(t.ctx, http.MethodGet, origin+path, nil)
		if err != nil {
			return nil, err
		}
		return t.run.target.HTTPClient.Do(request)
	}
	for _, version := range []string{"v1.0", "v1.1"} {
		response, err := get("/openapi/" + version + ".json")
		t.Need(err == nil, "the OpenAPI document is served: %v; without that", err)
		var document struct {
			OpenAPI string
			Paths   map[string]map[string]json.RawMessage
		}
		err = json.NewDecoder(response.Body).Decode(&document)
		_ = response.Body.Close() // read to its end
		t.Equal("GET /openapi/"+version+".json", "200", fmt.Sprint(response.StatusCode))
		t.Need(err == nil, "it is JSON: %v; without that", err)
		operations := map[string]bool{}
		for path, methods := range document.Paths {
			t.Need(strings.Contains(path, "/"+version+"/"), "%s is a path of %s", path, version)
			for _, described := range methods {
				var operation struct{ OperationID string }
				// Beside the operations there is what they have in common, which is a list.
				if json.Unmarshal(described, &operation) == nil && operation.OperationID != "" {
					operations[operation.OperationID] = true
				}
			}
		}
		t.Equal(version+": operations described", "34", fmt.Sprint(len(operations)))
		t.Equal(version+": OpenAPI 3", "3", document.OpenAPI[:min(1, len(document.OpenAPI))])
	}
	response, err := get("/docs")
	t.Need(err == nil, "the reference page is served: %v; without that", err)
	_ = response.Body.Close() // its text is for people
	t.Equal("GET /docs", "200", fmt.Sprint(response.StatusCode))
	t.Contains("/docs is a page", response.Header.Get("Content-Type"), "text/html")
}
