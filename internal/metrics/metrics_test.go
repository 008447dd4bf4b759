package metrics

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/prometheus/client_golang/prometheus"
	dto "github.com/prometheus/client_model/go"

	"github.com/licensing-operator/licensing-operator/internal/ledger"
	"github.com/licensing-operator/licensing-operator/internal/licensing"
)

// The collectors are the process's own; a test starts them at zero and reads them through a registry of its own.
func gather(t *testing.T) func() map[string][]*dto.Metric {
	t.Helper()
	for _, counter := range []*prometheus.CounterVec{
		commits, tokensCharged, tokensRefunded, sessionsEnded, denials, usageStored, restRequests, restRejected, restPanics,
	} {
		counter.Reset()
	}
	halted.Reset()
	registry := prometheus.NewPedanticRegistry()
	if err := Register(registry, "v0.0.0"); err != nil {
		t.Fatal(err)
	}
	return func() map[string][]*dto.Metric {
		t.Helper()
		families, err := registry.Gather()
		if err != nil {
			t.Fatal(err)
		}
		metrics := map[string][]*dto.Metric{}
		for _, family := range families {
			metrics[family.GetName()] = family.GetMetric()
		}
		return metrics
	}
}

// values are those of a counter or gauge, by its label values.
func values(metrics []*dto.Metric) map[string]float64 {
	byLabels := map[string]float64{}
	for _, metric := range metrics {
		var labels []string
		for _, label := range metric.GetLabel() {
			labels = append(labels, label.GetValue())
		}
		byLabels[strings.Join(labels, "/")] = metric.GetCounter().GetValue() + metric.GetGauge().GetValue()
	}
	return byLabels
}

// counted are the values that are not zero.
func counted(metrics []*dto.Metric) map[string]float64 {
	byLabels := values(metrics)
	maps.DeleteFunc(byLabels, func(_ string, value float64) bool { return value == 0 })
	return byLabels
}

func account(n int) ledger.AccountID {
	return ledger.AccountID{Namespace: fmt.Sprintf("producer-%d", n%10), Name: fmt.Sprintf("customer-%d", n)}
}

func TestRecorderCountsWhatTransactionsDid(t *testing.T) {
	read := gather(t)
	transactions := []*ledger.Transaction{
		{Cause: licensing.CauseAccess, Entries: []licensing.Entry{
			{Kind: licensing.EntryCharge, Tokens: 30_000_000}, {Kind: licensing.EntryCharge, Tokens: 14_500_000},
		}},
		{
			Cause: licensing.CauseHeartbeatMissed, Entries: []licensing.Entry{{Kind: licensing.EntryRefund, Tokens: 44_500_000}},
			State: ledger.State{Session: &licensing.Session{State: licensing.Terminated, TerminatedReason: licensing.HeartbeatMissed}},
		},
		{Cause: licensing.CauseHalt, State: ledger.State{Session: &licensing.Session{State: licensing.Idle}}},
	}
	if err := (Recorder{}).Record(t.Context(), account(1), transactions); err != nil {
		t.Fatal(err)
	}
	metrics := read()
	got := map[string]map[string]float64{
		"charged":  counted(metrics["licensing_operator_tokens_charged_total"]),
		"refunded": counted(metrics["licensing_operator_tokens_refunded_total"]),
		"ended":    counted(metrics["licensing_operator_sessions_ended_total"]),
	}
	want := map[string]map[string]float64{
		"charged":  {"Access": 44.5},
		"refunded": {"HeartbeatMissed": 44.5},
		"ended":    {"HeartbeatMissed": 1},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
}

func TestRecorderCountsDenialsOverREST(t *testing.T) {
	read := gather(t)
	refused := func(caller string, reasons ...licensing.ItemStatus) *ledger.Transaction {
		transaction := &ledger.Transaction{Cause: licensing.CauseRefused, Caller: caller}
		for _, reason := range reasons {
			transaction.Denials = append(transaction.Denials, ledger.Denial{Reason: string(reason)})
		}
		return transaction
	}
	err := Recorder{}.Record(t.Context(), account(1), []*ledger.Transaction{
		refused("key", licensing.ItemInsufficientTokens, licensing.ItemDeniedByRule),
		refused("key", licensing.ItemInsufficientTokens),
		refused(ledger.Kubernetes, licensing.ItemInsufficientTokens),
	})
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]float64{"Request/NotEnoughTokens": 2, "Request/DeniedByRule": 1}
	if diff := cmp.Diff(want, counted(read()["licensing_operator_denials_total"])); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
}

