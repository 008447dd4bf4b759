package activation

import (
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/utils/clock"

	"github.com/licensing-operator/licensing-operator/api/v1alpha1"
	"github.com/licensing-operator/licensing-operator/controllers/allotment"
	"github.com/licensing-operator/licensing-operator/internal/kubestore"
	"github.com/licensing-operator/licensing-operator/internal/ledger"
	"github.com/licensing-operator/licensing-operator/internal/ledger/ledgertest"
	"github.com/licensing-operator/licensing-operator/internal/licensing"
)

// The token is refused while there is no room to record it. Whose object said so would not ask again for long.
func TestARefusalIsShownWhenItIsRecorded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx := t.Context()
		memory, recorder := ledgertest.NewMemory(), ledgertest.NewRecording()
		id, release := memory.CreateInstance(t), recorder.Hold()
		books := ledger.New(memory, ledger.Options{
			Replica: "a", Clock: clock.RealClock{}, Recorder: recorder, OpenBytes: 8 << 10, StoreTimeout: time.Minute,
			Terms: func(ledger.AccountID) licensing.Terms { return licensing.Terms{} },
		})
		defer func() { _ = books.Close(ctx) }()
		if _, err := books.Open(ctx, id); err != nil {
			t.Fatal(err)
		}
		subject := memory.CreateActivation(t, id, "license", "client")
		object := &v1alpha1.Activation{
			ObjectMeta: metav1.ObjectMeta{Name: subject.Name, Namespace: subject.Namespace, UID: types.UID(subject.UID), Generation: 1},
			Spec:       v1alpha1.ActivationSpec{ClientID: "client"},
		}
		license := &allotment.License{
			Name: "license", Found: true, State: v1alpha1.LineItemDeployed, Validity: kubestore.Validity{IsActive: true},
			Standing: true, InstanceFound: true, Account: id, ActivationID: "license", Terms: kubestore.LicenseTerms{TokenLimit: new(int32)},
		}
		grant := func() (*activated, *pass) {
			t.Helper()
			p := &pass{
				license: license, ledger: books, now: time.Now(),
				asked: &allotment.Batch{Ledger: books, Account: id}, line: &allotment.Line{Ledger: books, Account: id},
			}
			p.add(object, object)
			if err := p.grant(ctx); err != nil {
				t.Fatal(err)
			}
			return p.clients[0], p
		}
		for n := range 20 { // others fill the room
			other := ledger.License{ActivationID: "license", UserID: fmt.Sprint(n), Active: true}
			if _, err := books.TakeSeat(ledger.WithCaller(ctx, "key 7"), id, memory.CreateUser(t, id, "license", other.UserID), other, licensing.Seating{Limit: new(int32)}); err != nil {
				t.Fatal(err)
			}
		}
		if c, p := grant(); !c.unrecorded || !p.again {
			t.Errorf("while it is not recorded, the client is shown as %+v, and another pass is wanted: %t", c, p.again)
		}
		release()
		time.Sleep(time.Minute)
		if c, p := grant(); c.unrecorded || c.refusal == nil || p.again {
			t.Errorf("when it is recorded, the client is shown as %+v, and another pass is wanted: %t", c, p.again)
		}
	})
}
