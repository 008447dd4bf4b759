package ledger_test

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"k8s.io/utils/clock"

	"github.com/licensing-operator/licensing-operator/internal/ledger"
	"github.com/licensing-operator/licensing-operator/internal/ledger/ledgertest"
	"github.com/licensing-operator/licensing-operator/internal/licensing"
)

// BenchmarkOneOff is 64 callers on one account whose store takes as long as an API server on the same machine. Keys are as
// long as those of the REST interface.
func BenchmarkOneOff(b *testing.B) {
	const callers = 64
	for _, keyed := range []bool{false, true} {
		b.Run(fmt.Sprintf("keyed=%v", keyed), func(b *testing.B) {
			memory := ledgertest.NewMemory()
			id := memory.CreateInstance(b)
			memory.SetCatalog(id, selling(1_000_000_000))
			client := ledgertest.NewClient(memory)
			client.Inject(networkDelays)
			engine := ledger.New(client, ledger.Options{
				Replica: "bench", Clock: clock.RealClock{},
				Terms: func(ledger.AccountID) licensing.Terms { return licensing.Terms{Period: time.Hour} },
			})
			if _, err := engine.Open(b.Context(), id); err != nil {
				b.Fatal(err)
			}
			var next atomic.Int64
			var asking sync.WaitGroup
			b.ResetTimer()
			for range callers {
				asking.Go(func() {
					for n := next.Add(1); n <= int64(b.N); n = next.Add(1) {
						request := ledger.OneOffRequest{Items: items("cheap", 1)}
						if keyed {
							request.Idempotency = ledger.Idempotency{Key: fmt.Sprintf("%064x", n), Digest: fmt.Sprintf("%064x", n)}
						}
						if answer, err := engine.OneOff(b.Context(), id, request); err != nil || !granted(answer) {
							b.Errorf("request %d: %v, %v", n, answer, err)
							return
						}
					}
				})
			}
			asking.Wait()
			b.StopTimer()
			b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "requests/s")
			account, _, err := memory.LoadAccount(context.Background(), id)
			if err != nil {
				b.Fatal(err)
			}
			parts, err := account.Encode()
			if err != nil {
				b.Fatal(err)
			}
			size := 0
			for _, part := range parts {
				size += len(part)
			}
			b.ReportMetric(float64(size), "account-bytes")
			b.ReportMetric(float64(len(account.Pages)), "pages")
			if err := engine.Close(b.Context()); err != nil {
				b.Error(err)
			}
		})
	}
}

// BenchmarkDenial is 64 callers who are refused, which is recorded.
func BenchmarkDenial(b *testing.B) {
	const callers = 64
	memory := ledgertest.NewMemory()
	id := memory.CreateInstance(b)
	memory.SetCatalog(id, selling(1))
	client := ledgertest.NewClient(memory)
	client.Inject(networkDelays)
	observer := &ledgertest.Unrecorded{}
	engine := ledger.New(client, ledger.Options{
		Replica: "bench", Clock: clock.RealClock{}, Recorder: ledgertest.NewRecording(), Observer: observer,
		Terms: func(ledger.AccountID) licensing.Terms { return licensing.Terms{Period: time.Hour} },
	})
	if _, err := engine.Open(b.Context(), id); err != nil {
		b.Fatal(err)
	}
	var next atomic.Int64
	var asking sync.WaitGroup
	b.ResetTimer()
	for range callers {
		asking.Go(func() {
			for n := next.Add(1); n <= int64(b.N); n = next.Add(1) {
				if answer, err := engine.OneOff(b.Context(), id, ledger.OneOffRequest{Items: items("item", 1)}); err != nil || granted(answer) {
					b.Errorf("request %d: %v, %v", n, answer, err)
					return
				}
			}
		})
	}
	asking.Wait()
	b.StopTimer()
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "denials/s")
	b.ReportMetric(float64(observer.Count.Load()), "left-out")
	if err := engine.Close(b.Context()); err != nil {
		b.Error(err)
	}
}
