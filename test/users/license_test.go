package users

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/uuid"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/licensing-operator/licensing-operator/api/openapi/decimal"
	"github.com/licensing-operator/licensing-operator/api/v1alpha1"
	"github.com/licensing-operator/licensing-operator/internal/ledger"
	v2 "github.com/licensing-operator/licensing-operator/pkg/client/v2"
	"github.com/licensing-operator/licensing-operator/test/cluster"
	"github.com/licensing-operator/licensing-operator/test/conformance/embedded"
	"github.com/licensing-operator/licensing-operator/test/conformance/namedusers"
)

// The limitations of a license: so many units of the first as the test says, and plenty of the second.
const (
	scarce = "scarce"
	plenty = "plenty"
)

// license is one of a customer of its own.
type license struct {
	t *testing.T
	namedusers.Sale
	// clients have one API each, in the order of the replicas.
	clients []*v2.ClientWithResponses
	next    *atomic.Uint64
}

func sell(t *testing.T, units int, userLimit *int) *license {
	t.Helper()
	all := 100_000
	l := &license{t: t, next: &atomic.Uint64{}, Sale: namedusers.Sale{
		ProductID: uuid.NewString(), LicenseID: uuid.NewString(), EditionID: uuid.NewString(), CustomerNumber: "customer-" + uuid.NewString()[:8],
		Activation: "TokenKey", UserLimit: userLimit,
		Start: time.Date(2023, 9, 27, 0, 0, 0, 0, time.UTC), End: time.Date(9999, 12, 31, 23, 59, 59, 0, time.UTC),
		Limitations: []namedusers.Limitation{
			{ID: uuid.NewString(), Name: scarce, Limit: &units, UserProvisioning: true, ResetMode: 1},
			{ID: uuid.NewString(), Name: plenty, Limit: &all, UserProvisioning: true, ResetMode: 1},
		},
	}}
	if err := vendor.Shop.Sell(t.Context(), l.Sale); err != nil {
		t.Fatal(err)
	}
	for _, url := range vendor.BaseURLs {
		api, err := v2.NewClientWithResponses(url, v2.WithHTTPClient(patient), v2.WithRequestEditorFn(v2.WithAdminKey(vendor.AdminKey)))
		if err != nil {
			t.Fatal(err)
		}
		l.clients = append(l.clients, api)
	}
	return l
}

var patient = &http.Client{Timeout: 50 * time.Second, Transport: &http.Transport{MaxIdleConnsPerHost: 128}}

// api is that of the next replica.
func (l *license) api() *v2.ClientWithResponses {
	return l.clients[int(l.next.Add(1)%uint64(len(l.clients)))]
}

func (l *license) limitation(name string) string {
	i := slices.IndexFunc(l.Limitations, func(limitation namedusers.Limitation) bool { return limitation.Name == name })
	return l.Limitations[i].ID
}

const (
	mostTries       = 200
	betweenTheTries = 50 * time.Millisecond
)

// errAgain is an answer that says to try again.
var errAgain = errors.New("not served now")

