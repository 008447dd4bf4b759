// Package page makes one HTML page of OpenAPI documents: for reading, printing and searching, without scripts and without
// anything to load. It knows what our documents use, not all that OpenAPI has.
package page

import (
	"bytes"
	_ "embed"
	"fmt"
	"html/template"

	"github.com/getkin/kin-openapi/openapi3"
)

var (
	//go:embed page.html
	layout string
	//go:embed page.css
	style string

	page = template.Must(template.New("page").Funcs(template.FuncMap{"prose": prose, "line": line}).Parse(layout))
)

// Render makes the page. The documents appear in the order given, so the current version comes first.
func Render(documents ...*openapi3.T) ([]byte, error) {
	if len(documents) == 0 {
		return nil, fmt.Errorf("a page needs at least one document")
	}
	content := struct {
		Title    string
		Style    template.CSS
		Versions []version
	}{
		Title: documents[0].Info.Title,
		Style: template.CSS(style), //nolint:gosec // our own file
	}
	for _, document := range documents {
		next, err := newVersion(document)
		if err != nil {
			return nil, fmt.Errorf("version %s: %w", document.Info.Version, err)
		}
		content.Versions = append(content.Versions, next)
	}
	var html bytes.Buffer
	if err := page.Execute(&html, content); err != nil {
		return nil, err
	}
	return html.Bytes(), nil
}
