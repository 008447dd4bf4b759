package tenant

import (
	"errors"
	"fmt"
	"strings"
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"

	"github.com/licensing-operator/licensing-operator/internal/declaration"
)

// failed tells the caller why the API server or the ledger did not do what was asked. Fields maps the fields of the object
// to those of the call.
func (t *Tenant) failed(err error, fields declaration.Fields) error {
	if refused := (*Error)(nil); err == nil || errors.As(err, &refused) {
		return err
	}
	switch {
	case len(declaration.Conflicts(err)) > 0:
		return declaredElsewhere(err, fields)
	case deniedByPolicy(err, rateTablePolicy):
		return &Error{Reason: AlreadyEffective, Problems: []string{policyMessage(err)}, cause: err}
	case apierrors.IsInvalid(err):
		return &Error{Reason: Invalid, Problems: fields.Problems(err), cause: err}
	case apierrors.IsRequestEntityTooLargeError(err), apierrors.IsBadRequest(err):
		return &Error{Reason: Invalid, Problems: []string{"$: " + declaration.StatusMessage(err)}, cause: err}
	case namespaceMissing(err):
		return &Error{Reason: Invalid, Problems: []string{fmt.Sprintf("namespace %s does not exist", t.namespace)}, cause: err}
	case apierrors.HasStatusCause(err, "NamespaceTerminating"):
		return unavailable(err, declaration.RetryAfter, "namespace %s is being deleted and takes nothing new", t.namespace)
	}
	wait, message := declaration.NotNow(err)
	return unavailable(err, wait, "%s", message)
}

func unavailable(cause error, wait time.Duration, format string, args ...any) error {
	return &Error{Reason: Unavailable, Problems: []string{fmt.Sprintf(format, args...)}, RetryAfter: wait, cause: cause}
}

// declaredElsewhere names who declares which of the fields.
func declaredElsewhere(err error, fields declaration.Fields) error {
	var problems []string
	for _, conflict := range declaration.Conflicts(err) {
		problems = append(problems, declaredBy(fields.Rename(conflict.Field), conflict.Manager))
	}
	return &Error{Reason: DeclaredElsewhere, Problems: problems, cause: err}
}

func declaredBy(field, manager string) string {
	return fmt.Sprintf("%s: is declared by %s in Kubernetes: change it there, or take it out of that declaration first", field, manager)
}

// rateTablePolicy is the admission policy that keeps effective rate tables.
const rateTablePolicy = "licensing-operator-ratetable-deletion"

func deniedByPolicy(err error, policy string) bool {
	return (apierrors.IsInvalid(err) || apierrors.IsForbidden(err)) && strings.Contains(declaration.StatusMessage(err), "'"+policy+"'")
}

// policyMessage is what the policy says, without who said it.
func policyMessage(err error) string {
	_, message, found := strings.Cut(declaration.StatusMessage(err), "denied request: ")
	if !found {
		return declaration.StatusMessage(err)
	}
	return message
}

func namespaceMissing(err error) bool {
	var status apierrors.APIStatus
	return apierrors.IsNotFound(err) && errors.As(err, &status) && status.Status().Details != nil && status.Status().Details.Kind == "namespaces"
}
