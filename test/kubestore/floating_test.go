package kubestore

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/go-logr/logr/testr"
	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/utils/clock"
	clocktesting "k8s.io/utils/clock/testing"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/licensing-operator/licensing-operator/api/v1alpha1"
	"github.com/licensing-operator/licensing-operator/internal/floating"
	"github.com/licensing-operator/licensing-operator/internal/kubestore"
	"github.com/licensing-operator/licensing-operator/internal/licensing"
)

func newFloatingLicense() floating.License {
	return floating.License{Namespace: "producer", ID: uuid.NewString()}
}

func floatingSession(client string) licensing.FloatingRequest {
	return licensing.FloatingRequest{ClientID: client, SessionID: "1"}
}

// TestFloatingSessions checks the registers on the API server: what makes them exact is its compare-and-swap.
func TestFloatingSessions(t *testing.T) {
	h := shared
	store := kubestore.NewFloatingStore(h.Accounts)
	terms := licensing.FloatingTerms{Limit: 23, Enforce: true, Period: time.Hour}

	t.Run("a hundred clients at three replicas get exactly the places there are", func(t *testing.T) {
		const clients = 100
		license := newFloatingLicense()
		var opened, refused atomic.Int32
		var replicas [3]*floating.Sessions
		for i := range replicas {
			replicas[i] = floating.New(store, clock.RealClock{})
		}
		var callers sync.WaitGroup
		for i := range clients {
			callers.Go(func() {
				_, err := replicas[i%3].Open(t.Context(), license, terms, floatingSession(fmt.Sprint(i)))
				refusal := (*licensing.FloatingError)(nil)
				switch {
				case err == nil:
					opened.Add(1)
				case errors.As(err, &refusal) && refusal.Reason == licensing.SessionLimitReached:
					refused.Add(1)
				default:
					t.Error(err)
				}
			})
		}
		callers.Wait()
		count, err := replicas[0].Count(t.Context(), license)
		must(t, err)
		if int(opened.Load()) != terms.Limit || count != terms.Limit || int(refused.Load()) != clients-terms.Limit {
			t.Errorf("%d were opened, %d refused and %d are open, want %d places", opened.Load(), refused.Load(), count, terms.Limit)
		}
	})

	t.Run("a register is read as it was written", func(t *testing.T) {
		license, noon := newFloatingLicense(), time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
		want := licensing.FloatingRegister{Time: noon, Sessions: []licensing.FloatingSession{
			{ID: "1", ClientID: "device/lisa@example.com", UserID: `"lisa" <lisa@example.com>`, Created: noon, Modified: noon, Until: noon.Add(time.Hour)},
			{ID: "2", ClientID: "gerät", Created: noon, Modified: noon.Add(time.Minute), Until: noon.Add(time.Hour)},
		}}
		must(t, store.Save(t.Context(), license, want, ""))
		got, version, err := store.Load(t.Context(), license)
		must(t, err)
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("(-want +got)\n%s", diff)
		}
		if err := store.Save(t.Context(), license, want, ""); !errors.Is(err, floating.ErrConflict) {
			t.Errorf("a second one was stored: %v", err)
		}
		must(t, store.Save(t.Context(), license, want.CloseAll(noon), version))
		if err := store.Save(t.Context(), license, want, version); !errors.Is(err, floating.ErrConflict) {
			t.Errorf("a change was overwritten: %v", err)
		}
	})

	t.Run("as many sessions as a license can have fit into one object", func(t *testing.T) {
		license, now := newFloatingLicense(), time.Now()
		var register licensing.FloatingRegister
		for i := range licensing.MaxFloatingSessions {
			id, user := uuid.NewString(), fmt.Sprintf("firstname.lastname%d@example.com", i)
			next, session, err := register.Open(licensing.FloatingTerms{Period: time.Hour}, licensing.FloatingRequest{SessionID: id, ClientID: id, UserID: user}, now)
			must(t, err)
			register = next
			register.Sessions[i].Modified = session.Created.Add(time.Second) // renewed ones are longer
		}
		must(t, store.Save(t.Context(), license, register, ""))
		must(t, h.Accounts.Delete(t.Context(), kubestore.FloatingName(license), metav1.DeleteOptions{}))
	})

	t.Run("people can read it", func(t *testing.T) {
		license := newFloatingLicense()
		_, err := floating.New(store, clock.RealClock{}).Open(t.Context(), license, terms, floatingSession("workstation-7"))
		must(t, err)
		object, err := h.Accounts.Get(t.Context(), kubestore.FloatingName(license), metav1.GetOptions{})
		must(t, err)
		if text := object.Data["sessions.jsonl"]; !strings.HasPrefix(text, `{"id":"1","client":"workstation-7","created":"20`) {
			t.Errorf("got %s", text)
		}
		if got := object.Labels[kubestore.LicenseLabel]; got != license.ID {
			t.Errorf("it is labeled as that of license %q", got)
		}
	})
}

