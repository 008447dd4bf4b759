package main

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"time"

	apimeta "k8s.io/apimachinery/pkg/api/meta"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/licensing-operator/licensing-operator/api/openapi/decimal"
	"github.com/licensing-operator/licensing-operator/api/v1alpha1"
	v2 "github.com/licensing-operator/licensing-operator/pkg/client/v2"
	"github.com/licensing-operator/licensing-operator/test/conformance/embedded"
)

// creators is how many clients create objects at once.
const creators = 32

// declareUsers creates the users and waits until each holds the unit that is declared.
func (f *fixture) declareUsers(ctx context.Context) ([]row, error) {
	started := time.Now()
	latencies, took, err := each(ctx, f.users, creators, func(ctx context.Context, i int) error { return f.client.Create(ctx, f.object(i)) })
	if err != nil {
		return nil, err
	}
	created := rate("users declared by kubectl: creating the objects", latencies, took, 1)
	for {
		held, err := f.held(ctx, 0)
		if err != nil {
			return nil, err
		}
		if held == decimal.Decimal(fmt.Sprint(f.users)) {
			break
		}
		select {
		case <-time.After(50 * time.Millisecond):
		case <-ctx.Done():
			return nil, fmt.Errorf("%s users hold a unit: %w", held, ctx.Err())
		}
	}
	granted := time.Since(started)
	if err := f.awaitQuiet(ctx); err != nil {
		return nil, err
	}
	all := time.Since(started)
	within := func(what string, took time.Duration) row {
		return row{what: what, perSecond: float64(f.users) / took.Seconds(), note: fmt.Sprintf("all %d within %s of the first create", f.users, took.Round(time.Millisecond))}
	}
	return []row{created, within("users provisioned by the controller", granted), within("users whose objects say so", all)}, nil
}

