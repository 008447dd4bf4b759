package main

import (
	"context"
	"fmt"
	"maps"
	"path/filepath"
	"slices"
	"strings"
	"time"

	apimeta "k8s.io/apimachinery/pkg/api/meta"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/licensing-operator/licensing-operator/api/v1alpha1"
	"github.com/licensing-operator/licensing-operator/internal/licensing"
)

const (
	token = 1_000_000 // in micro-tokens
	// What ACME bought, and what the sample session costs per period: 10 x 3 + 2 x 7.
	quantity licensing.Tokens = 1000 * token
	price    licensing.Tokens = 44 * token

	lisa = "lisa-barry"
	// A slow machine may be this late with what is due.
	slack = 10 * time.Second
)

var manifests = filepath.Join("hack", "devenv", "manifests")

func (d *demo) publishSamples(ctx context.Context) error {
	if err := d.publish(ctx); err != nil {
		return err
	}
	if err := d.show(ctx, "get", "licensing", "-n", sampleNamespace); err != nil {
		return err
	}
	return d.compareUsed(ctx)
}

func (d *demo) publishAgain(ctx context.Context) error {
	before, err := d.settledVersions(ctx)
	if err != nil {
		return err
	}
	if err := d.show(ctx, "apply", "--server-side", "-k", samples); err != nil {
		return err
	}
	time.Sleep(time.Second) // a write that should not be there would be here by now
	after, err := d.versions(ctx)
	if err != nil {
		return err
	}
	var figures []figure
	for _, name := range slices.Sorted(maps.Keys(before)) {
		figures = append(figures, figure{"resourceVersion of " + name, before[name], after[name]})
	}
	return compare(append(figures, figure{"objects", len(before), len(after)})...)
}

// settledVersions waits until the operator has said everything that it has to say.
func (d *demo) settledVersions(ctx context.Context) (settled map[string]string, err error) {
	var since time.Time
	err = await(ctx, "the operator to have nothing more to write", 20*time.Second, func(ctx context.Context) (bool, error) {
		versions, err := d.versions(ctx)
		if err != nil || !maps.Equal(settled, versions) {
			settled, since = versions, time.Now()
		}
		return err == nil && time.Since(since) > 2*time.Second, err
	})
	return settled, err
}

func (d *demo) versions(ctx context.Context) (map[string]string, error) {
	lists := []client.ObjectList{
		&v1alpha1.RateTableList{}, &v1alpha1.InstanceList{}, &v1alpha1.LineItemList{}, &v1alpha1.UserProvisioningList{},
		&v1alpha1.AccessKeyList{}, &v1alpha1.TenantConfigurationList{},
	}
	versions := map[string]string{}
	for _, list := range lists {
		if err := d.client.List(ctx, list, client.InNamespace(sampleNamespace)); err != nil {
			return nil, err
		}
		objects, err := apimeta.ExtractList(list)
		if err != nil {
			return nil, err
		}
		for _, object := range objects {
			o := object.(client.Object)
			versions[strings.TrimPrefix(fmt.Sprintf("%T %s", o, o.GetName()), "*v1alpha1.")] = o.GetResourceVersion()
		}
	}
	return versions, nil
}

func (d *demo) claim(ctx context.Context) error {
	if err := d.claimWith(ctx, filepath.Join(samples, "session.yaml"), lisa); err != nil {
		return err
	}
	session, err := d.session(ctx, lisa)
	if err != nil {
		return err
	}
	charged, refunded := totals(session)
	figures := []figure{
		{"state", v1alpha1.SessionActive, session.Status.State},
		{"charged in all", price, charged},
		{"refunded in all", 0, refunded},
		{"the period is paid for", period, session.Status.ChargedUntil.Sub(session.Status.PeriodStart.Time)},
		{"next charge at the end of it", session.Status.ChargedUntil.UTC(), session.Status.NextChargeTime.UTC()},
	}
	for i, want := range []v1alpha1.Decimal{"30", "14"} {
		item := session.Status.Items[i]
		figures = append(figures, figure{"charged for " + item.Item + " " + item.Version, want, item.Tokens})
	}
	d.used += price
	if err := compare(figures...); err != nil {
		return err
	}
	return d.compareUsed(ctx)
}

// claimWith applies a session, waits as a workload does until it has what it asked for, and shows it.
func (d *demo) claimWith(ctx context.Context, file, name string) error {
	if err := d.show(ctx, "apply", "-f", file); err != nil {
		return err
	}
	if err := d.show(ctx, "wait", "--for=condition=Granted", "-n", sampleNamespace, "session/"+name, "--timeout=20s"); err != nil {
		return err
	}
	return d.show(ctx, "get", "session", "-n", sampleNamespace, name)
}

