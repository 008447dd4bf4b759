package idempotency

import (
	"context"

	"github.com/go-logr/logr"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	typedcorev1 "k8s.io/client-go/kubernetes/typed/core/v1"
	"k8s.io/utils/clock"
)

// Collector deletes the records whose retention is over. One replica at a time runs it.
type Collector struct {
	ConfigMaps typedcorev1.ConfigMapInterface
	Clock      clock.WithTicker
	Log        logr.Logger
}

// interval is a fraction of the retention: a record that is past it is replaced at once when its key comes again.
const interval = Retention / 24

// NeedLeaderElection makes one replica do it.
func (c *Collector) NeedLeaderElection() bool { return true }

// Start collects until the context ends.
func (c *Collector) Start(ctx context.Context) error {
	ticker := c.Clock.NewTicker(interval)
	defer ticker.Stop()
	for {
		if err := c.Collect(ctx); err != nil && ctx.Err() == nil {
			c.Log.Error(err, "Old idempotency records are not deleted now; it is tried again")
		}
		select {
		case <-ctx.Done():
			return nil
		case <-ticker.C():
		}
	}
}

// page bounds what one answer of the API server holds.
const page = 500

// Collect deletes what is past its retention now.
func (c *Collector) Collect(ctx context.Context) error {
	options := metav1.ListOptions{LabelSelector: Label + "=true", Limit: page}
	for {
		records, err := c.ConfigMaps.List(ctx, options)
		if err != nil {
			return err
		}
		for i := range records.Items {
			record := &records.Items[i]
			if !expired(record, c.Clock.Now()) {
				continue
			}
			err := c.ConfigMaps.Delete(ctx, record.Name, metav1.DeleteOptions{
				Preconditions: &metav1.Preconditions{ResourceVersion: &record.ResourceVersion},
			})
			if err != nil && !apierrors.IsNotFound(err) && !apierrors.IsConflict(err) {
				return err
			}
		}
		if options.Continue = records.Continue; options.Continue == "" {
			return nil
		}
	}
}
