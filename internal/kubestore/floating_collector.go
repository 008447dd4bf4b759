package kubestore

import (
	"context"
	"time"

	"github.com/go-logr/logr"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/utils/clock"

	"github.com/licensing-operator/licensing-operator/internal/floating"
)

// FloatingCollector deletes the registers of licenses that are gone, and those in which no session has been open for long.
// An empty one says nothing that a missing one does not. One replica at a time runs it.
type FloatingCollector struct {
	Accounts *Accounts
	Clock    clock.WithTicker
	Log      logr.Logger
	// Exists tells whether there is a license, as Store.HasLicense does.
	Exists func(ctx context.Context, license floating.License) (bool, error)
}

const (
	floatingCollectionPeriod = 5 * time.Minute
	// floatingRetention is more than clocks can differ by: the time of a register keeps replicas together.
	floatingRetention = 24 * time.Hour
	// youngRegister is one whose license informers may not know yet.
	youngRegister = time.Minute
)

// NeedLeaderElection makes one replica do it.
func (c *FloatingCollector) NeedLeaderElection() bool { return true }

// Start collects until the context ends.
func (c *FloatingCollector) Start(ctx context.Context) error {
	ticker := c.Clock.NewTicker(floatingCollectionPeriod)
	defer ticker.Stop()
	for {
		if err := c.Collect(ctx); err != nil && ctx.Err() == nil {
			c.Log.Error(err, "Sessions of licenses that are gone are not deleted now; it is tried again")
		}
		select {
		case <-ctx.Done():
			return nil
		case <-ticker.C():
		}
	}
}

// Collect deletes what is of no use now.
func (c *FloatingCollector) Collect(ctx context.Context) error {
	return c.Accounts.eachMetadata(ctx, FloatingLabel+"=true", func(object *metav1.PartialObjectMetadata) error {
		useless, err := c.useless(ctx, object)
		if err != nil || !useless {
			return err
		}
		return c.Accounts.deleteUnchanged(ctx, object)
	})
}

func (c *FloatingCollector) useless(ctx context.Context, object *metav1.PartialObjectMetadata) (bool, error) {
	now := c.Clock.Now()
	until, err := time.Parse(time.RFC3339, object.Annotations[lastUntilAnnotation])
	if err == nil && now.Sub(until) > floatingRetention {
		return true, nil
	}
	if now.Sub(object.CreationTimestamp.Time) < youngRegister {
		return false, nil
	}
	exists, err := c.Exists(ctx, floatingLicense(object))
	return !exists, err
}
