package tenant

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/util/validation/field"

	"github.com/licensing-operator/licensing-operator/internal/declaration"
	"github.com/licensing-operator/licensing-operator/internal/ledger"
)

var lineItems = schema.GroupResource{Group: "licensing-operator.dev", Resource: "lineitems"}

func ownedBy(manager, path string) error {
	err := apierrors.NewApplyConflict([]metav1.StatusCause{{
		Type: metav1.CauseTypeFieldManagerConflict, Message: fmt.Sprintf("conflict with %q using licensing-operator.dev/v1alpha1", manager), Field: path,
	}}, "Apply failed with 1 conflict")
	return err
}

func retryLater(seconds int) error {
	err := apierrors.NewTooManyRequests("slow down", seconds)
	return err
}

func policyRefusal(policy string) error {
	message := "ratetables.licensing-operator.dev \"x\" is forbidden: ValidatingAdmissionPolicy '" + policy + "' with binding 'y' denied request: RateTable x is effective since then."
	return &apierrors.StatusError{ErrStatus: metav1.Status{Reason: metav1.StatusReasonInvalid, Code: 422, Message: message}}
}

func TestAFailureOfTheAPIServerIsNeverAConflictOfTheCaller(t *testing.T) {
	wrapped := func(err error) error { return fmt.Errorf("%w: %w", ledger.ErrUnavailable, err) }
	for name, tc := range map[string]struct {
		err        error
		reason     Reason
		problem    string
		retryAfter time.Duration
	}{
		"another's field": {
			ownedBy("flux", ".spec.overdraft.limit"), DeclaredElsewhere,
			"$.attributes.overdraftLimit: is declared by flux in Kubernetes: change it there, or take it out of that declaration first", 0,
		},
		"an invalid field": {
			apierrors.NewInvalid(schema.GroupKind{Kind: "LineItem"}, "x", field.ErrorList{field.Invalid(field.NewPath("spec", "quantity"), 0, "spec.quantity in body should be greater than or equal to 1")}),
			Invalid, "$.quantity: 0: should be greater than or equal to 1", 0,
		},
		"an effective table":             {policyRefusal("licensing-operator-ratetable-deletion"), AlreadyEffective, "RateTable x is effective since then.", 0},
		"a refusal of somebody's policy": {policyRefusal("theirs"), Invalid, "$: " + policyRefusal("theirs").Error(), 0},
		"too large":                      {apierrors.NewRequestEntityTooLargeError("limit is 3145728"), Invalid, "$: Request entity too large: limit is 3145728", 0},
		"no namespace":                   {apierrors.NewNotFound(schema.GroupResource{Resource: "namespaces"}, "shop"), Invalid, "namespace shop does not exist", 0},
		"a namespace that goes": {
			&apierrors.StatusError{ErrStatus: metav1.Status{Reason: metav1.StatusReasonForbidden, Details: &metav1.StatusDetails{Causes: []metav1.StatusCause{{Type: "NamespaceTerminating"}}}}},
			Unavailable, "namespace shop is being deleted and takes nothing new", time.Second,
		},
		"a conflict":          {apierrors.NewConflict(lineItems, "x", errors.New("changed")), Unavailable, "others change the same object without a pause, try again", time.Second},
		"what is there since": {apierrors.NewAlreadyExists(lineItems, "x"), Unavailable, "others change the same object without a pause, try again", time.Second},
		"what is gone since":  {errors.Join(declaration.ErrChanged, apierrors.NewNotFound(lineItems, "x")), Unavailable, "others change the same object without a pause, try again", time.Second},
		"a busy API server":   {retryLater(7), Unavailable, "the API server is too busy, try again", 7 * time.Second},
		"a slow API server":   {apierrors.NewServerTimeout(lineItems, "create", 3), Unavailable, "the API server cannot do it now, try again", 3 * time.Second},
		"a time-out":          {apierrors.NewTimeoutError("too slow", 0), Unavailable, "the API server cannot do it now, try again", time.Second},
		"an internal error":   {apierrors.NewInternalError(errors.New("etcd")), Unavailable, "the API server cannot do it now, try again", time.Second},
		"no permission":       {apierrors.NewForbidden(lineItems, "x", errors.New("no")), Unavailable, "the API server cannot do it now, try again", time.Second},
		"no connection":       {&url.Error{Op: "Get", Err: errors.New("refused")}, Unavailable, "the API server cannot be reached now, try again", time.Second},
		"no time left":        {context.DeadlineExceeded, Unavailable, "the call could not be finished in time, try again", time.Second},
		"the caller went":     {wrapped(context.Canceled), Unavailable, "the ledger cannot decide now, try again", time.Second},
		"no account":          {wrapped(ledger.ErrAccountMissing), Unavailable, "the instance has no account yet, try again", time.Second},
		"no room for records": {
			wrapped(ledger.ErrRecordFull), Unavailable,
			"nothing is charged now: the store of usage records does not answer, and no room is left to keep them elsewhere", 10 * time.Second,
		},
		"no account, and no record to look into": {
			wrapped(ledger.ErrPastUnknown), Unavailable,
			"the instance has no account, and gets one when the store of usage records has told that it never had one", 10 * time.Second,
		},
		"a stopped account": {
			&ledger.HaltedError{Incident: ledger.Incident{ID: "missing-9", Message: "the account is missing"}}, Unavailable,
			"charging on the instance is stopped until its producer has decided: the account is missing", 10 * time.Second,
		},
		"what was refused already": {refuse(OtherInstance, "x"), OtherInstance, "x", 0},
	} {
		t.Run(name, func(t *testing.T) {
			shop := &Tenant{namespace: "shop"}
			var got *Error
			if !errors.As(shop.failed(tc.err, lineItemFields), &got) {
				t.Fatal("not an *Error")
			}
			if diff := cmp.Diff(&Error{Reason: tc.reason, Problems: []string{tc.problem}, RetryAfter: tc.retryAfter}, got, cmp.FilterPath(isCause, cmp.Ignore())); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
			if tc.reason != OtherInstance && !errors.Is(got, tc.err) {
				t.Error("the cause is lost")
			}
		})
	}
	if err := (&Tenant{}).failed(nil, nil); err != nil {
		t.Errorf("a success failed: %v", err)
	}
}

