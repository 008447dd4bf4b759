package tenant

import (
	"context"
	"errors"
	"fmt"
	"net"
	"strings"
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/licensing-operator/licensing-operator/internal/ledger"
)

const (
	// retryAfter is when a caller who was told to should ask again.
	retryAfter = time.Second
	// haltedRetryAfter is the same for an account on which charging has stopped: it takes a person.
	haltedRetryAfter = 10 * time.Second
)

// failed tells the caller why the API server or the ledger did not do what was asked. Fields maps the fields of the object
// to those of the call.
func (t *Tenant) failed(err error, fields fieldMap) error {
	if refused := (*Error)(nil); err == nil || errors.As(err, &refused) {
		return err
	}
	switch {
	case len(ownedByOthers(err)) > 0:
		return declaredElsewhere(err, fields)
	case deniedByPolicy(err, rateTablePolicy):
		return &Error{Reason: AlreadyEffective, Problems: []string{policyMessage(err)}, cause: err}
	case apierrors.IsInvalid(err):
		return &Error{Reason: Invalid, Problems: problemsOf(err, fields), cause: err}
	case apierrors.IsRequestEntityTooLargeError(err), apierrors.IsBadRequest(err):
		return &Error{Reason: Invalid, Problems: []string{"$: " + statusMessage(err)}, cause: err}
	case namespaceMissing(err):
		return &Error{Reason: Invalid, Problems: []string{fmt.Sprintf("namespace %s does not exist", t.namespace)}, cause: err}
	case apierrors.HasStatusCause(err, "NamespaceTerminating"):
		return unavailable(err, retryAfter, "namespace %s is being deleted and takes nothing new", t.namespace)
	}
	return t.notNow(err)
}

// notNow is the answer where asking again is right.
func (t *Tenant) notNow(err error) error {
	var halted *ledger.HaltedError
	var network net.Error
	wait := retryAfter
	if seconds, suggested := apierrors.SuggestsClientDelay(err); suggested && seconds > 0 {
		wait = time.Duration(seconds) * time.Second
	}
	switch {
	case errors.As(err, &halted):
		return unavailable(err, haltedRetryAfter, "charging on the instance is stopped until its producer has decided: %s", halted.Incident.Message)
	case errors.Is(err, ledger.ErrAccountMissing):
		return unavailable(err, wait, "the instance has no account yet, try again")
	case errors.Is(err, ledger.ErrUnavailable):
		return unavailable(err, wait, "%s", ledger.ErrUnavailable)
	case errors.As(err, &network) && !network.Timeout():
		return unavailable(err, wait, "the API server cannot be reached now, try again")
	case errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded), errors.As(err, &network):
		return unavailable(err, wait, "the call could not be finished in time, try again")
	case contended(err):
		return unavailable(err, wait, "others change the same object without a pause, try again")
	case apierrors.IsTooManyRequests(err):
		return unavailable(err, wait, "the API server is too busy, try again")
	}
	return unavailable(err, wait, "the API server cannot do it now, try again")
}

func unavailable(cause error, wait time.Duration, format string, args ...any) error {
	return &Error{Reason: Unavailable, Problems: []string{fmt.Sprintf(format, args...)}, RetryAfter: wait, cause: cause}
}

// contended tells that the decision rested on something that has changed meanwhile.
func contended(err error) bool {
	return errors.Is(err, errChanged) || (apierrors.IsConflict(err) && len(ownedByOthers(err)) == 0) || apierrors.IsAlreadyExists(err)
}

// ownedByOthers are the fields that server-side apply refused because somebody else declares them.
func ownedByOthers(err error) (causes []metav1.StatusCause) {
	var status apierrors.APIStatus
	if !apierrors.IsConflict(err) || !errors.As(err, &status) || status.Status().Details == nil {
		return nil
	}
	for _, cause := range status.Status().Details.Causes {
		if cause.Type == metav1.CauseTypeFieldManagerConflict {
			causes = append(causes, cause)
		}
	}
	return causes
}

// declaredElsewhere names who declares which of the fields.
func declaredElsewhere(err error, fields fieldMap) error {
	var problems []string
	for _, cause := range ownedByOthers(err) {
		manager := "somebody else"
		if _, quoted, found := strings.Cut(cause.Message, `"`); found {
			manager, _, _ = strings.Cut(quoted, `"`)
		}
		problems = append(problems, declaredBy(fields.rename(strings.TrimPrefix(cause.Field, ".")), manager))
	}
	return &Error{Reason: DeclaredElsewhere, Problems: problems, cause: err}
}

func declaredBy(field, manager string) string {
	return fmt.Sprintf("%s: is declared by %s in Kubernetes: change it there, or take it out of that declaration first", field, manager)
}

// rateTablePolicy is the admission policy that keeps effective rate tables.
const rateTablePolicy = "licensing-operator-ratetable-deletion"

func deniedByPolicy(err error, policy string) bool {
	return (apierrors.IsInvalid(err) || apierrors.IsForbidden(err)) && strings.Contains(statusMessage(err), "'"+policy+"'")
}

// policyMessage is what the policy says, without who said it.
func policyMessage(err error) string {
	_, message, found := strings.Cut(statusMessage(err), "denied request: ")
	if !found {
		return statusMessage(err)
	}
	return message
}

func statusMessage(err error) string {
	var status apierrors.APIStatus
	if errors.As(err, &status) && status.Status().Message != "" {
		return status.Status().Message
	}
	return err.Error()
}

func namespaceMissing(err error) bool {
	var status apierrors.APIStatus
	return apierrors.IsNotFound(err) && errors.As(err, &status) && status.Status().Details != nil && status.Status().Details.Kind == "namespaces"
}
