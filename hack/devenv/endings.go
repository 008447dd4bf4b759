package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"time"

	corev1 "k8s.io/api/core/v1"
	apimeta "k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/licensing-operator/licensing-operator/api/v1alpha1"
	"github.com/licensing-operator/licensing-operator/internal/config"
	"github.com/licensing-operator/licensing-operator/internal/kubestore"
	"github.com/licensing-operator/licensing-operator/internal/ledger"
	"github.com/licensing-operator/licensing-operator/internal/licensing"
	"github.com/licensing-operator/licensing-operator/internal/usagelog"
)

var acme = ledger.AccountID{Namespace: sampleNamespace, Name: "acme-def-inst"}

func (d *demo) denial(ctx context.Context) error {
	const name = "too-much"
	if err := d.show(ctx, "apply", "-f", filepath.Join(manifests, "too_much.yaml")); err != nil {
		return err
	}
	session, err := d.awaitSession(ctx, name, "the claim to be decided", slack, func(s *v1alpha1.Session) bool {
		granted := apimeta.FindStatusCondition(s.Status.Conditions, v1alpha1.ConditionGranted)
		return granted != nil && granted.Status != metav1.ConditionUnknown
	})
	if err != nil {
		return err
	}
	if err := d.show(ctx, "get", "session", "-n", sampleNamespace, name, "-o", "wide"); err != nil {
		return err
	}
	if err := d.show(ctx, "get", "session", "-n", sampleNamespace, name, "-o",
		`jsonpath={range .status.denied.items[*]}{.item} {.version}: {.status}. {.message}{"\n"}{end}`); err != nil {
		return err
	}
	granted := apimeta.FindStatusCondition(session.Status.Conditions, v1alpha1.ConditionGranted)
	figures := []figure{
		{"condition Granted", metav1.ConditionFalse, granted.Status},
		{"reason", v1alpha1.ReasonNotEnoughTokens, granted.Reason},
	}
	if denied := session.Status.Denied; denied != nil && len(denied.Items) == 2 {
		photo, cad := denied.Items[0], denied.Items[1]
		figures = append(figures,
			figure{photo.Item + " was in order but", v1alpha1.DeniedItemNotCharged, photo.Status},
			figure{cad.Item + " was the obstacle", v1alpha1.DeniedItemDenied, cad.Status},
			figure{cad.Item + " would have cost", 7000, cad.Required},
			// What PhotoPrint would have cost is not available to CADPrint.
			figure{"available to it", quantity - d.used - 3*token, cad.Available},
		)
	} else {
		figures = append(figures, figure{"status.denied tells of both items", true, false})
	}
	if err := compare(figures...); err != nil {
		return err
	}
	return d.compareUsed(ctx)
}

func (d *demo) deletion(ctx context.Context) error {
	const name = "short-visit"
	if err := d.claimWith(ctx, filepath.Join(manifests, "short_visit.yaml"), name); err != nil {
		return err
	}
	session, err := d.session(ctx, name)
	if err != nil {
		return err
	}
	time.Sleep(2 * time.Second) // some of the period is to be used
	if err := d.show(ctx, "delete", "session", "-n", sampleNamespace, name); err != nil {
		return err
	}
	end, err := d.awaitEnd(ctx, string(session.UID))
	if err != nil {
		return err
	}
	left := session.Status.ChargedUntil.Sub(end.Time)
	fmt.Printf("\n  deleted %s before the end of the period of %s\n", left, period)
	var want licensing.Tokens
	for _, item := range session.Status.Items {
		charged, err := licensing.ParseTokens(item.Tokens.String())
		if err != nil {
			return err
		}
		want += charged * licensing.Tokens(left.Milliseconds()) / licensing.Tokens(period.Milliseconds())
	}
	refund := -netTokens(end)
	d.used += price - refund
	if err := compare(
		figure{"refunded of " + price.String(), want, refund},
		figure{"that is more than nothing and less than all", true, refund > 0 && refund < price},
	); err != nil {
		return err
	}
	return d.compareUsed(ctx)
}

// awaitEnd finds in the usage record what ended a session. The object is gone by then.
func (d *demo) awaitEnd(ctx context.Context, uid string) (end usagelog.Line, err error) {
	err = await(ctx, "the refund to be in the usage record", slack, func(context.Context) (bool, error) {
		lines, err := d.usage()
		for _, line := range lines {
			if line.Subject.UID == uid && line.Cause == licensing.CauseClosed {
				end = line
				return true, nil
			}
		}
		return false, err
	})
	return end, err
}

func (d *demo) usage() ([]usagelog.Line, error) {
	file, err := os.Open(d.usageLog)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	return usagelog.Read(file)
}

// netTokens is what the transactions charged less what they refunded.
func netTokens(lines ...usagelog.Line) (sum licensing.Tokens) {
	for _, line := range lines {
		for _, entry := range line.Entries {
			if entry.Kind == licensing.EntryRefund {
				sum -= entry.Tokens
			} else {
				sum += entry.Tokens
			}
		}
	}
	return sum
}

// shutdown compares three books that know nothing of each other: the usage record, the account and the line item's status.
func (d *demo) shutdown(ctx context.Context) error {
	if err := d.terminate(ctx); err != nil {
		return fmt.Errorf("✗ the operator's end on SIGTERM: expected exit code 0, got %w", err)
	}
	if err := d.show(ctx, "get", "configmap", "-n", config.DefaultNamespace, kubestore.AccountName(acme), "-o", `jsonpath={.data.usage\.json}{"\n"}`); err != nil {
		return err
	}
	object := &corev1.ConfigMap{}
	if err := d.client.Get(ctx, client.ObjectKey{Namespace: config.DefaultNamespace, Name: kubestore.AccountName(acme)}, object); err != nil {
		return err
	}
	// Decoding verifies the account's hash.
	account, err := ledger.Decode(object.Data)
	if err != nil {
		return err
	}
	lines, err := d.usage()
	if err != nil {
		return err
	}
	fmt.Printf("\n  the account is at commit %d, the usage record has %d transactions\n", account.Sequence, len(lines))
	return compare(
		figure{"charges less refunds in the usage record", d.used, netTokens(lines...)},
		figure{"used in the account", d.used, account.Usage["ACT01-Elastic"]},
		figure{"transactions that nobody has written through", 0, len(account.Open)},
	)
}
