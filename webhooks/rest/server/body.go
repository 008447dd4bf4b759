package server

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"strings"
	"sync"
)

const jsonType = "application/json"

// offerBody lets the later steps read the body: once, and only so much of it.
func offerBody(most int64) Middleware {
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			known := exchangeOf(r.Context())
			known.read = sync.OnceValues(func() ([]byte, error) { return readBody(w, r, known.operation, most) })
			next.ServeHTTP(w, r)
		})
	}
}

// readBody makes sure that the body is one JSON value with one meaning. An operation without a body gets none: some
// clients send an empty object with everything.
func readBody(w http.ResponseWriter, r *http.Request, operation *operation, most int64) ([]byte, error) {
	if operation.body == nil {
		return nil, nil
	}
	if r.ContentLength > most {
		return nil, tooLarge(most)
	}
	content, err := io.ReadAll(http.MaxBytesReader(w, r.Body, most))
	if err != nil {
		return nil, readingError(err, most)
	}
	if err := checkBody(r.Header, content, operation.bodyRequired); err != nil {
		return nil, err
	}
	return content, nil
}

// requireBody refuses a request that has not the body that it should.
func requireBody() Middleware {
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			content, err := CheckedBody(r.Context())
			if err != nil {
				refuseWith(w, r, err)
				return
			}
			request := r.WithContext(r.Context())
			request.Body, request.ContentLength = io.NopCloser(bytes.NewReader(content)), int64(len(content))
			next.ServeHTTP(w, request)
		})
	}
}

func checkBody(header http.Header, content []byte, required bool) error {
	if len(content) == 0 {
		if required {
			return invalid("$: is missing but it is required")
		}
		return nil
	}
	for _, encoding := range header.Values("Content-Encoding") {
		if encoding != "" && !strings.EqualFold(encoding, "identity") {
			return unsupported("Content-Encoding %q is not possible: send the body as it is", clip(encoding))
		}
	}
	if err := checkContentType(header.Values("Content-Type")); err != nil {
		return err
	}
	if problem := checkJSON(content); problem != "" {
		return invalid("%s", problem)
	}
	return nil
}

func checkContentType(given []string) error {
	if len(given) != 1 {
		return unsupported("Content-Type is given %d times: once, as %s", len(given), jsonType)
	}
	mediaType, parameters, err := mime.ParseMediaType(given[0])
	if err != nil || mediaType != jsonType {
		return unsupported("Content-Type %q is not possible: %s", clip(given[0]), jsonType)
	}
	for name, value := range parameters {
		if name != "charset" || !strings.EqualFold(value, "utf-8") {
			return unsupported("Content-Type %q is not possible: %s, with charset=utf-8 or nothing", clip(given[0]), jsonType)
		}
	}
	return nil
}

func readingError(err error, most int64) error {
	if exceeded := (*http.MaxBytesError)(nil); errors.As(err, &exceeded) {
		return tooLarge(most)
	}
	return invalid("the body ends before its end")
}

func tooLarge(most int64) error {
	return &Refusal{
		Status: http.StatusRequestEntityTooLarge, Reason: ReasonBodyTooLarge,
		Problems: []string{fmt.Sprintf("the body is larger than the %d bytes that are taken", most)},
	}
}

func unsupported(format string, args ...any) error {
	return &Refusal{
		Status: http.StatusUnsupportedMediaType, Reason: ReasonUnsupportedMediaType, Problems: []string{fmt.Sprintf(format, args...)},
	}
}
