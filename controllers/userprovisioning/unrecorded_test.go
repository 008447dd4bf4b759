package userprovisioning

import (
	"context"
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"k8s.io/apimachinery/pkg/types"
	"k8s.io/utils/clock"

	"github.com/licensing-operator/licensing-operator/internal/ledger"
	"github.com/licensing-operator/licensing-operator/internal/ledger/ledgertest"
	"github.com/licensing-operator/licensing-operator/internal/licensing"
)

// The seat of u2 and the unit of u1 are refused while there is no room to record it. Whose object said so would not ask
// again for long.
func TestARefusalIsShownWhenItIsRecorded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx := t.Context()
		memory, recorder, observer := ledgertest.NewMemory(), ledgertest.NewRecording(), &ledgertest.Unrecorded{}
		id, release := memory.CreateInstance(t), recorder.Hold()
		books := ledger.New(memory, ledger.Options{
			Replica: "a", Clock: clock.RealClock{}, Recorder: recorder, Observer: observer, OpenBytes: 8 << 10, StoreTimeout: time.Minute,
			Terms: func(ledger.AccountID) licensing.Terms { return licensing.Terms{} },
		})
		defer func() { _ = books.Close(ctx) }()
		if _, err := books.Open(ctx, id); err != nil {
			t.Fatal(err)
		}
		l := newPair(func(l *License) {
			l.Account, l.ActivationID = id, "license"
			backup := l.limitations["backup"]
			backup.Limit = new(int64)
			l.limitations["backup"] = backup
		}, unedited)
		for _, user := range l.users.Standing {
			subject := memory.CreateUser(t, id, "license", user.Name)
			user.Namespace, user.UID = subject.Namespace, types.UID(subject.UID)
		}
		pass := func() (u1, u2 *member, p *pass) {
			t.Helper()
			p = newPass(l.License, l.users, books)
			for _, step := range []func(context.Context) error{p.seat, p.grant} {
				if err := step(ctx); err != nil {
					t.Fatal(err)
				}
			}
			return p.members[0], p.members[1], p
		}
		u1 := newPass(l.License, l.users, books).members[0]
		if answer, err := books.TakeSeat(ctx, id, subject(u1), l.ask(u1, licensing.Limitation{}), licensing.Seating{Limit: new(int32(1))}); err != nil || !answer.Granted {
			t.Fatalf("%+v, %v", answer, err)
		}
		for n := range 20 { // others fill the room
			other := ledger.License{ActivationID: "license", UserID: fmt.Sprint(n), Active: true}
			if _, err := books.TakeSeat(ledger.WithCaller(ctx, "key 7"), id, memory.CreateUser(t, id, "license", other.UserID), other, licensing.Seating{Limit: new(int32)}); err != nil {
				t.Fatal(err)
			}
		}
		others := observer.Count.Load()
		u1, u2, p := pass()
		if _, shown := u1.denied["backup"]; shown || !u2.unrecorded || !p.again || others == 0 {
			t.Errorf("while it is not recorded, u1 is shown as %+v, u2 as %+v, and another pass is wanted: %t; %d others are left out", u1.denied, u2, p.again, others)
		}
		release()
		time.Sleep(time.Minute)
		u1, u2, p = pass()
		if _, shown := u1.denied["backup"]; !shown || u2.unrecorded || u2.noSeat == nil || p.again {
			t.Errorf("when it is recorded, u1 is shown as %+v, u2 as %+v, and another pass is wanted: %t", u1.denied, u2, p.again)
		}
		time.Sleep(time.Minute)
		recorded := map[string]int{}
		for _, transaction := range recorder.Transactions(id) {
			if transaction.Caller == ledger.Kubernetes && transaction.IsDenial() {
				recorded[transaction.Denials[0].Reason]++
			}
		}
		if recorded[ledger.DeniedByLimit] != 1 || recorded[ledger.DeniedByUserLimit] != 1 || observer.Count.Load() != others {
			t.Errorf("recorded are %v, and %d are left out beside the others", recorded, observer.Count.Load()-others)
		}
	})
}