func (d *demo) firstRenewal(ctx context.Context) error {
	session, err := d.awaitCharge(ctx, 2)
	if err != nil {
		return err
	}
	charged := session.Status.LastAutomaticChargeTime
	// The heartbeat first, while there is time for it; what is there to see is shown afterwards.
	now := time.Now().UTC().Format("2006-01-02T15:04:05.000000Z")
	patch := fmt.Sprintf(`{"spec":{"heartbeatTime":%q}}`, now)
	if err := d.show(ctx, "patch", "session", "-n", sampleNamespace, lisa, "--type=merge", "-p", patch); err != nil {
		return err
	}
	session, err = d.awaitSession(ctx, lisa, "the heartbeat to be seen", slack, func(s *v1alpha1.Session) bool {
		return s.Status.Heartbeat != nil && s.Status.Heartbeat.Time != nil && !s.Status.Heartbeat.Time.Before(charged)
	})
	if err != nil {
		return err
	}
	if err := d.show(ctx, "get", "session", "-n", sampleNamespace, lisa); err != nil {
		return err
	}
	if err := compare(
		figure{"the heartbeat seen is the one sent", now, session.Status.Heartbeat.Observed.UTC().Format("2006-01-02T15:04:05.000000Z")},
		figure{"it came within the window", true, session.Status.Heartbeat.Time.Sub(charged.Time) < window},
	); err != nil {
		return err
	}
	return d.compareUsed(ctx)
}

func (d *demo) secondRenewal(ctx context.Context) error {
	session, err := d.awaitCharge(ctx, 3)
	if err != nil {
		return err
	}
	if err := compare(figure{"a new heartbeat is due within", window, session.Status.HeartbeatDeadline.Sub(session.Status.LastAutomaticChargeTime.Time)}); err != nil {
		return err
	}
	return d.compareUsed(ctx)
}

// awaitCharge waits for the automatic charge that makes this many charges in all.
func (d *demo) awaitCharge(ctx context.Context, charges int) (*v1alpha1.Session, error) {
	before, err := d.session(ctx, lisa)
	if err != nil {
		return nil, err
	}
	if before.Status.NextChargeTime == nil {
		return nil, fmt.Errorf("✗ session %s: expected a next charge, got state %s (%s)", lisa, before.Status.State, before.Status.TerminatedReason)
	}
	due := before.Status.NextChargeTime
	fmt.Printf("\n  waiting until %s ...\n", due.UTC().Format(time.TimeOnly))
	session, err := d.awaitSession(ctx, lisa, "the automatic charge", period+slack, func(s *v1alpha1.Session) bool {
		return s.Status.PeriodStart != nil && !s.Status.PeriodStart.Before(due)
	})
	if err != nil {
		return nil, err
	}
	d.used += price
	charged, refunded := totals(session)
	return session, compare(
		figure{"charged at the time it was due", due.UTC(), session.Status.LastAutomaticChargeTime.UTC()},
		figure{"paid until", due.Add(period).UTC(), session.Status.ChargedUntil.UTC()},
		figure{"state", v1alpha1.SessionActive, session.Status.State},
		figure{"charged in all", licensing.Tokens(charges) * price, charged},
		figure{"refunded in all", 0, refunded},
	)
}

func (d *demo) missedHeartbeat(ctx context.Context) error {
	fmt.Printf("\n  sending none for %s, and %s of grace ...\n", window, grace)
	before, err := d.session(ctx, lisa)
	if err != nil {
		return err
	}
	session, err := d.awaitSession(ctx, lisa, "the end of the session", period+slack, func(s *v1alpha1.Session) bool {
		return s.Status.State == v1alpha1.SessionTerminated
	})
	if err != nil {
		return err
	}
	d.used -= price
	if err := d.show(ctx, "get", "session", "-n", sampleNamespace, lisa, "-o", "wide"); err != nil {
		return err
	}
	charged, refunded := totals(session)
	if err := compare(
		figure{"why it ended", v1alpha1.TerminatedHeartbeatMissed, session.Status.TerminatedReason},
		figure{"not before the grace was over", true, session.Status.TerminatedTime.Sub(before.Status.HeartbeatDeadline.Time) >= grace},
		figure{"charged in all", 3 * price, charged},
		figure{"refunded in all", price, refunded},
	); err != nil {
		return err
	}
	return d.compareUsed(ctx)
}