// awaitQuiet waits until the object of each user says what the user holds: then the controller has nothing more to do.
func (f *fixture) awaitQuiet(ctx context.Context) error {
	for {
		var list v1alpha1.UserProvisioningList
		if err := f.client.List(ctx, &list, client.InNamespace(embedded.UsersNamespace)); err != nil {
			return err
		}
		silent := slices.ContainsFunc(list.Items, func(user v1alpha1.UserProvisioning) bool {
			return user.Status.Granted == "" || !apimeta.IsStatusConditionTrue(user.Status.Conditions, v1alpha1.ConditionReady)
		})
		if !silent {
			return nil
		}
		select {
		case <-time.After(2 * time.Second):
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// held is the balance of a limitation.
func (f *fixture) held(ctx context.Context, limitation int) (decimal.Decimal, error) {
	a, err := f.api.GetConsumptionBalanceWithResponse(ctx, f.VendorID, f.LicenseID)
	if err != nil {
		return "", err
	}
	if a.JSON200 == nil {
		return "", fmt.Errorf("balance: %s", a.Body)
	}
	for _, balance := range *a.JSON200 {
		if balance.LimitationID == f.Limitations[limitation].ID {
			return balance.Balance, nil
		}
	}
	return "", fmt.Errorf("no balance: %s", a.Body)
}

// heartbeat provisions users with a limitation, all in one call.
func (f *fixture) heartbeat(ctx context.Context, limitation, first, count int) error {
	var values []v2.ConsumptionHeartbeatValueDto
	for i := range count {
		values = append(values, v2.ConsumptionHeartbeatValueDto{LimitationID: f.Limitations[limitation].ID, UserID: new(userID(first + i)), Value: "1"})
	}
	a, err := f.api.AddConsumptionHeartbeatsWithResponse(ctx, f.VendorID, nil, v2.FullConsumptionHeartbeatDto{ClientID: f.LicenseID, ConsumptionHeartbeat: values})
	if err != nil {
		return err
	}
	if a.JSON200 == nil {
		return fmt.Errorf("heartbeat: %d %s", a.StatusCode(), a.Body)
	}
	for _, entry := range *a.JSON200 {
		if entry.TransactionID == nil {
			return fmt.Errorf("refused: %+v", entry)
		}
	}
	return nil
}

func (f *fixture) provisionOneByOne(ctx context.Context) ([]row, error) {
	half := f.users / 2
	one, took, err := within(ctx, f.duration, half, 1, func(ctx context.Context, i int) error { return f.heartbeat(ctx, 1, i, 1) })
	if err != nil {
		return nil, err
	}
	rows := []row{rate("units provisioned over REST one by one, 1 caller", one, took, 1)}
	many, took, err := within(ctx, 2*f.duration, f.users-half, f.callers, func(ctx context.Context, i int) error { return f.heartbeat(ctx, 1, half+i, 1) })
	if err != nil {
		return nil, err
	}
	return append(rows, rate(fmt.Sprintf("units provisioned over REST one by one, %d callers", f.callers), many, took, 1)), nil
}

// batchers is how many callers send batches at once.
const batchers = 2

func (f *fixture) provisionInBatches(ctx context.Context) ([]row, error) {
	batch := func(ctx context.Context, i int) error { return f.heartbeat(ctx, 2, i*f.batch, f.batch) }
	latencies, took, err := within(ctx, 2*f.duration, f.users/f.batch, batchers, batch)
	if err != nil {
		return nil, err
	}
	rows := []row{rate(fmt.Sprintf("units provisioned over REST in batches of %d, %d callers", f.batch, batchers), latencies, took, f.batch)}
	latencies, took, err = each(ctx, len(latencies), batchers, batch)
	if err != nil {
		return nil, err
	}
	return append(rows, rate("the same batches again, which change nothing", latencies, took, f.batch)), nil
}

// byUser finds the licenses of users by chance.
func (f *fixture) byUser(callers int) func(context.Context) ([]row, error) {
	find := func(ctx context.Context, _ int) error {
		a, err := f.api.GetLicensesByUserWithResponse(ctx, f.VendorID, v2.GetLicensesByUserDto{ProductID: f.ProductID, UserID: userID(rand.IntN(f.users))}) //nolint:gosec // chance is all it is for
		if err != nil {
			return err
		}
		if a.JSON200 == nil || len(*a.JSON200) != 1 || (*a.JSON200)[0].LicenseLimitations[0].CurrentUserTransactionID == nil {
			return fmt.Errorf("by_user: %d %s", a.StatusCode(), a.Body)
		}
		return nil
	}
	return func(ctx context.Context) ([]row, error) {
		// As many as fit into the time, as a first few tell.
		warm, took, err := each(ctx, 20*callers, callers, find)
		if err != nil {
			return nil, err
		}
		count := max(200, int(float64(len(warm))*f.duration.Seconds()/took.Seconds()))
		latencies, took, err := each(ctx, count, callers, find)
		if err != nil {
			return nil, err
		}
		return []row{rate(fmt.Sprintf("by_user, %d callers", callers), latencies, took, 1)}, nil
	}
}

// addUsers adds more users over REST, and deletes them in bulk.
func (f *fixture) addUsers(ctx context.Context) ([]row, error) {
	count := min(1000, f.users)
	var ids []string
	for i := range count {
		ids = append(ids, fmt.Sprintf("added-%05d@acme.example", i))
	}
	latencies, took, err := each(ctx, count, f.callers, func(ctx context.Context, i int) error {
		a, err := f.api.AddLicenseUserWithResponse(ctx, f.VendorID, f.LicenseID, nil, v2.LicenseUserRequest{UserID: &ids[i], Name: &ids[i], IsActive: new(true)})
		if err == nil && a.JSON200 == nil {
			err = fmt.Errorf("add: %d %s", a.StatusCode(), a.Body)
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	rows := []row{rate(fmt.Sprintf("users added over REST, %d callers", f.callers), latencies, took, 1)}
	deleted, took, err := each(ctx, 1, 1, func(ctx context.Context, _ int) error {
		a, err := f.api.BulkDeleteLicenseUsersWithResponse(ctx, f.VendorID, f.LicenseID, nil, ids)
		if err == nil && a.JSON200 == nil {
			err = fmt.Errorf("bulk-delete: %d %s", a.StatusCode(), a.Body)
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	return append(rows, rate(fmt.Sprintf("users deleted over REST in one bulk-delete of %d", count), deleted, took, count)), nil
}
