package page

import (
	"html"
	"html/template"
	"regexp"
	"strings"
)

var (
	code   = regexp.MustCompile("`([^`]+)`")
	strong = regexp.MustCompile(`\*\*([^*]+)\*\*`)
)

// line marks up a text that stands within a line.
func line(text string) template.HTML {
	text = html.EscapeString(strings.TrimSpace(text))
	text = code.ReplaceAllString(text, "<code>$1</code>")
	text = strong.ReplaceAllString(text, "<strong>$1</strong>")
	return template.HTML(text) //nolint:gosec // escaped above
}

// prose marks up paragraphs and lists, which is all the Markdown that our descriptions use.
func prose(text string) template.HTML {
	var out strings.Builder
	for paragraph := range strings.SplitSeq(strings.TrimSpace(text), "\n\n") {
		if paragraph == "" {
			continue
		}
		items, isList := strings.CutPrefix(paragraph, "- ")
		if !isList {
			out.WriteString("<p>" + string(line(paragraph)) + "</p>")
			continue
		}
		out.WriteString("<ul>")
		for item := range strings.SplitSeq(items, "\n- ") {
			out.WriteString("<li>" + string(line(item)) + "</li>")
		}
		out.WriteString("</ul>")
	}
	return template.HTML(out.String()) //nolint:gosec // put together from escaped parts
}
