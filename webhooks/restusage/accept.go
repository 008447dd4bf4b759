package restusage

import (
	"mime"
	"strconv"
	"strings"

	"github.com/licensing-operator/licensing-operator/internal/usage/export"
)

// accepted is the format that the header Accept likes best; false if it likes none. Among equals it is the first one.
func accepted(header []string) (export.Format, bool) {
	if len(header) == 0 {
		return export.NDJSON, true
	}
	best, most := export.Format(""), 0.0
	for _, format := range export.Formats() {
		if q := quality(header, format.MediaType()); q > most {
			best, most = format, q
		}
	}
	return best, most > 0
}

// quality is that of the range that says most about the media type.
func quality(header []string, mediaType string) float64 {
	class, _, _ := strings.Cut(mediaType, "/")
	found, precision := 0.0, -1
	for part := range strings.SplitSeq(strings.Join(header, ","), ",") {
		asked, parameters, err := mime.ParseMediaType(part)
		if err != nil {
			continue
		}
		matches := []string{"*/*", class + "/*", mediaType}
		for i, match := range matches {
			if asked == match && i > precision {
				found, precision = weight(parameters), i
			}
		}
	}
	return found
}

func weight(parameters map[string]string) float64 {
	if q, given := parameters["q"]; given {
		value, _ := strconv.ParseFloat(q, 64) // what is no number is not wanted
		return value
	}
	return 1
}