func TestFloatingCollector(t *testing.T) {
	h, now := shared, clocktesting.NewFakeClock(time.Now())
	// Turns go by a clock of their own: nobody steps this one while somebody waits for his.
	sessions := floating.New(kubestore.NewFloatingStore(h.Accounts), clock.RealClock{})
	kept, gone, closed := newFloatingLicense(), newFloatingLicense(), newFloatingLicense()
	year := licensing.MaxHold.Minutes()
	for _, license := range []floating.License{kept, gone, closed} {
		request := floatingSession("a")
		request.CheckoutMinutes = &year
		_, err := sessions.Open(t.Context(), license, licensing.FloatingTerms{Limit: 1, Period: time.Hour}, request)
		must(t, err)
	}
	must(t, sessions.CloseAll(t.Context(), closed))
	collector := &kubestore.FloatingCollector{
		Accounts: h.Accounts, Clock: now, Log: testr.New(t),
		Exists: func(_ context.Context, license floating.License) (bool, error) { return license != gone, nil },
	}
	stored := func(license floating.License) bool {
		_, err := h.Accounts.Get(t.Context(), kubestore.FloatingName(license), metav1.GetOptions{})
		if !apierrors.IsNotFound(err) {
			must(t, err)
		}
		return err == nil
	}
	want := func(when string, licenses map[floating.License]bool) {
		t.Helper()
		must(t, collector.Collect(t.Context()))
		for license, want := range licenses {
			if got := stored(license); got != want {
				t.Errorf("%s: register stored %t, want %t", when, got, want)
			}
		}
	}
	want("at once", map[floating.License]bool{kept: true, gone: true, closed: true})
	now.Step(2 * time.Minute)
	want("when the license is known to be gone", map[floating.License]bool{kept: true, gone: false, closed: true})
	now.Step(25 * time.Hour)
	want("when nobody has had a session for long", map[floating.License]bool{kept: true, gone: false, closed: false})
	if count, err := sessions.Count(t.Context(), kept); err != nil || count != 1 {
		t.Errorf("%d sessions are open, %v", count, err)
	}
}

func TestHasLicense(t *testing.T) {
	h := harness{shared}
	id := h.CreateInstance(t)
	h.CreateUser(t, id, "license", "lisa")
	var lineItem v1alpha1.LineItem
	must(t, h.Client.Get(t.Context(), client.ObjectKey{Namespace: id.Namespace, Name: "license"}, &lineItem))
	for license, want := range map[floating.License]bool{
		{Namespace: id.Namespace, ID: kubestore.LicenseID(&lineItem)}: true, // whether an informer shows it yet or not
		{Namespace: "elsewhere", ID: kubestore.LicenseID(&lineItem)}:  false,
		{Namespace: id.Namespace, ID: uuid.NewString()}:               false,
	} {
		got, err := shared.Store.HasLicense(t.Context(), license)
		must(t, err)
		if got != want {
			t.Errorf("%v: got %t, want %t", license, got, want)
		}
	}
}
