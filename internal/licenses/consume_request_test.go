package licenses

import (
	"errors"
	"strings"
	"testing"

	"github.com/licensing-operator/licensing-operator/api/v1alpha1"
	"github.com/licensing-operator/licensing-operator/internal/ledger"
	"github.com/licensing-operator/licensing-operator/internal/licensing"
)

func TestWhatIsKeptWithAConsumptionIsBounded(t *testing.T) {
	const wrong = -1
	longest := strings.Repeat("ü", 256)
	for name, tc := range map[string]struct {
		value ConsumptionValue
		want  ErrorID
		says  string
	}{
		"nobody":                    {ConsumptionValue{}, 0, ""},
		"as long as possible":       {ConsumptionValue{UserID: longest, ExternalID: longest}, 0, ""},
		"an external id of lines":   {ConsumptionValue{ExternalID: " job 7\n"}, 0, ""},
		"a user id that is longer":  {ConsumptionValue{UserID: longest + "ü"}, wrong, "$.user_id: has 257 characters, must have at most 256"},
		"no user of the license":    {ConsumptionValue{UserID: " render@node 7 "}, 0, ""},
		"an external id that is so": {ConsumptionValue{ExternalID: longest + "ü"}, wrong, "$.external_id: has 257 characters, must have at most 256"},
	} {
		t.Run(name, func(t *testing.T) {
			tc.value.Value = licensing.Token
			meter := &meter{license: &license{object: &v1alpha1.LineItem{}}}
			request, err := (&Licenses{}).requestOf(t.Context(), meter, tc.value, "laptop", nil)
			if tc.says == "" {
				asked, ok := request.(ledger.ConsumptionRequest)
				if err != nil || !ok || asked.UserID != tc.value.UserID || asked.ExternalID != tc.value.ExternalID {
					t.Errorf("got %+v, %v", request, err)
				}
				return
			}
			form := (*Invalid)(nil)
			if err == nil || err.Error() != tc.says || (tc.want == wrong) != errors.As(err, &form) || (tc.want != wrong && IDOf(err) != tc.want) {
				t.Errorf("got %v, want %s", err, tc.says)
			}
		})
	}
}

// Who holds a unit is an object, which has no room for more.
func TestAnExternalIDOfAUnitIsBounded(t *testing.T) {
	meter := &meter{license: &license{object: &v1alpha1.LineItem{}}}
	meter.limitation.UserProvisioning = true
	value := ConsumptionValue{Value: licensing.Token, UserID: "lisa", ExternalID: strings.Repeat("x", 257)}
	_, err := (&Licenses{}).requestOf(t.Context(), meter, value, "laptop", nil)
	if form := (*Invalid)(nil); !errors.As(err, &form) {
		t.Errorf("got %v", err)
	}
}