// insist repeats what was not answered, on the next replica. Repeating is harmless in this API.
func insist(ctx context.Context, call func() error) (err error) {
	for range mostTries {
		refused := (*refusal)(nil)
		if err = call(); err == nil || errors.As(err, &refused) {
			return err
		}
		select {
		case <-time.After(betweenTheTries):
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	return err
}

// refusal is a definite answer other than 200.
type refusal struct {
	status int
	id     int32
	body   []byte
}

func (r *refusal) Error() string { return fmt.Sprintf("%d: %s", r.status, r.body) }

func refused(status int, conflict *v2.Conflict, body []byte) error {
	switch {
	case status == http.StatusOK:
		return nil
	case status >= http.StatusInternalServerError || status == http.StatusTooManyRequests:
		return fmt.Errorf("%w: %d %s", errAgain, status, body)
	case conflict != nil:
		return &refusal{status, conflict.ID, body}
	}
	return &refusal{status: status, body: body}
}

func refusedWith(err error, id int32) bool {
	var refused *refusal
	return errors.As(err, &refused) && refused.id == id
}

// provision gives the transaction of the user; it is empty where the quota is exhausted.
func (l *license) provision(ctx context.Context, user, limitation string) (id string, err error) {
	err = insist(ctx, func() error {
		a, err := l.api().AddConsumptionHeartbeatsWithResponse(ctx, vendor.VendorID, nil, v2.FullConsumptionHeartbeatDto{
			ClientID:             l.LicenseID,
			ConsumptionHeartbeat: []v2.ConsumptionHeartbeatValueDto{{LimitationID: l.limitation(limitation), UserID: &user, Value: decimal.Decimal("1")}},
		})
		if err != nil {
			return err
		}
		if err := refused(a.StatusCode(), a.JSON409, a.Body); err != nil {
			return err
		}
		if entry := (*a.JSON200)[0]; entry.TransactionID != nil {
			id = *entry.TransactionID
		}
		return nil
	})
	return id, err
}

func (l *license) rollback(ctx context.Context, limitation, transaction string) error {
	id := l.limitation(limitation)
	return insist(ctx, func() error {
		a, err := l.api().RollbackConsumptionHeartbeatWithResponse(ctx, vendor.VendorID, v2.ConsumptionTransactionDto{LimitationID: &id, TransactionID: &transaction})
		if err != nil {
			return err
		}
		return refused(a.StatusCode(), a.JSON409, a.Body)
	})
}

func (l *license) add(ctx context.Context, user string) error {
	return insist(ctx, func() error {
		a, err := l.api().AddLicenseUserWithResponse(ctx, vendor.VendorID, l.LicenseID, nil, v2.LicenseUserRequest{UserID: &user, Name: &user, IsActive: new(true)})
		if err != nil {
			return err
		}
		return refused(a.StatusCode(), a.JSON409, a.Body)
	})
}

func (l *license) delete(ctx context.Context, user string) error {
	return insist(ctx, func() error {
		a, err := l.api().DeleteLicenseUserWithResponse(ctx, vendor.VendorID, l.LicenseID, user, nil)
		if err != nil {
			return err
		}
		return refused(a.StatusCode(), a.JSON409, a.Body)
	})
}

// addAll adds users at once.
func (l *license) addAll(count int) (users []string) {
	l.t.Helper()
	for i := range count {
		users = append(users, fmt.Sprintf("user-%d", i))
	}
	if err := together(count, func(i int) error { return l.add(l.t.Context(), users[i]) }); err != nil {
		l.t.Fatal(err)
	}
	return users
}

// balance is what the license says is held.
func (l *license) balance(ctx context.Context, limitation string) string {
	l.t.Helper()
	var balances []v2.ConsumptionBalanceDto
	err := insist(ctx, func() error {
		a, err := l.api().GetConsumptionBalanceWithResponse(ctx, vendor.VendorID, l.LicenseID)
		if err != nil {
			return err
		}
		if a.JSON200 != nil {
			balances = *a.JSON200
		}
		return refused(a.StatusCode(), nil, a.Body)
	})
	if err != nil {
		l.t.Fatalf("balance: %v", err)
	}
	for _, balance := range balances {
		if balance.LimitationID == l.limitation(limitation) {
			return string(balance.Balance)
		}
	}
	l.t.Fatalf("no balance of %s: %+v", limitation, balances)
	return ""
}

// holding is the transaction by which the user holds a unit, as by_user tells it.
func (l *license) holding(ctx context.Context, user, limitation string) string {
	l.t.Helper()
	var licenses []v2.LicenseDto
	err := insist(ctx, func() error {
		a, err := l.api().GetLicensesByUserWithResponse(ctx, vendor.VendorID, v2.GetLicensesByUserDto{ProductID: l.ProductID, UserID: user})
		if err != nil {
			return err
		}
		if a.JSON200 != nil {
			licenses = *a.JSON200
		}
		return refused(a.StatusCode(), nil, a.Body)
	})
	if err != nil {
		l.t.Fatalf("by_user: %v", err)
	}
	for _, license := range licenses {
		for _, of := range license.LicenseLimitations {
			if of.LimitationID == l.limitation(limitation) && of.CurrentUserTransactionID != nil {
				return *of.CurrentUserTransactionID
			}
		}
	}
	return ""
}

// settles checks that balance, users and objects say the same, and every invariant of the ledger.
func (l *license) settles(users ...string) {
	l.t.Helper()
	for _, limitation := range []string{scarce, plenty} {
		held := map[string]string{}
		for _, user := range users {
			if id := l.holding(l.t.Context(), user, limitation); id != "" {
				held[user] = id
			}
		}
		if got, want := l.balance(l.t.Context(), limitation), fmt.Sprint(len(held)); got != want {
			l.t.Errorf("balance of %s is %s, and %s users hold a unit", limitation, got, want)
		}
		cluster.Eventually(l.t, "the objects to show what is held", func(ctx context.Context) error {
			shown, err := l.shown(ctx, limitation)
			if err == nil && fmt.Sprint(shown) != fmt.Sprint(held) {
				err = fmt.Errorf("the objects show %v, by_user tells %v", shown, held)
			}
			return err
		})
	}
	l.checkInvariants()
}

// shown is what the objects of the users say of a limitation.
func (l *license) shown(ctx context.Context, limitation string) (map[string]string, error) {
	var list v1alpha1.UserProvisioningList
	err := shared.Client.List(ctx, &list, client.InNamespace(embedded.UsersNamespace), client.MatchingFields{"spec.lineItemRef.name": l.object()})
	held := map[string]string{}
	for i := range list.Items {
		for _, holding := range list.Items[i].Status.Holdings {
			if holding.LimitationID == l.limitation(limitation) {
				held[list.Items[i].Spec.UserID] = holding.TransactionID
			}
		}
	}
	return held, err
}

// object is the name of the LineItem.
func (l *license) object() string { return "license-" + l.LicenseID }

func (l *license) checkInvariants() {
	l.t.Helper()
	account := ledger.AccountID{Namespace: embedded.UsersNamespace, Name: l.CustomerNumber}
	shared.CheckInvariants(l.t, cluster.Scenario{Account: account, Recorded: func() ([]*ledger.Transaction, error) { return system.Recorded(account) }})
}

// kubernetes is an administrator's hands in the namespace of the vendor.
func kubernetes() cluster.Producer {
	return cluster.Producer{Cluster: shared, Namespace: embedded.UsersNamespace}
}

// declare applies a user as kubectl apply does.
func (l *license) declare(name, user, limitations string) {
	l.t.Helper()
	kubernetes().Apply(l.t, "UserProvisioning", name,
		fmt.Sprintf("{lineItemRef: {name: %s}, userID: %s, name: Declared, active: true, limitations: %s}", l.object(), user, limitations))
}

// declared waits until the object of a user is as the check wants it.
func (l *license) declared(name string, check func(*v1alpha1.UserProvisioning) error) *v1alpha1.UserProvisioning {
	l.t.Helper()
	object := &v1alpha1.UserProvisioning{}
	cluster.Eventually(l.t, "user "+name, func(ctx context.Context) error {
		*object = v1alpha1.UserProvisioning{}
		if err := kubernetes().Read(ctx, name, object); err != nil {
			return err
		}
		return check(object)
	})
	return object
}
