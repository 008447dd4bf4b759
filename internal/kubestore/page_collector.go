package kubestore

import (
	"context"
	"time"

	"github.com/go-logr/logr"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/utils/clock"
)

// PageCollector deletes the pages of receipts that no account lists any more. Their age alone tells: every receipt of a
// page is older than the page. Pages that never came to be listed go the same way. One replica at a time runs it.
type PageCollector struct {
	Accounts *Accounts
	Clock    clock.WithTicker
	Log      logr.Logger
	// Retention is that of the receipts.
	Retention time.Duration
}

const (
	// pageMargin is what clocks may differ by.
	pageMargin           = time.Hour
	pageCollectionPeriod = 5 * time.Minute
	// pagesAtOnce bounds what one answer of the API server holds.
	pagesAtOnce = 500
)

// NeedLeaderElection makes one replica do it.
func (c *PageCollector) NeedLeaderElection() bool { return true }

// Start collects until the context ends.
func (c *PageCollector) Start(ctx context.Context) error {
	ticker := c.Clock.NewTicker(pageCollectionPeriod)
	defer ticker.Stop()
	for {
		if err := c.Collect(ctx); err != nil && ctx.Err() == nil {
			c.Log.Error(err, "Old pages of receipts are not deleted now; it is tried again")
		}
		select {
		case <-ctx.Done():
			return nil
		case <-ticker.C():
		}
	}
}

// Collect deletes what is old enough now.
func (c *PageCollector) Collect(ctx context.Context) error {
	oldest := c.Clock.Now().Add(-c.Retention - pageMargin)
	options := metav1.ListOptions{LabelSelector: ReceiptPageLabel + "=true", Limit: pagesAtOnce}
	for {
		pages, err := c.Accounts.listMetadata(ctx, options)
		if err != nil {
			return err
		}
		for i := range pages.Items {
			page := &pages.Items[i]
			if !page.CreationTimestamp.Time.Before(oldest) {
				continue
			}
			err := c.Accounts.Delete(ctx, page.Name, metav1.DeleteOptions{Preconditions: &metav1.Preconditions{UID: &page.UID}})
			if err != nil && !apierrors.IsNotFound(err) && !apierrors.IsConflict(err) {
				return err
			}
		}
		if options.Continue = pages.Continue; options.Continue == "" {
			return nil
		}
	}
}
