package cluster

import (
	"context"
	"fmt"
	"strings"

	"golang.org/x/sync/errgroup"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/licensing-operator/licensing-operator/api/v1alpha1"
)

// rushClients is how many clients apply their sessions at once.
const rushClients = 16

// RushName is the name of a session of a rush.
func RushName(i int) string { return fmt.Sprintf("claim-%d", i) }

// Rush applies many sessions for one token each, at once, and returns when the API server has all of them. Whoever is not
// heard tries again, as clients do.
func (p Producer) Rush(ctx context.Context, claims int) error {
	var clients errgroup.Group
	clients.SetLimit(rushClients)
	for i := range claims {
		clients.Go(func() error {
			return Wait(ctx, func(ctx context.Context) error {
				err := p.Client.Create(ctx, p.newClaim(RushName(i), "Seat"))
				if apierrors.IsAlreadyExists(err) {
					return nil // the answer to an earlier try was lost
				}
				return err
			})
		})
	}
	return clients.Wait()
}

func (p Producer) newClaim(name, item string) *v1alpha1.Session {
	return &v1alpha1.Session{
		ObjectMeta: metav1.ObjectMeta{Namespace: p.Namespace, Name: name},
		Spec: v1alpha1.SessionSpec{
			InstanceRef:    v1alpha1.InstanceReference{Name: InstanceName},
			Requester:      v1alpha1.Requester{Type: "user", Value: name},
			RequestedItems: []v1alpha1.RequestedItem{{Item: item, Count: "1"}},
		},
	}
}

// Decided is a check that the session's claim was granted or denied.
func Decided(session *v1alpha1.Session) error {
	got := Condition(session.Status.Conditions, v1alpha1.ConditionGranted)
	if strings.HasPrefix(got, "True") || session.Status.Denied != nil {
		return nil
	}
	return fmt.Errorf("granted is %q", got)
}
