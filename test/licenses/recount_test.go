package licenses

import (
	"context"
	"errors"
	"fmt"
	"testing"

	"k8s.io/client-go/tools/events"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/reconcile"

	"github.com/licensing-operator/licensing-operator/api/v1alpha1"
	"github.com/licensing-operator/licensing-operator/controllers/activation"
	"github.com/licensing-operator/licensing-operator/controllers/allotment"
	"github.com/licensing-operator/licensing-operator/controllers/userprovisioning"
	"github.com/licensing-operator/licensing-operator/internal/licenses"
	"github.com/licensing-operator/licensing-operator/internal/licensing"
	"github.com/licensing-operator/licensing-operator/test/cluster"
)

// holders are the objects of a market's users, or of its clients, and how many of them hold something.
type holders func(context.Context, client.Reader) (all []client.Object, holding int, err error)

func (m market) seated(ctx context.Context, reader client.Reader) (all []client.Object, holding int, err error) {
	var list v1alpha1.UserProvisioningList
	err = reader.List(ctx, &list, client.InNamespace(m.Namespace))
	for i := range list.Items {
		all = append(all, &list.Items[i])
		if list.Items[i].Status.Seat != nil {
			holding++
		}
	}
	return all, holding, err
}

func (m market) activated(ctx context.Context, reader client.Reader) (all []client.Object, holding int, err error) {
	var list v1alpha1.ActivationList
	err = reader.List(ctx, &list, client.InNamespace(m.Namespace))
	for i := range list.Items {
		all = append(all, &list.Items[i])
		if list.Items[i].Status.TokenKey != "" {
			holding++
		}
	}
	return all, holding, err
}

// One who was deleted, and one whom another replica has served, make a number that the last view of an account may well
// show, too. It must not be taken for the truth.
func TestWhoIsDeletedLeavesNothingWhateverTheControllerSawLast(t *testing.T) {
	m := newMarket(t)
	license := m.license(t, m.limited(t, "limited"), 3)
	lineItem := m.lineItem(t, license)
	replica := must[cluster.Replica](t)(shared.StartReplica(t.Context(), plane.Config, now, nil))
	t.Cleanup(func() { noError(t, replica.Ledger.Close(context.Background())) })
	controllers := producersOf(replica).For(m.Namespace, licenses.Caller{Name: "controllers"})

	addUser := func(on *licenses.Licenses, id string) {
		must[licenses.User](t)(on.AddUser(t.Context(), license, licenses.NewUser{ID: id, Name: id, Active: true}))
	}
	activate := func(on *licenses.Licenses, id string) {
		must[licenses.LicenseInfo](t)(on.Activate(t.Context(), m.activation(license, id)))
	}
	for name, test := range map[string]struct {
		arrive     func(*licenses.Licenses, string)
		holders    holders
		reconciler reconcile.Reconciler
		limitation string
	}{
		"a user": {addUser, m.seated, &userprovisioning.Reconciler{
			Client: replica.Live, Store: replica.Store, Ledger: replica.Ledger, Clock: now, Events: events.NewFakeRecorder(100),
		}, licensing.SeatID},
		"a client": {activate, m.activated, &activation.Reconciler{
			Client: replica.Live, Store: replica.Store, Ledger: replica.Ledger, Clock: now, Events: events.NewFakeRecorder(100),
		}, licensing.TokenID},
	} {
		t.Run(name, func(t *testing.T) {
			test.arrive(controllers, "first")
			first, _, err := test.holders(t.Context(), m.Client)
			noError(t, err)
			test.arrive(m.there, "second")
			for _, object := range first {
				noError(t, m.Client.Delete(t.Context(), object))
			}
			cluster.Eventually(t, "the informers to show one who holds something", func(ctx context.Context) error {
				all, holding, err := test.holders(ctx, replica.Cached)
				if err == nil && (len(all) != 1 || holding != 1) {
					return fmt.Errorf("%d of %d hold something", holding, len(all))
				}
				return err
			})
			// While transactions are under way a controller looks again.
			cluster.Eventually(t, "the controller to be content", func(ctx context.Context) error {
				result, err := test.reconciler.Reconcile(ctx, reconcile.Request{NamespacedName: client.ObjectKeyFromObject(lineItem)})
				if err == nil && result.RequeueAfter == allotment.LookAgain {
					return errors.New("it wants to look again")
				}
				return err
			})
			got, err := held(t, m, lineItem)
			noError(t, err)
			if got[test.limitation] != 1 {
				t.Errorf("%v are held, and one who holds something is left", got)
			}
		})
	}
}
