// Command openapi writes the JSON documents that the server serves: versions 1.1 and 2 and the usage data API as they are
// written by hand, and version 1.0 as an overlay describes it.
package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"log"
	"os"
	"path/filepath"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"
	"sigs.k8s.io/yaml"
)

func main() {
	log.SetFlags(0)
	if len(os.Args) != 2 {
		log.Fatal("usage: openapi DIRECTORY")
	}
	if err := run(os.Args[1]); err != nil {
		log.Fatal(err)
	}
}

func run(directory string) error {
	for _, version := range []string{"v1.1", "v2", "usage"} {
		document, err := read(directory, version)
		if err != nil {
			return err
		}
		if err := write(filepath.Join(directory, version+".json"), document); err != nil {
			return err
		}
	}

	changes, err := os.ReadFile(filepath.Join(directory, "v1.0.overlay.yaml"))
	if err != nil {
		return err
	}
	// Read a second time, because an overlay changes the document in place.
	former, err := read(directory, "v1.1")
	if err != nil {
		return err
	}
	if err := apply(changes, former); err != nil {
		return fmt.Errorf("v1.0.overlay.yaml: %w", err)
	}
	return write(filepath.Join(directory, "v1.0.json"), renamed(former, "/v1.1/", "/v1.0/"))
}

func read(directory, version string) (any, error) {
	source, err := os.ReadFile(filepath.Join(directory, version+".yaml"))
	if err != nil {
		return nil, err
	}
	document, err := parse(source)
	if err != nil {
		return nil, fmt.Errorf("%s.yaml: %w", version, err)
	}
	return document, nil
}

// parse keeps numbers as they are written.
func parse(text []byte) (any, error) {
	converted, err := yaml.YAMLToJSONStrict(text)
	if err != nil {
		return nil, err
	}
	decoder := json.NewDecoder(bytes.NewReader(converted))
	decoder.UseNumber()
	var document any
	err = decoder.Decode(&document)
	return document, err
}

// write refuses a document that is not valid, examples included.
func write(path string, document any) error {
	var text bytes.Buffer
	encoder := json.NewEncoder(&text)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", "  ")
	if err := encoder.Encode(published(document)); err != nil {
		return err
	}
	parsed, err := openapi3.NewLoader().LoadFromData(text.Bytes())
	if err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	if err := parsed.Validate(context.Background()); err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	return os.WriteFile(path, text.Bytes(), 0o644) //nolint:gosec // a source file
}

// published leaves out what only the generator of Go code reads.
func published(node any) any {
	return transformed(node, func(key string) (string, bool) {
		return key, !strings.HasPrefix(key, "x-go-") && key != "x-enum-varnames"
	}, func(text string) string { return text })
}

// renamed replaces a part of every name and text.
func renamed(node any, before, after string) any {
	rename := func(text string) string { return strings.ReplaceAll(text, before, after) }
	return transformed(node, func(key string) (string, bool) { return rename(key), true }, rename)
}

func transformed(node any, key func(string) (string, bool), text func(string) string) any {
	switch node := node.(type) {
	case map[string]any:
		result := make(map[string]any, len(node))
		for name, value := range node {
			if name, keep := key(name); keep {
				result[name] = transformed(value, key, text)
			}
		}
		return result
	case []any:
		result := make([]any, len(node))
		for index, value := range node {
			result[index] = transformed(value, key, text)
		}
		return result
	case string:
		return text(node)
	default:
		return node
	}
}
