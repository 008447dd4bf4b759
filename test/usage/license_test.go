package usage

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/google/uuid"

	"github.com/licensing-operator/licensing-operator/api/openapi/decimal"
	v2 "github.com/licensing-operator/licensing-operator/pkg/client/v2"
	"github.com/licensing-operator/licensing-operator/test/conformance/namedusers"
)

// license calls the API of named users. It has few units of the first limitation, and a meter of the second.
type license struct {
	namedusers.Sale
	apis    []*v2.ClientWithResponses
	answers *answers
	users   []string
}

const (
	units, meter = 0, 1
	// consumedAtOnce is how many values one call has.
	consumedAtOnce = 10
)

func newLicense(ctx context.Context, told *answers) (*license, error) {
	few, many := 5, 1_000_000_000
	l := &license{answers: told, Sale: namedusers.Sale{
		ProductID: uuid.NewString(), LicenseID: uuid.NewString(), EditionID: uuid.NewString(), CustomerNumber: "customer-" + uuid.NewString()[:8],
		Activation: "TokenKey",
		Start:      time.Date(2023, 9, 27, 0, 0, 0, 0, time.UTC), End: time.Date(9999, 12, 31, 23, 59, 59, 0, time.UTC),
		Limitations: []namedusers.Limitation{
			{ID: uuid.NewString(), Name: "units", Limit: &few, UserProvisioning: true, ResetMode: 1},
			{ID: uuid.NewString(), Name: "meter", Limit: &many, ResetMode: 1},
		},
	}}
	if err := vendor.Shop.Sell(ctx, l.Sale); err != nil {
		return nil, err
	}
	for _, url := range vendor.BaseURLs {
		api, err := v2.NewClientWithResponses(url, v2.WithHTTPClient(transport), v2.WithRequestEditorFn(v2.WithAdminKey(vendor.AdminKey)))
		if err != nil {
			return nil, err
		}
		l.apis = append(l.apis, api)
	}
	for n := range 20 {
		user := fmt.Sprintf("user-%d", n)
		if err := l.adds(ctx, user); err != nil {
			return nil, err
		}
		l.users = append(l.users, user)
	}
	return l, nil
}

func (l *license) api(n int) *v2.ClientWithResponses { return l.apis[n%len(l.apis)] }

func (l *license) adds(ctx context.Context, user string) error {
	return insist(ctx, func() (int, []byte, error) {
		a, err := l.api(0).AddLicenseUserWithResponse(ctx, vendor.VendorID, l.LicenseID, nil, v2.LicenseUserRequest{UserID: &user, Name: &user, IsActive: new(true)})
		if err != nil {
			return 0, nil, err
		}
		return a.StatusCode(), a.Body, nil
	})
}

func (l *license) value(limitation int, value string, user *string) v2.ConsumptionHeartbeatValueDto {
	return v2.ConsumptionHeartbeatValueDto{LimitationID: l.Limitations[limitation].ID, UserID: user, Value: decimal.Decimal(value)}
}

// sends gives the ids of what was taken.
func (l *license) sends(ctx context.Context, n int, key string, values ...v2.ConsumptionHeartbeatValueDto) (ids []string, err error) {
	err = insist(ctx, func() (int, []byte, error) {
		a, err := l.api(n).AddConsumptionHeartbeatsWithResponse(ctx, vendor.VendorID, &v2.AddConsumptionHeartbeatsParams{IdempotencyKey: &key},
			v2.FullConsumptionHeartbeatDto{ClientID: l.LicenseID, ConsumptionHeartbeat: values})
		if err != nil {
			return 0, nil, err
		}
		if a.JSON200 != nil {
			for _, entry := range *a.JSON200 {
				l.answers.unit(entry.TransactionID)
				if entry.TransactionID != nil {
					ids = append(ids, *entry.TransactionID)
				}
			}
		}
		return a.StatusCode(), a.Body, nil
	})
	return ids, err
}

// givesBack is refused when an earlier try has done it.
func (l *license) givesBack(ctx context.Context, n, limitation int, transaction string) error {
	err := insist(ctx, func() (int, []byte, error) {
		a, err := l.api(n).RollbackConsumptionHeartbeatWithResponse(ctx, vendor.VendorID,
			v2.ConsumptionTransactionDto{LimitationID: &l.Limitations[limitation].ID, TransactionID: &transaction})
		if err != nil {
			return 0, nil, err
		}
		return a.StatusCode(), a.Body, nil
	})
	if refused := (*refusal)(nil); errors.As(err, &refused) && refused.status == http.StatusConflict {
		return nil
	}
	return err
}
