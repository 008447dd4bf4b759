package users

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/licensing-operator/licensing-operator/api/v1alpha1"
	"github.com/licensing-operator/licensing-operator/test/cluster"
	"github.com/licensing-operator/licensing-operator/test/conformance/embedded"
)

// holds is a check of what a user holds and how he came to it, as "scarce Spec, plenty Call".
func (l *license) holds(want string) func(*v1alpha1.UserProvisioning) error {
	return func(user *v1alpha1.UserProvisioning) error {
		var held []string
		for _, holding := range user.Status.Holdings {
			for _, limitation := range l.Limitations {
				if limitation.ID == holding.LimitationID {
					held = append(held, fmt.Sprintf("%s %s", limitation.Name, holding.Origin))
				}
			}
		}
		slices.Sort(held)
		if got := strings.Join(held, ", "); got != want {
			return fmt.Errorf("holds %q, want %q; %s", got, want, cluster.Condition(user.Status.Conditions, v1alpha1.ConditionReady))
		}
		return nil
	}
}

func (l *license) lists(names ...string) string {
	var ids []string
	for _, name := range names {
		ids = append(ids, l.limitation(name))
	}
	return "[" + strings.Join(ids, ", ") + "]"
}

// age lets the next object be younger: age decides who comes first, and creation times are whole seconds.
func age() { <-time.After(1100 * time.Millisecond) }

// TestVectorsByObjects tells the story of the vectors with objects alone.
func TestVectorsByObjects(t *testing.T) {
	t.Parallel()
	l := sell(t, 2, new(3))
	name := func(user string) string { return user + "-" + l.LicenseID[:8] }
	l.declare(name("u1"), "u1", l.lists(plenty, scarce))
	l.declared(name("u1"), l.holds("plenty Spec, scarce Spec"))
	age()
	l.declare(name("u2"), "u2", l.lists(plenty, scarce))
	l.declared(name("u2"), l.holds("plenty Spec, scarce Spec"))
	age()
	l.declare(name("u3"), "u3", l.lists(plenty, scarce))
	l.declared(name("u3"), l.holds("plenty Spec"))
	third := l.declared(name("u3"), func(user *v1alpha1.UserProvisioning) error {
		if len(user.Status.Denied) != 1 || user.Status.Denied[0].Reason != "LimitReached" || user.Status.Denied[0].LimitationID != l.limitation(scarce) {
			return fmt.Errorf("denied is %+v", user.Status.Denied)
		}
		return nil
	})
	if !strings.Contains(third.Status.Denied[0].Message, "2") {
		t.Errorf("the message does not tell the limit: %s", third.Status.Denied[0].Message)
	}
	l.columns("userprovisionings", name("u3"), map[string]string{"License": l.object(), "User": "u3", "Active": "True", "Granted": plenty, "Refused": scarce + " (LimitReached)"})
	l.columns("lineitems", l.object(), map[string]string{"Limitations": "scarce 2/2, plenty 3/100000"})
	first := l.holding(t.Context(), "u1", scarce)

	// Vector 11 to 13: what one gives back the next one who waits gets, without anyone touching his object.
	l.declare(name("u1"), "u1", l.lists(plenty))
	l.declared(name("u3"), l.holds("plenty Spec, scarce Spec"))
	l.declared(name("u1"), l.holds("plenty Spec"))
	if err := l.rollback(t.Context(), scarce, first); !refusedWith(err, 13000) {
		t.Errorf("rolling back what was revoked: %v", err)
	}
	// Vector 14 to 16: deleting frees both, and who comes again holds nothing that he does not ask for.
	before := l.holding(t.Context(), "u2", plenty)
	kubernetes().Delete(t, name("u2"), &v1alpha1.UserProvisioning{})
	cluster.Eventually(t, "what u2 held to be free", func(ctx context.Context) error {
		if scarceHeld, plentyHeld := l.balance(ctx, scarce), l.balance(ctx, plenty); scarceHeld != "1" || plentyHeld != "2" {
			return fmt.Errorf("balances %s and %s", scarceHeld, plentyHeld)
		}
		return nil
	})
	l.declare(name("u2"), "u2", "[]")
	l.declared(name("u2"), func(user *v1alpha1.UserProvisioning) error {
		if user.Status.Seat == nil || len(user.Status.Holdings) > 0 {
			return fmt.Errorf("seat %v, holdings %v", user.Status.Seat, user.Status.Holdings)
		}
		return nil
	})
	if err := l.rollback(t.Context(), plenty, before); !refusedWith(err, 13000) {
		t.Errorf("rolling back what a deleted user held: %v", err)
	}
	// Vector 19: an inactive user keeps what he holds.
	kubernetes().Patch(t, name("u3"), &v1alpha1.UserProvisioning{}, `{"spec":{"active":false}}`)
	l.declared(name("u3"), func(user *v1alpha1.UserProvisioning) error {
		if user.Status.Seat != nil {
			return fmt.Errorf("he has a seat")
		}
		return l.holds("plenty Spec, scarce Spec")(user)
	})
	l.settles("u1", "u2", "u3")
}

