package licenses

import (
	"errors"
	"fmt"
	"testing"
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/util/validation/field"

	"github.com/licensing-operator/licensing-operator/internal/ledger"
	"github.com/licensing-operator/licensing-operator/internal/licensing"
)

func TestAFailureIsToldInTheWordsOfTheCall(t *testing.T) {
	conflict := apierrors.NewApplyConflict([]metav1.StatusCause{{
		Type: metav1.CauseTypeFieldManagerConflict, Message: `conflict with "flux" using licensing-operator.dev/v1alpha1`, Field: ".spec.active",
	}}, "Apply failed with 1 conflict")
	wrong := apierrors.NewInvalid(schema.GroupKind{Kind: "UserProvisioning"}, "x", field.ErrorList{field.TooLong(field.NewPath("spec", "userID"), "x", 256)})
	for name, tc := range map[string]struct {
		err  error
		want string
	}{
		"another's field":          {conflict, "*licenses.Error: $.is_active: is declared by flux in Kubernetes: change it there, or take it out of that declaration first"},
		"a field that is wrong":    {wrong, "*licenses.Invalid: $.user_id: must have at most 256 characters"},
		"what was told already":    {errorf(UserUnknown, "nobody"), "*licenses.Error: nobody"},
		"a ledger without time":    {fmt.Errorf("%w: busy", ledger.ErrUnavailable), "*licenses.Unavailable: the ledger cannot decide now, try again"},
		"a license that is gone":   {notFound("no license"), "*licenses.NotFound: no license"},
		"a key for something else": {forbidden("p"), "*licenses.Forbidden: the key is not for product p"},
	} {
		t.Run(name, func(t *testing.T) {
			err := (&Licenses{}).failed(tc.err, userFields)
			if got := fmt.Sprintf("%T: %v", err, err); got != tc.want {
				t.Errorf("got %s, want %s", got, tc.want)
			}
			if !errors.Is(err, tc.err) {
				t.Error("the cause is lost")
			}
		})
	}
	later := (*Unavailable)(nil)
	if err := (&Licenses{}).failed(ledger.ErrUnavailable, nil); !errors.As(err, &later) || later.RetryAfter != time.Second {
		t.Errorf("%v", err)
	}
	if err := (&Licenses{}).failed(nil, nil); err != nil {
		t.Errorf("a success failed: %v", err)
	}
}

func TestEveryReasonOfTheLedgerHasAnID(t *testing.T) {
	for reason, want := range map[licensing.LimitationReason]ErrorID{
		licensing.StaticLimitation: LimitationStatic, licensing.InvalidValue: ValueNotPossible, licensing.InactiveUser: UserInactive,
		licensing.UnknownTransaction: TransactionUnknown, licensing.ProvisionedByUser: BalanceNotResettable, licensing.NotProvisionedByUser: ValueNotPossible,
	} {
		err := (&Licenses{}).refusedByLedger(fmt.Errorf("wrapped: %w", &licensing.LimitationError{Reason: reason, Message: "no"}))
		if IDOf(err) != want || err.Error() != "no" {
			t.Errorf("%s: %d %v", reason, IDOf(err), err)
		}
	}
}
