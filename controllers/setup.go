// Package controllers lists the operator's controllers.
package controllers

import (
	"context"
	"fmt"
	"time"

	"k8s.io/utils/clock"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/manager"

	"github.com/licensing-operator/licensing-operator/controllers/accesskey"
	"github.com/licensing-operator/licensing-operator/controllers/activation"
	"github.com/licensing-operator/licensing-operator/controllers/apikey"
	"github.com/licensing-operator/licensing-operator/controllers/availability"
	"github.com/licensing-operator/licensing-operator/controllers/edition"
	"github.com/licensing-operator/licensing-operator/controllers/instance"
	"github.com/licensing-operator/licensing-operator/controllers/lineitem"
	"github.com/licensing-operator/licensing-operator/controllers/product"
	"github.com/licensing-operator/licensing-operator/controllers/ratetable"
	"github.com/licensing-operator/licensing-operator/controllers/session"
	"github.com/licensing-operator/licensing-operator/controllers/sessionexpiry"
	"github.com/licensing-operator/licensing-operator/controllers/tenantconfiguration"
	"github.com/licensing-operator/licensing-operator/controllers/userprovisioning"
	"github.com/licensing-operator/licensing-operator/internal/kubestore"
	"github.com/licensing-operator/licensing-operator/internal/ledger"
	"github.com/licensing-operator/licensing-operator/internal/licensing"
	"github.com/licensing-operator/licensing-operator/internal/signing"
)

// Options are what the controllers work with.
type Options struct {
	Store  *kubestore.Store
	Ledger *ledger.Ledger
	Clock  clock.WithTicker
	// Terms are the terms of the sessions on an account.
	Terms func(ledger.AccountID) licensing.Terms
	// Retention is how long an ended session stays readable.
	Retention time.Duration
	// MaxConcurrent is how many objects of a kind are worked on at once.
	MaxConcurrent int
	Availability  *availability.Record
	// OpenSessions counts those of a floating license; nil where there is nobody to ask.
	OpenSessions func(ctx context.Context, namespace, licenseID string) (int, error)
	// Usage tells how usage records fare; nil where none are kept.
	Usage instance.Usage
	// Signing has the keys that sign answers over REST; nil where there is no REST.
	Signing *signing.Keys
}

// Setup registers all controllers with the manager.
func Setup(mgr ctrl.Manager, options Options) error {
	c := mgr.GetClient()
	controllers := []interface{ SetupWithManager(ctrl.Manager) error }{
		&ratetable.Reconciler{Client: c, Store: options.Store, Clock: options.Clock, Events: mgr.GetEventRecorder("ratetable")},
		&instance.Reconciler{
			Client: c, Store: options.Store, Ledger: options.Ledger, Clock: options.Clock, Events: mgr.GetEventRecorder("instance"), Usage: options.Usage,
		},
		&lineitem.Reconciler{
			Client: c, Store: options.Store, Ledger: options.Ledger, Clock: options.Clock, Events: mgr.GetEventRecorder("lineitem"),
			OpenSessions: options.OpenSessions,
		},
		&product.Reconciler{Client: c, Store: options.Store, Clock: options.Clock, Events: mgr.GetEventRecorder("product")},
		&edition.Reconciler{Client: c, Store: options.Store, Clock: options.Clock, Events: mgr.GetEventRecorder("edition")},
		&activation.Reconciler{Client: c, Store: options.Store, Ledger: options.Ledger, Clock: options.Clock, Events: mgr.GetEventRecorder("activation")},
		&userprovisioning.Reconciler{Client: c, Store: options.Store, Ledger: options.Ledger, Clock: options.Clock, Events: mgr.GetEventRecorder("userprovisioning")},
		&accesskey.Reconciler{Client: c, Store: options.Store, Clock: options.Clock, Events: mgr.GetEventRecorder("accesskey")},
		&apikey.Reconciler{Client: c, Store: options.Store, Clock: options.Clock, Events: mgr.GetEventRecorder("apikey")},
		&tenantconfiguration.Reconciler{
			Client: c, Store: options.Store, Signing: options.Signing, Clock: options.Clock, Events: mgr.GetEventRecorder("tenantconfiguration"),
		},
		&session.Reconciler{
			Client: c, Ledger: options.Ledger, Clock: options.Clock, Events: mgr.GetEventRecorder("session"), MaxConcurrent: options.MaxConcurrent,
		},
		&sessionexpiry.Reconciler{
			Client: c, Ledger: options.Ledger, Clock: options.Clock, Events: mgr.GetEventRecorder("sessionexpiry"),
			Outages: options.Availability, Terms: options.Terms, Retention: options.Retention, MaxConcurrent: options.MaxConcurrent,
		},
	}
	for _, controller := range controllers {
		if err := controller.SetupWithManager(mgr); err != nil {
			return fmt.Errorf("set up %T: %w", controller, err)
		}
	}
	for _, runnable := range []manager.Runnable{options.Availability, options.Availability.Follower()} {
		if err := mgr.Add(runnable); err != nil {
			return fmt.Errorf("set up the availability record: %w", err)
		}
	}
	return nil
}
