package page_test

import (
	"bytes"
	"encoding/xml"
	"errors"
	"io"
	"regexp"
	"strings"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"

	"github.com/licensing-operator/licensing-operator/api/openapi"
	"github.com/licensing-operator/licensing-operator/api/openapi/page"
)

func documents(t *testing.T) []*openapi3.T {
	t.Helper()
	var all []*openapi3.T
	for _, text := range [][]byte{openapi.V11(), openapi.V2(), openapi.V10()} {
		document, err := openapi3.NewLoader().LoadFromData(text)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, document)
	}
	return all
}

func render(t *testing.T, documents ...*openapi3.T) string {
	t.Helper()
	html, err := page.Render(documents...)
	if err != nil {
		t.Fatal(err)
	}
	return string(html)
}

func TestEveryOperationIsOnThePage(t *testing.T) {
	all := documents(t)
	html := render(t, all...)
	for _, document := range all {
		for path, item := range document.Paths.Map() {
			for method, operation := range item.Operations() {
				id := "v" + document.Info.Version + "-" + operation.OperationID
				article := between(html, `<article id="`+id+`"`, "</article>")
				for _, want := range []string{
					operation.OperationID, operation.Summary, ">" + method + "</span> " + path, "With curl", `href="#` + id + `"`,
				} {
					if !strings.Contains(article, want) {
						t.Errorf("%s: the page does not say %q", id, want)
					}
				}
				for status := range operation.Responses.Map() {
					if !regexp.MustCompile(`<dt>(<a [^>]*>)?` + status + " ").MatchString(article) {
						t.Errorf("%s: the page does not have status %s", id, status)
					}
				}
			}
		}
	}
}

func TestAnOperationIsDescribedInFull(t *testing.T) {
	article := between(render(t, documents(t)...), `<article id="v1.1-requestSessionAccess"`, "</article>")
	for _, want := range []string{
		"<code>x-instance-id</code>", "in header, optional", "<code>Licensing-Next-Charge</code>",
		"<code>requestedItems[].count</code>", "more than 0, at most 1000000000000", "up to 6 decimals",
		"1 to 64 characters", "at most 64 elements", "<code>rollbackOnDeny</code>",
		"Example: Denied", "&#34;code&#34;: &#34;1202&#34;",
		"curl -X PUT &#34;$BASE/api/v1.1/sessions/9a1d7a3c-0f0a-4b7e-9d53-2f4b6f0b7c21&#34;",
	} {
		if !strings.Contains(article, want) {
			t.Errorf("the page does not say %q", want)
		}
	}
}

func TestKeysNullsTimesAndComposedBodiesAreDescribed(t *testing.T) {
	html := render(t, documents(t)...)
	added := between(html, `<article id="v2-addLicenseUser"`, "</article>")
	for _, want := range []string{
		`-H &#34;AdminKey: $KEY&#34;`, "<code>NewLicenseUser</code>, object", "UUID or null", "time or null",
		`<code>user_id</code><span class="soft">required</span>`, `<code>license_user_group_id</code><span class="soft">optional</span>`,
	} {
		if !strings.Contains(added, want) {
			t.Errorf("the page does not say %q", want)
		}
	}
	consumed := between(html, `<article id="v2-addConsumptionHeartbeats"`, "</article>")
	if want := `-H &#34;ProvisioningKey: $KEY&#34;`; !strings.Contains(consumed, want) {
		t.Errorf("the page does not say %q", want)
	}
	template := between(html, `<article id="v2-getTemplate"`, "</article>")
	for _, want := range []string{"integer or null", "list of objects or null", "0, 1, 2, 3, 4, 5"} {
		if !strings.Contains(template, want) {
			t.Errorf("the page does not say %q", want)
		}
	}
	introduction := between(html, `<h3 id="v2-authentication">`, "<h3")
	for _, want := range []string{"header <code>ProvisioningKey</code>", "header <code>AdminKey</code>", "ServiceAccount"} {
		if !strings.Contains(introduction, want) {
			t.Errorf("the introduction does not say %q", want)
		}
	}
	if want := "Version 2: Licenses and Named Users API"; !strings.Contains(html, want) {
		t.Errorf("the page does not say %q", want)
	}
}

func TestVersionsShowTheirDifferences(t *testing.T) {
	html := render(t, documents(t)...)
	former := between(html, `<article id="v1.0-createRateTable"`, "</article>")
	current := between(html, `<article id="v1.1-createRateTable"`, "</article>")
	if strings.Contains(former, "items[].formula") || !strings.Contains(current, "items[].formula") {
		t.Error("formulas belong to version 1.1 only")
	}
}

func TestThePageStandsAlone(t *testing.T) {
	html := render(t, documents(t)...)
	for _, unwanted := range []string{"<script", " src=", "<link", "@import", "url(", "http://", "https://", "ZgotmplZ"} {
		if strings.Contains(html, unwanted) {
			t.Errorf("the page has %q", unwanted)
		}
	}
}

func TestEveryLinkLeadsToOneAnchor(t *testing.T) {
	html := render(t, documents(t)...)
	anchors := map[string]int{}
	for _, match := range regexp.MustCompile(` id="([^"]+)"`).FindAllStringSubmatch(html, -1) {
		anchors[match[1]]++
	}
	for id, count := range anchors {
		if count > 1 {
			t.Errorf("%d elements have the id %s", count, id)
		}
	}
	for _, match := range regexp.MustCompile(` (?:href="#|aria-labelledby=")([^"]+)"`).FindAllStringSubmatch(html, -1) {
		if anchors[match[1]] == 0 {
			t.Errorf("nothing has the id %s", match[1])
		}
	}
}

func TestEveryElementIsClosed(t *testing.T) {
	decoder := xml.NewDecoder(strings.NewReader(render(t, documents(t)...)))
	decoder.Entity = xml.HTMLEntity
	for {
		_, err := decoder.Token()
		if errors.Is(err, io.EOF) {
			return
		}
		if err != nil {
			t.Fatal(err)
		}
	}
}

func TestTextsAreEscaped(t *testing.T) {
	document := documents(t)[0]
	document.Paths.Find("/api/v1.1/sessions").Post.Summary = `<script>alert("1")</script>`
	document.Paths.Find("/api/v1.1/sessions").Post.Description = "a < b & `<i>`"
	html := render(t, document)
	if strings.Contains(html, "<script>") || strings.Contains(html, "<i>") {
		t.Error("the page has markup of the document")
	}
	if !strings.Contains(html, "a &lt; b &amp; <code>&lt;i&gt;</code>") {
		t.Error("the text is not on the page")
	}
}

func TestRenderingIsDeterministic(t *testing.T) {
	all := documents(t)
	first := []byte(render(t, all...))
	for range 2 {
		if !bytes.Equal(first, []byte(render(t, all...))) {
			t.Fatal("the page differs from one time to the next")
		}
	}
}

func TestAPageNeedsADocument(t *testing.T) {
	if _, err := page.Render(); err == nil {
		t.Error("a page of nothing was made")
	}
}

func between(text, from, to string) string {
	_, rest, _ := strings.Cut(text, from)
	part, _, _ := strings.Cut(rest, to)
	return part
}