type failing struct{ err error }

func (f *failing) Record(context.Context, ledger.AccountID, []*ledger.Transaction) error {
	return f.err
}

func TestRecorderCountsOnceWhatIsTriedTwice(t *testing.T) {
	read := gather(t)
	next := &failing{err: errors.New("disk full")}
	recorder := Recorder{Next: next}
	transactions := []*ledger.Transaction{
		{Cause: licensing.CauseAccess, Entries: []licensing.Entry{{Kind: licensing.EntryCharge, Tokens: 1_000_000}}},
	}
	if err := recorder.Record(t.Context(), account(1), transactions); !errors.Is(err, next.err) {
		t.Fatalf("got %v, want %v", err, next.err)
	}
	next.err = nil
	if err := recorder.Record(t.Context(), account(1), transactions); err != nil {
		t.Fatal(err)
	}
	want := map[string]float64{"Access": 1}
	if diff := cmp.Diff(want, counted(read()["licensing_operator_tokens_charged_total"])); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
}

func TestOpenBytesTellOfAllAndOfTheFullest(t *testing.T) {
	read := gather(t)
	for n, bytes := range []int{100, 700, 200} {
		Observer{}.Opened(account(n), bytes)
	}
	t.Cleanup(func() {
		for n := range 3 {
			Observer{}.Opened(account(n), 0)
		}
	})
	Observer{}.Opened(account(2), 0)
	metrics := read()
	got := []float64{values(metrics["licensing_operator_ledger_open_bytes"])[""], values(metrics["licensing_operator_ledger_open_bytes_max"])[""]}
	if diff := cmp.Diff([]float64{800, 700}, got); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
}

func TestHaltedHasSeriesOnlyWhileHalted(t *testing.T) {
	read := gather(t)
	Observer{}.Halted(account(1), true)
	Observer{}.Halted(account(2), true)
	Observer{}.Halted(account(1), false)
	want := map[string]float64{"customer-2/producer-2": 1}
	if diff := cmp.Diff(want, values(read()["licensing_operator_ledger_halted"])); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
}

func TestSeriesDoNotGrowWithTheLoad(t *testing.T) {
	read := gather(t)
	load := func(from, to int) int {
		for n := from; n < to; n++ {
			Observer{}.Committed(account(n), 3, time.Millisecond)
			Observer{}.Conflicted(account(n))
			Observer{}.Unsettled(account(n))
			Observer{}.WrittenThrough(account(n), time.Second)
			Observer{}.Opened(account(n), n)
			Observer{}.Halted(account(n), true)
			Observer{}.Halted(account(n), false)
			Denied("Session", "NotEnoughTokens")
			_ = Recorder{}.Record(t.Context(), account(n), []*ledger.Transaction{{
				ID: fmt.Sprint(n), Cause: licensing.CauseClosed,
				Subject: ledger.Subject{Kind: ledger.SessionSubject, Name: fmt.Sprintf("session-%d", n)},
				State:   ledger.State{Session: &licensing.Session{State: licensing.Terminated, TerminatedReason: licensing.Closed}},
				Entries: []licensing.Entry{{Kind: licensing.EntryCharge, ActivationID: fmt.Sprint(n)}, {Kind: licensing.EntryRefund, Item: fmt.Sprint(n)}},
			}})
			Observer{}.Opened(account(n), 0)
		}
		series := 0
		for _, metrics := range read() {
			series += len(metrics)
		}
		return series
	}
	few := load(0, 1)
	if many := load(1, 1000); many != few {
		t.Errorf("1 account has %d series, 1000 accounts have %d", few, many)
	}
}

func TestEveryMetricIsDocumented(t *testing.T) {
	page, err := os.ReadFile("../../docs/reference/metrics.md")
	if err != nil {
		t.Fatal(err)
	}
	descriptions := make(chan *prometheus.Desc, 100)
	for _, collector := range Collectors() {
		collector.Describe(descriptions)
	}
	close(descriptions)
	var missing []string
	for description := range descriptions {
		_, rest, _ := strings.Cut(description.String(), `fqName: "`)
		name, _, _ := strings.Cut(rest, `"`)
		if !strings.Contains(string(page), "`"+name+"`") {
			missing = append(missing, name)
		}
	}
	slices.Sort(missing)
	if len(missing) > 0 {
		t.Errorf("docs/reference/metrics.md does not tell of %s", strings.Join(missing, ", "))
	}
}
