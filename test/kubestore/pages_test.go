package kubestore

import (
	"strconv"
	"testing"
	"time"

	"github.com/go-logr/logr/testr"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	clocktesting "k8s.io/utils/clock/testing"

	"github.com/licensing-operator/licensing-operator/internal/kubestore"
	"github.com/licensing-operator/licensing-operator/internal/ledger"
)

func TestPagesOfReceiptsAreDeletedByTheirAge(t *testing.T) {
	h := harness{shared}
	id := h.CreateInstance(t)
	account := ledger.NewAccount(id)
	account.Sequence = 1
	_, err := h.Store().CreateAccount(t.Context(), account)
	must(t, err)
	var pages []*ledger.ReceiptPage
	for n := range 3 {
		text := `{"key":"` + strconv.Itoa(n) + `","digest":"","time":"2026-01-01T00:00:00Z","answer":{}}` + "\n"
		page, err := ledger.NewReceiptPage(text)
		must(t, err)
		must(t, h.Store().CreateReceiptPage(t.Context(), id, page, text))
		pages = append(pages, page)
	}
	clock := clocktesting.NewFakeClock(time.Now())
	collector := &kubestore.PageCollector{Accounts: h.Accounts, Clock: clock, Log: testr.New(t), Retention: 10 * time.Minute}
	left := func() (left int) {
		t.Helper()
		for _, page := range pages {
			_, err := h.Accounts.Get(t.Context(), kubestore.PageName(id, page.Hash), metav1.GetOptions{})
			switch {
			case err == nil:
				left++
			case !apierrors.IsNotFound(err):
				t.Fatal(err)
			}
		}
		return left
	}
	for _, step := range []struct {
		wait time.Duration
		want int
	}{{0, 3}, {69 * time.Minute, 3}, {2 * time.Minute, 0}} {
		clock.Step(step.wait)
		must(t, collector.Collect(t.Context()))
		if got := left(); got != step.want {
			t.Errorf("%d pages are left after another %s, want %d", got, step.wait, step.want)
		}
	}
	_, _, err = h.Store().LoadAccount(t.Context(), id)
	must(t, err)
}