// TestUserLimitByObjects tells vectors 35 to 39 with objects.
func TestUserLimitByObjects(t *testing.T) {
	t.Parallel()
	l := sell(t, 5, new(2))
	name := func(user string) string { return user + "-" + l.LicenseID[:8] }
	active := func(want string) func(*v1alpha1.UserProvisioning) error {
		return func(user *v1alpha1.UserProvisioning) error {
			if got := cluster.Condition(user.Status.Conditions, v1alpha1.ConditionActive); !strings.HasPrefix(got, want) {
				return fmt.Errorf("active is %q, want %q", got, want)
			}
			return nil
		}
	}
	for _, user := range []string{"u1", "u2"} {
		l.declare(name(user), user, "[]")
		l.declared(name(user), active("True"))
		age()
	}
	l.declare(name("u3"), "u3", "[]")
	l.declared(name("u3"), active("False UserLimitReached"))
	kubernetes().Patch(t, name("u2"), &v1alpha1.UserProvisioning{}, `{"spec":{"active":false}}`)
	l.declared(name("u2"), active("False"))
	l.declared(name("u3"), active("True"))
	kubernetes().Patch(t, name("u2"), &v1alpha1.UserProvisioning{}, `{"spec":{"active":true}}`)
	l.declared(name("u2"), active("False UserLimitReached"))
	l.declared(name("u3"), active("True"))
	if err := l.add(t.Context(), "u4"); !refusedWith(err, 1009) {
		t.Errorf("a third active user over REST: %v", err)
	}
	kubernetes().Delete(t, name("u1"), &v1alpha1.UserProvisioning{})
	l.declared(name("u2"), active("True"))
	l.settles("u1", "u2", "u3")
}

// TestGitOpsAndRESTSideBySide has a declared user hold units of both origins, and both sides change theirs again and again.
func TestGitOpsAndRESTSideBySide(t *testing.T) {
	t.Parallel()
	l := sell(t, 5, nil)
	name := "declared-" + l.LicenseID[:8]
	l.declare(name, "lisa", l.lists(scarce))
	l.declared(name, l.holds("scarce Spec"))
	declared := l.holding(t.Context(), "lisa", scarce)
	called, err := l.provision(t.Context(), "lisa", plenty)
	if err != nil {
		t.Fatal(err)
	}
	if again, err := l.provision(t.Context(), "lisa", scarce); err != nil || again != declared {
		t.Errorf("a heartbeat for the declared unit was answered %q, %v; it is %q", again, err, declared)
	}
	both := l.holds("plenty Call, scarce Spec")
	l.declared(name, both)
	// The controller has said what it has to say, too.
	quiet := l.declared(name, func(user *v1alpha1.UserProvisioning) error {
		if !strings.Contains(user.Status.Granted, scarce) || !strings.Contains(user.Status.Granted, plenty) {
			return fmt.Errorf("granted is %q", user.Status.Granted)
		}
		return both(user)
	}).ResourceVersion
	// Git applies what it has, over and over.
	for range 5 {
		l.declare(name, "lisa", l.lists(scarce))
		<-time.After(300 * time.Millisecond)
		if got := l.holding(t.Context(), "lisa", plenty); got != called {
			t.Fatalf("the unit of REST is %q, it was %q", got, called)
		}
	}
	if now := l.declared(name, both).ResourceVersion; now != quiet {
		t.Errorf("the object was written, from %s to %s, though nobody changed anything", quiet, now)
	}
	// What Git no longer lists goes; what REST gave stays.
	l.declare(name, "lisa", "[]")
	l.declared(name, l.holds("plenty Call"))
	l.declare(name, "lisa", l.lists(scarce))
	l.declared(name, both)
	if err := l.rollback(t.Context(), plenty, called); err != nil {
		t.Fatal(err)
	}
	l.declared(name, l.holds("scarce Spec"))
	if err := l.delete(t.Context(), "lisa"); !refusedWith(err, 13006) {
		t.Errorf("DELETE of a declared user: %v", err)
	}
	// A user of REST is seen and left alone by whoever applies others.
	if err := l.add(t.Context(), "omar"); err != nil {
		t.Fatal(err)
	}
	if _, err := l.provision(t.Context(), "omar", scarce); err != nil {
		t.Fatal(err)
	}
	kubernetes().Delete(t, name, &v1alpha1.UserProvisioning{})
	cluster.Eventually(t, "the declared unit to be free", func(ctx context.Context) error {
		if got := l.balance(ctx, scarce); got != "1" {
			return fmt.Errorf("balance %s", got)
		}
		return nil
	})
	l.settles("lisa", "omar")
}

func TestAUserWhoComesAgainHoldsNothing(t *testing.T) {
	t.Parallel()
	l := sell(t, 2, nil)
	for round := range 5 {
		if err := l.add(t.Context(), "lisa"); err != nil {
			t.Fatal(err)
		}
		if held := l.holding(t.Context(), "lisa", scarce); held != "" {
			t.Errorf("round %d: holds %s from the beginning", round, held)
		}
		if id, err := l.provision(t.Context(), "lisa", scarce); err != nil || id == "" {
			t.Fatalf("round %d: provisioned %q, %v", round, id, err)
		}
		if err := l.delete(t.Context(), "lisa"); err != nil {
			t.Fatal(err)
		}
		if got := l.balance(t.Context(), scarce); got != "0" {
			t.Errorf("round %d: balance %s after the user is gone", round, got)
		}
	}
	l.settles("lisa")
}

// columns checks what kubectl get -o wide prints of an object.
func (l *license) columns(resource, name string, want map[string]string) {
	l.t.Helper()
	cluster.Eventually(l.t, "kubectl get "+resource, func(ctx context.Context) error {
		text, err := tables.Get().Namespace(embedded.UsersNamespace).Resource(resource).Name(name).
			SetHeader("Accept", "application/json;as=Table;v=v1;g=meta.k8s.io").DoRaw(ctx)
		if err != nil {
			return err
		}
		var table metav1.Table
		if err := json.Unmarshal(text, &table); err != nil {
			return err
		}
		got := map[string]string{}
		for i, column := range table.ColumnDefinitions {
			if _, asked := want[column.Name]; asked {
				got[column.Name] = fmt.Sprint(table.Rows[0].Cells[i])
			}
		}
		if fmt.Sprint(got) != fmt.Sprint(want) {
			return fmt.Errorf("it prints %v, want %v", got, want)
		}
		return nil
	})
}
