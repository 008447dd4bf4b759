package server

import (
	"net/http"
	"strings"
)

// problemDetails is the form of errors in version 2, that of RFC 9457.
type problemDetails struct {
	Type     string  `json:"type"`
	Title    string  `json:"title"`
	Status   int     `json:"status"`
	Detail   string  `json:"detail"`
	Instance *string `json:"instance"`
}

func newProblemDetails(status int, problems []string) problemDetails {
	return problemDetails{
		Type: "about:blank", Title: http.StatusText(status), Status: status, Detail: strings.Join(problems, "; "),
	}
}
