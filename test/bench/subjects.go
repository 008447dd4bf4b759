package main

import (
	"context"
	"fmt"
	"strconv"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/licensing-operator/licensing-operator/api/v1alpha1"
	"github.com/licensing-operator/licensing-operator/internal/ledger"
	"github.com/licensing-operator/licensing-operator/internal/licensing"
)

// statusUpdate updates the status of the caller's own custom resource: no caller is in another's way.
func (f *fixture) statusUpdate(ctx context.Context, caller int) error {
	session := f.sessions[caller]
	session.Status.State = v1alpha1.SessionActive
	session.Status.Revision++
	return f.client.Status().Update(ctx, session)
}

// configMapUpdate updates the caller's own ConfigMap, over protobuf as the ledger does.
func (f *fixture) configMapUpdate(ctx context.Context, caller int) error {
	object := f.maps[caller]
	used, _ := strconv.Atoi(object.Data["used"])
	object.Data["used"] = strconv.Itoa(used + 3)
	updated, err := f.configMaps.Update(ctx, object, metav1.UpdateOptions{})
	if err == nil {
		f.maps[caller] = updated
	}
	return err
}

// naiveCharge is what an operator without a ledger does: read the line item, check what is left, write what is used, and
// start over when somebody else was faster.
func (f *fixture) naiveCharge(ctx context.Context, _ int) error {
	for {
		var lineItem v1alpha1.LineItem
		if err := f.client.Get(ctx, f.naive, &lineItem); err != nil {
			return err
		}
		used, _ := strconv.ParseInt(lineItem.Status.Used.String(), 10, 64)
		if used+3 > lineItem.Spec.Quantity {
			return fmt.Errorf("the naive line item is used up")
		}
		lineItem.Status.Used = v1alpha1.Decimal(strconv.FormatInt(used+3, 10))
		err := f.client.Status().Update(ctx, &lineItem)
		if !apierrors.IsConflict(err) {
			return err
		}
	}
}

// charge charges one item through the ledger, on the account that all callers share.
func (f *fixture) charge(ctx context.Context, caller int) error {
	answer, err := f.ledger.OneOff(ctx, account, ledger.OneOffRequest{
		Requester: licensing.Requester{Type: "user", Value: f.sessions[caller].Name},
		Items:     []licensing.RequestedItem{{Name: "PhotoPrint", Version: "1.0", Count: licensing.One}},
	})
	if err != nil {
		return err
	}
	if status := answer.Items[0].Status; status != licensing.ItemGranted {
		return fmt.Errorf("not charged: %s", answer.Items[0].Message)
	}
	f.charged.Add(1)
	return nil
}

// verify makes sure that what was measured was right: every charge that was answered is in the account, and no other.
func (f *fixture) verify(ctx context.Context) error {
	snapshot, err := f.ledger.Snapshot(ctx, account, true)
	if err != nil {
		return err
	}
	want := licensing.Tokens(f.charged.Load()) * 3 * licensing.Token
	for _, used := range snapshot.Usage {
		if used != want {
			return fmt.Errorf("the account says that %s tokens are used, the answers say %s", used, want)
		}
	}
	return nil
}
