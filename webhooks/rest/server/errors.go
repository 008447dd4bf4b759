package server

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// The reasons that the chain itself answers with. Those of the handlers are tenant.Reason.
const (
	ReasonInvalid              = "Invalid"
	ReasonUnauthenticated      = "Unauthenticated"
	ReasonForbidden            = "Forbidden"
	ReasonNotFound             = "NotFound"
	ReasonMethodNotAllowed     = "MethodNotAllowed"
	ReasonBodyTooLarge         = "BodyTooLarge"
	ReasonUnsupportedMediaType = "UnsupportedMediaType"
	ReasonTooManyRequests      = "TooManyRequests"
	ReasonUnavailable          = "Unavailable"
	ReasonInternal             = "InternalError"

	// ReasonSessionTerminated is tenant.SessionTerminated.
	ReasonSessionTerminated = "SessionTerminated"
)

const (
	putLineItem     = "putLineItem"
	challengeHeader = "WWW-Authenticate"
)

// Refusal is an answer other than what was asked for.
type Refusal struct {
	Status   int
	Reason   string
	Problems []string
	// RetryAfter is sent when it is not zero.
	RetryAfter time.Duration
	// Challenge is what a 401 says about authentication, unless it is plainly Bearer.
	Challenge string
}

// Error joins the problems.
func (r *Refusal) Error() string {
	return fmt.Sprintf("%d %s: %s", r.Status, r.Reason, strings.Join(r.Problems, "; "))
}

// WriteProblem writes a refusal in the form that the operation has in the request's version.
func WriteProblem(w http.ResponseWriter, r *http.Request, status int, reason string, problems ...string) {
	header := w.Header()
	header.Set("Content-Type", "application/json")
	if status == http.StatusUnauthorized && header.Get(challengeHeader) == "" {
		header.Set(challengeHeader, "Bearer")
	}
	w.WriteHeader(status)
	encoder := json.NewEncoder(w)
	encoder.SetEscapeHTML(false)
	// A client that has gone away is told nothing.
	_ = encoder.Encode(problemBody(exchangeOf(r.Context()), status, reason, problems))
}

// SetRetryAfter tells when to ask again, in whole seconds and never at once.
func SetRetryAfter(w http.ResponseWriter, after time.Duration) {
	seconds := max(1, int64((after+time.Second-1)/time.Second))
	w.Header().Set("Retry-After", strconv.FormatInt(seconds, 10))
}

func refuse(w http.ResponseWriter, r *http.Request, refusal *Refusal) {
	if refusal.RetryAfter > 0 {
		SetRetryAfter(w, refusal.RetryAfter)
	}
	if refusal.Challenge != "" {
		w.Header().Set(challengeHeader, refusal.Challenge)
	}
	WriteProblem(w, r, refusal.Status, refusal.Reason, refusal.Problems...)
}

// problemBody has the irregularities of the published API: clients parse them.
func problemBody(known *exchange, status int, reason string, problems []string) any {
	if known.route.Version == V2 {
		return newProblemDetails(status, problems)
	}
	old := known.route.Version == V10
	switch {
	case status == http.StatusBadRequest && known.operationID() == putLineItem && old:
		return map[string][]string{"errors": problems}
	case status == http.StatusBadRequest && known.operationID() == putLineItem:
		return map[string][]string{"message": problems}
	case reason == ReasonSessionTerminated && !old:
		return map[string]string{"message": strings.Join(problems, "; ")}
	}
	return map[string]string{"error": strings.Join(problems, "; "), "reason": reason}
}
