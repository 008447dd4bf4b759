package userprovisioning

import (
	"context"
	"slices"

	"golang.org/x/sync/errgroup"
	"k8s.io/apimachinery/pkg/api/equality"

	"github.com/licensing-operator/licensing-operator/api/v1alpha1"
	"github.com/licensing-operator/licensing-operator/controllers/status"
	"github.com/licensing-operator/licensing-operator/internal/metrics"
)

// writers is how many statuses are written at once: the users of a license may all be new.
const writers = 16

// write brings the statuses of all users up to date.
func (r *Reconciler) write(ctx context.Context, p *pass) error {
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(writers)
	for _, m := range p.members {
		desired := Status(p.input(m))
		if m.gone || m.unrecorded || unchanged(m.user.Status, desired) {
			continue
		}
		group.Go(func() error { return r.writeOne(ctx, m.user, desired) })
	}
	return group.Wait()
}

func (r *Reconciler) writeOne(ctx context.Context, user *v1alpha1.UserProvisioning, desired v1alpha1.UserProvisioningStatus) error {
	writer := status.Writer{
		Client: r.Client, Owner: "licensing-operator-userprovisioning",
		Fields: []string{"observedGeneration", "licenseID", "granted", "refused", "denied", "conditions"},
	}
	changed, err := writer.Write(ctx, user, user.Status, desired)
	if changed {
		status.Announce(r.Events, user, "Provision", user.Status.Conditions, desired.Conditions)
		countDenials(user.Status.Denied, desired.Denied)
	}
	return err
}

// unchanged compares what the controller writes. To find that out from the encoded statuses of ten thousand users takes a
// second of each pass.
func unchanged(current, desired v1alpha1.UserProvisioningStatus) bool {
	current.Revision, current.Seat, current.Holdings = desired.Revision, desired.Seat, desired.Holdings
	return equality.Semantic.DeepEqual(current, desired)
}

// countDenials counts the limitations that are denied for a reason that was not told before.
func countDenials(before, after []v1alpha1.DeniedLimitation) {
	for _, denied := range after {
		told := slices.ContainsFunc(before, func(d v1alpha1.DeniedLimitation) bool {
			return d.LimitationID == denied.LimitationID && d.Reason == denied.Reason
		})
		if !told {
			metrics.Denied("UserProvisioning", denied.Reason)
		}
	}
}

func (p *pass) input(m *member) Input {
	return Input{
		User: m.user, License: p.license, StandingUser: m.standing, Seated: m.seated, NoSeat: m.noSeat, Held: m.held, Denied: m.denied,
	}
}
