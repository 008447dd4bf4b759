package declaration

import (
	"context"
	"errors"
	"fmt"
	"net"
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"

	"github.com/licensing-operator/licensing-operator/internal/ledger"
)

const (
	// RetryAfter is when a caller who was told to should ask again.
	RetryAfter = time.Second
	// haltedRetryAfter is the same where charging has stopped: it takes a person.
	haltedRetryAfter = 10 * time.Second
)

// NotNow says what to tell a caller whom the API server or the ledger cannot serve now, and when asking again is right.
func NotNow(err error) (wait time.Duration, message string) {
	var halted *ledger.HaltedError
	var network net.Error
	wait = RetryAfter
	if seconds, suggested := apierrors.SuggestsClientDelay(err); suggested && seconds > 0 {
		wait = time.Duration(seconds) * time.Second
	}
	switch {
	case errors.As(err, &halted):
		return haltedRetryAfter, fmt.Sprintf("charging on the instance is stopped until its producer has decided: %s", halted.Incident.Message)
	case errors.Is(err, ledger.ErrRecordFull):
		return haltedRetryAfter, "nothing is charged now: the store of usage records does not answer, and no room is left to keep them elsewhere"
	case errors.Is(err, ledger.ErrPastUnknown):
		return haltedRetryAfter, "the instance has no account, and gets one when the store of usage records has told that it never had one"
	case errors.Is(err, ledger.ErrAccountMissing):
		return wait, "the instance has no account yet, try again"
	case errors.Is(err, ledger.ErrUnavailable):
		return wait, ledger.ErrUnavailable.Error()
	case errors.As(err, &network) && !network.Timeout():
		return wait, "the API server cannot be reached now, try again"
	case errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded), errors.As(err, &network):
		return wait, "the call could not be finished in time, try again"
	case Contended(err):
		return wait, "others change the same object without a pause, try again"
	case apierrors.IsTooManyRequests(err):
		return wait, "the API server is too busy, try again"
	}
	return wait, "the API server cannot do it now, try again"
}
