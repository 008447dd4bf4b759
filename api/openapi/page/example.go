package page

import (
	"bytes"
	"encoding/json"
	"net/url"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"
)

// exampleOf is the example that the document gives for a body, or one put together from its parts.
func exampleOf(media *openapi3.MediaType) any {
	if media.Example != nil {
		return media.Example
	}
	return assembled(media.Schema.Value)
}

func assembled(schema *openapi3.Schema) any {
	schema = flat(schema)
	switch {
	case schema.Example != nil:
		return schema.Example
	case len(schema.Enum) > 0:
		return schema.Enum[0]
	case len(schema.OneOf) > 0:
		return assembled(schema.OneOf[0].Value)
	case schema.Type.Is("array"):
		return []any{assembled(schema.Items.Value)}
	case schema.Type.Is("object"):
		value := map[string]any{}
		for name, property := range schema.Properties {
			value[name] = assembled(property.Value)
		}
		return value
	case schema.Type.Is("boolean"):
		return false
	case schema.Type.Is("string") && schema.Format == "date-time":
		return "2026-01-31T12:00:00Z"
	case schema.Type.Is("string"):
		return "..."
	default:
		return 0
	}
}

func indented(value any) (string, error) {
	return encoded(value, "  ")
}

// encoded leaves < and & as they are: the template escapes them for HTML.
func encoded(value any, indent string) (string, error) {
	var text bytes.Buffer
	encoder := json.NewEncoder(&text)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", indent)
	err := encoder.Encode(value)
	return strings.TrimSpace(text.String()), err
}

// curl is a command for a shell in which BASE is the address of the server, and TOKEN or KEY what the caller is known by.
func curl(method, path, credentials string, parameters openapi3.Parameters, media *openapi3.MediaType) (string, error) {
	query := url.Values{}
	headers := []string{credentials}
	for _, parameter := range parameters {
		p := parameter.Value
		value, _ := p.Example.(string)
		switch {
		case p.In == openapi3.ParameterInPath:
			path = strings.ReplaceAll(path, "{"+p.Name+"}", url.PathEscape(value))
		case p.In == openapi3.ParameterInQuery && value != "":
			query.Set(p.Name, value)
		case p.In == openapi3.ParameterInHeader && value != "":
			headers = append(headers, "-H "+quoted(p.Name+": "+value))
		}
	}
	if len(query) > 0 {
		path += "?" + query.Encode()
	}
	command := "curl"
	if method != "GET" {
		command += " -X " + method
	}
	lines := append([]string{command + ` "$BASE` + path + `"`}, headers...)
	if media != nil {
		text, err := encoded(exampleOf(media), "")
		if err != nil {
			return "", err
		}
		lines = append(lines, "-H 'Content-Type: application/json'", "-d "+quoted(text))
	}
	return strings.Join(lines, " \\\n  "), nil
}

// quoted is a text as a shell reads it unchanged.
func quoted(text string) string { return "'" + strings.ReplaceAll(text, "'", `'\''`) + "'" }