func isCause(path cmp.Path) bool { return path.Last().String() == ".cause" }

func TestOnlyWhatHasChangedMeanwhileIsTriedAgain(t *testing.T) {
	for name, tc := range map[string]struct {
		err  error
		want bool
	}{
		"success":         {nil, false},
		"a conflict":      {apierrors.NewConflict(lineItems, "x", errors.New("changed")), true},
		"a new object":    {apierrors.NewAlreadyExists(lineItems, "x"), true},
		"a gone object":   {declaration.Changed(apierrors.NewNotFound(lineItems, "x")), true},
		"another's field": {ownedBy("flux", ".spec"), false},
		"a refusal":       {refuse(AlreadyExists, "x"), false},
		"a time-out":      {apierrors.NewTimeoutError("x", 1), false},
	} {
		t.Run(name, func(t *testing.T) {
			if got := declaration.Contended(tc.err); got != tc.want {
				t.Errorf("got %t", got)
			}
		})
	}
}

func TestFieldsHaveTheirNamesInTheCall(t *testing.T) {
	for path, want := range map[string]string{
		"spec": "$", "": "$", "spec.quantity": "$.quantity", "spec.items[3].name": "$.items[3].name", "spec.instanceRef.name": "$.instanceId.name",
		"spec.overdraft": "$.attributes", "spec.overdraft.type": "$.attributes.overdraftType", "spec.overdraftX": "$.overdraftX",
		"spec.accessActions[0].allocation": "$[0].allocation", "metadata.name": "the object's metadata.name",
	} {
		if got := lineItemFields.Rename(path); got != want {
			t.Errorf("%s is %s, want %s", path, got, want)
		}
	}
}
