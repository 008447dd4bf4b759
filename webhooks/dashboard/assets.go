package dashboard

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"fmt"
	"io/fs"
	"net/http"
	"path"
	"strings"

	"github.com/licensing-operator/licensing-operator/webhooks/rest/server"
)

//go:embed assets
var embedded embed.FS

// policy lets the page load its own parts, ask its own server, and nothing else. Nobody may frame it or send its forms
// elsewhere, and no text ever becomes markup.
const policy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; " +
	"base-uri 'none'; form-action 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types 'none'"

var contentTypes = map[string]string{
	".html": "text/html; charset=utf-8", ".js": "text/javascript; charset=utf-8", ".css": "text/css; charset=utf-8",
	".svg": "image/svg+xml", "": "text/plain; charset=utf-8",
}

// assets are the files of the page by their path.
type assets struct{ files map[string]file }

type file struct {
	contentType, tag string
	content, zipped  []byte
}

func newAssets() (*assets, error) {
	a := &assets{files: map[string]file{}}
	root, err := fs.Sub(embedded, "assets")
	if err != nil {
		return nil, err
	}
	err = fs.WalkDir(root, ".", func(name string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		content, err := fs.ReadFile(root, name)
		if err != nil {
			return err
		}
		a.files[name], err = newFile(name, content)
		return err
	})
	a.files[""] = a.files["index.html"]
	return a, err
}

func newFile(name string, content []byte) (file, error) {
	contentType, known := contentTypes[path.Ext(name)]
	if !known {
		return file{}, fmt.Errorf("nobody knows the type of %s", name)
	}
	sum := sha256.Sum256(content)
	made := file{contentType: contentType, tag: hex.EncodeToString(sum[:8]), content: content}
	var zipped bytes.Buffer
	writer := gzip.NewWriter(&zipped)
	if _, err := writer.Write(content); err != nil {
		return file{}, err
	}
	err := writer.Close()
	made.zipped = zipped.Bytes()
	return made, err
}

func (a *assets) serve(w http.ResponseWriter, r *http.Request, name string) {
	header := w.Header()
	header.Set("X-Content-Type-Options", "nosniff")
	header.Set("Content-Security-Policy", policy)
	header.Set("Referrer-Policy", "no-referrer")
	header.Set("Cross-Origin-Opener-Policy", "same-origin")
	header.Set("Cross-Origin-Resource-Policy", "same-origin")
	header.Set("Permissions-Policy", "camera=(), geolocation=(), microphone=()")
	found, known := a.files[name]
	switch {
	case !known:
		server.WriteProblem(w, r, http.StatusNotFound, server.ReasonNotFound, "the dashboard has nothing at this path")
		return
	case r.Method != http.MethodGet && r.Method != http.MethodHead:
		header.Set("Allow", "GET, HEAD")
		server.WriteProblem(w, r, http.StatusMethodNotAllowed, server.ReasonMethodNotAllowed, r.Method+" is not possible here: GET, HEAD")
		return
	}
	// Asked for again each time, and sent only after an upgrade.
	header.Set("Cache-Control", "no-cache")
	header.Set("Vary", "Accept-Encoding")
	content, tag := found.content, `"`+found.tag+`"`
	if found.zipped != nil && strings.Contains(r.Header.Get("Accept-Encoding"), "gzip") {
		header.Set("Content-Encoding", "gzip")
		content, tag = found.zipped, `"`+found.tag+`-gzip"`
	}
	header.Set("ETag", tag)
	if r.Header.Get("If-None-Match") == tag {
		header.Del("Content-Encoding")
		w.WriteHeader(http.StatusNotModified)
		return
	}
	header.Set("Content-Type", found.contentType)
	if r.Method == http.MethodGet {
		_, _ = w.Write(content) // a browser that has gone away is told nothing
	}
}
