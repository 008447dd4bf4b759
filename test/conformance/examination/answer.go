package examination

import (
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// Answer is what came back.
type Answer struct {
	Status int
	Header http.Header
	Body   []byte
}

const shownBytes = 1500

// RetryAfter is how long an answer wants its caller to wait, at most some seconds.
func (a Answer) RetryAfter() (time.Duration, bool) {
	seconds, err := strconv.Atoi(a.Header.Get("Retry-After"))
	if (a.Status != http.StatusTooManyRequests && a.Status != http.StatusServiceUnavailable) || err != nil {
		return 0, false
	}
	return time.Duration(min(seconds, 5)) * time.Second, true
}

// Show writes an exchange for people, with those of the headers that are there.
func Show(r *http.Request, body string, a Answer, asked, answered []string) string {
	var text strings.Builder
	fmt.Fprintf(&text, "%s %s\n", r.Method, r.URL)
	for _, name := range asked {
		if value := r.Header.Get(name); value != "" {
			fmt.Fprintf(&text, "%s: %s\n", name, value)
		}
	}
	fmt.Fprintf(&text, "%s\n--> %d", Shorten(body), a.Status)
	for _, name := range answered {
		if value := a.Header.Get(name); value != "" {
			fmt.Fprintf(&text, "\n    %s: %s", name, value)
		}
	}
	fmt.Fprintf(&text, "\n    %s", Shorten(string(a.Body)))
	return text.String()
}

// Shorten keeps the beginning of a long text.
func Shorten(text string) string {
	if len(text) <= shownBytes {
		return text
	}
	return fmt.Sprintf("%s… (%d bytes)", text[:shownBytes], len(text))
}

// At is the value at a path of the body, as JSON text.
func (a Answer) At(path string) string {
	value, err := Decode(a.Body)
	if err != nil {
		return "no JSON: " + Shorten(string(a.Body))
	}
	found, ok := Find(value, path)
	if !ok {
		return Absent
	}
	return Text(found)
}

// String is the string at a path, or what is there instead.
func (a Answer) String(path string) string {
	value, err := Decode(a.Body)
	if err == nil {
		if found, ok := Find(value, path); ok {
			if s, isText := found.(string); isText {
				return s
			}
		}
	}
	return a.At(path)
}

// Number is the whole number at a path, or -1.
func (a Answer) Number(path string) int64 {
	n, err := strconv.ParseInt(a.At(path), 10, 64)
	if err != nil {
		return -1
	}
	return n
}

// List is the array at a path.
func (a Answer) List(path string) []any {
	value, err := Decode(a.Body)
	if err != nil {
		return nil
	}
	found, _ := Find(value, path)
	elements, _ := found.([]any)
	return elements
}
