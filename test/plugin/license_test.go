package plugin

import (
	"context"
	"fmt"
	"net/http"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/licensing-operator/licensing-operator/api/openapi/decimal"
	v2 "github.com/licensing-operator/licensing-operator/pkg/client/v2"
	"github.com/licensing-operator/licensing-operator/test/cluster"
	"github.com/licensing-operator/licensing-operator/test/conformance/embedded"
	"github.com/licensing-operator/licensing-operator/test/conformance/namedusers"
)

// license is one of the producer's customer, with a limitation that users hold and one that is consumed.
type license struct {
	namedusers.Sale

	vendor string
	api    *v2.ClientWithResponses
}

func (p *producer) sellsLicense(t *testing.T) *license {
	t.Helper()
	target, err := embedded.NamedUsers(t.Context(), system.Config, p.Namespace, []string{system.Replicas[0].URL})
	if err != nil {
		t.Fatal(err)
	}
	limit := 10
	l := &license{vendor: target.VendorID, Sale: namedusers.Sale{
		ProductID: uuid.NewString(), LicenseID: uuid.NewString(), EditionID: uuid.NewString(), CustomerNumber: cluster.InstanceName, Activation: "TokenKey",
		UserLimit: &limit, Start: time.Date(2023, 9, 27, 0, 0, 0, 0, time.UTC), End: time.Date(9999, 12, 31, 23, 59, 59, 0, time.UTC),
		Limitations: []namedusers.Limitation{
			{ID: uuid.NewString(), Name: "feature", Limit: &limit, UserProvisioning: true, ResetMode: 1},
			{ID: uuid.NewString(), Name: "calls", Limit: &limit, ResetMode: 3},
		},
	}}
	if err := target.Shop.Sell(t.Context(), l.Sale); err != nil {
		t.Fatal(err)
	}
	l.api, err = v2.NewClientWithResponses(system.Replicas[0].URL, v2.WithRequestEditorFn(v2.WithAdminKey(target.AdminKey)))
	if err != nil {
		t.Fatal(err)
	}
	return l
}

// consumes counts a value of a limitation: a unit for the user, or what is used of it.
func (l *license) consumes(t *testing.T, limitation int, user, value string) {
	t.Helper()
	cluster.Eventually(t, "consumption", func(ctx context.Context) error {
		a, err := l.api.AddConsumptionHeartbeatsWithResponse(ctx, l.vendor, nil, v2.FullConsumptionHeartbeatDto{
			ClientID:             l.LicenseID,
			ConsumptionHeartbeat: []v2.ConsumptionHeartbeatValueDto{{LimitationID: l.Limitations[limitation].ID, UserID: &user, Value: decimal.Decimal(value)}},
		})
		if err == nil && a.StatusCode() != http.StatusOK {
			err = fmt.Errorf("%d: %s", a.StatusCode(), a.Body)
		}
		return err
	})
}

func (l *license) adds(t *testing.T, user string) {
	t.Helper()
	cluster.Eventually(t, "user "+user, func(ctx context.Context) error {
		a, err := l.api.AddLicenseUserWithResponse(ctx, l.vendor, l.LicenseID, nil, v2.LicenseUserRequest{UserID: &user, Name: &user, IsActive: new(true)})
		if err == nil && a.StatusCode() != http.StatusOK {
			err = fmt.Errorf("%d: %s", a.StatusCode(), a.Body)
		}
		return err
	})
}
