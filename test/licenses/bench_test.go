package licenses

import (
	"context"
	"fmt"
	"math/rand/v2"
	"net/http"
	"slices"
	"sync"
	"testing"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/licensing-operator/licensing-operator/api/v1alpha1"
)

const manyUsers = 10_000

// crowd is a license with five limitations and many users, made once.
var crowd *vendor

func crowded(t testing.TB) vendor {
	t.Helper()
	if crowd == nil {
		spec := "limitations:"
		for i := range 5 {
			spec += fmt.Sprintf("\n- {id: 3f8a5a0c-7a7c-4a0f-8f3f-00000000000%d, limit: 100000, userProvisioning: true, resetMode: Never}", i)
		}
		crowd = new(newVendor(t, spec))
		crowd.declares(t, manyUsers)
	}
	return *crowd
}

// declares makes users the way GitOps does, many at once.
func (v vendor) declares(t testing.TB, users int) {
	t.Helper()
	var working sync.WaitGroup
	next := make(chan int)
	for range 16 {
		working.Go(func() {
			for i := range next {
				user := &v1alpha1.UserProvisioning{
					ObjectMeta: metav1.ObjectMeta{Namespace: v.Namespace, Name: userName(i)},
					Spec:       v1alpha1.UserProvisioningSpec{LineItemRef: v1alpha1.LineItemReference{Name: "license"}, UserID: userName(i), Active: new(true)},
				}
				if err := v.Client.Create(context.WithoutCancel(t.Context()), user); err != nil {
					t.Error(err)
				}
			}
		})
	}
	for i := range users {
		next <- i
	}
	close(next)
	working.Wait()
}

func userName(i int) string { return fmt.Sprintf("user-%05d", i) }

// BenchmarkLicensesByUser is the call that clients make most, one after another.
func BenchmarkLicensesByUser(b *testing.B) {
	v := crowded(b)
	took := make([]time.Duration, 0, 1000)
	for b.Loop() {
		began := time.Now()
		found := v.ok(b, http.MethodPost, byUser, v.asks(userName(rand.IntN(manyUsers)))).(list)
		took = append(took, time.Since(began))
		if len(found) != 1 {
			b.Fatalf("%d licenses", len(found))
		}
	}
	report(b, took)
}

// BenchmarkProvisioning gives a unit and takes it back, with what many others hold around it.
func BenchmarkProvisioning(b *testing.B) {
	v := crowded(b)
	limitation := "3f8a5a0c-7a7c-4a0f-8f3f-000000000000"
	v.adds(b, true, fmt.Sprintf("bench-%d", rand.Int()))
	users := v.ok(b, http.MethodGet, v.users(), nil).(list)
	user := users[slices.IndexFunc(users, func(u any) bool { return isTrue(u.(object)["is_active"]) })].(object)["user_id"].(string)
	took := make([]time.Duration, 0, 1000)
	for b.Loop() {
		began := time.Now()
		entry := v.provisions(b, user, limitation)
		took = append(took, time.Since(began))
		v.ok(b, http.MethodPost, rollback, v.rollback(limitation, entry["transaction_id"]))
	}
	report(b, took)
}

// BenchmarkUsers lists all users of the license.
func BenchmarkUsers(b *testing.B) {
	v := crowded(b)
	for b.Loop() {
		if users := v.ok(b, http.MethodGet, v.users(), nil).(list); len(users) < manyUsers {
			b.Fatalf("%d users", len(users))
		}
	}
}

func report(b *testing.B, took []time.Duration) {
	b.Helper()
	slices.Sort(took)
	b.ReportMetric(float64(took[len(took)/2].Microseconds())/1000, "p50-ms")
	b.ReportMetric(float64(took[len(took)*99/100].Microseconds())/1000, "p99-ms")
}
