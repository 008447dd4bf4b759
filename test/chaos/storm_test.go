package chaos

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"strconv"
	"testing"
	"time"

	"github.com/licensing-operator/licensing-operator/api/v1alpha1"
	"github.com/licensing-operator/licensing-operator/test/cluster"
)

const (
	// A failure names its seed; these repeat it, as far as two cores and the network allow.
	firstSeedVariable = "CHAOS_SEED"
	seedsVariable     = "CHAOS_SEEDS"

	// Fifty of them see the leader killed, the others what else can happen to a cluster.
	seeds = 70
	// Several seeds share a disaster, so that all of them take a few minutes.
	seedsPerRound = 5
)

func fromEnvironment(t *testing.T, name string, otherwise uint64) uint64 {
	t.Helper()
	text := os.Getenv(name)
	if text == "" {
		return otherwise
	}
	value, err := strconv.ParseUint(text, 10, 64)
	if err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	return value
}

// disaster is what happens in the middle of a round.
type disaster struct {
	name   string
	strike func(*testing.T, replicas)
}

var (
	killed  = disaster{"the leader is killed", killLeader}
	paused  = disaster{"the leader is paused for longer than its lease, and goes on believing", pauseLeader}
	cutOff  = disaster{"the API server is restarted", restartAPIServer}
	allGone = disaster{"both replicas are killed", killAll}
	// disasters follow each other, and begin again after the last one.
	disasters = []disaster{
		killed, killed, killed, killed, killed, killed, killed, killed, killed, killed, paused, cutOff, allGone, paused,
	}
)

func killLeader(t *testing.T, all replicas) {
	if err := all.leader(t, nil).Kill(); err != nil {
		t.Error(err)
	}
}

func killAll(t *testing.T, all replicas) {
	for _, r := range all {
		if err := r.current().Kill(); err != nil {
			t.Error(err)
		}
	}
}

func pauseLeader(t *testing.T, all replicas) {
	believer := all.leader(t, nil)
	if err := believer.Pause(); err != nil {
		t.Error(err)
	}
	all.leader(t, believer)
	if err := believer.Resume(); err != nil {
		t.Error(err)
	}
}

func restartAPIServer(t *testing.T, _ replicas) {
	if err := plane.RestartAPIServer(); err != nil {
		t.Fatal(err)
	}
}

// TestExactlyKOfNConcurrentClaimsForKTokensSucceed is about money: no disaster sells a token twice or loses one.
func TestExactlyKOfNConcurrentClaimsForKTokensSucceed(t *testing.T) {
	all := startReplicas(t, "")
	all.leader(t, nil)
	first := fromEnvironment(t, firstSeedVariable, rand.Uint64N(1_000_000))
	count := fromEnvironment(t, seedsVariable, seeds)
	t.Logf("%s=%d %s=%d", firstSeedVariable, first, seedsVariable, count)
	for round := uint64(0); round*seedsPerRound < count; round++ {
		disaster := disasters[round%uint64(len(disasters))]
		from := first + round*seedsPerRound
		to := min(from+seedsPerRound, first+count)
		t.Run(fmt.Sprintf("seeds %d to %d, %s", from, to-1, disaster.name), func(t *testing.T) {
			storm(t, all, from, to, disaster)
		})
	}
}

// market is an Instance with K tokens and N sessions that want one each.
type market struct {
	cluster.Producer
	seed           uint64
	tokens, claims int
}

func storm(t *testing.T, all replicas, from, to uint64, disaster disaster) {
	var markets []market
	for seed := from; seed < to; seed++ {
		random := rand.New(rand.NewPCG(seed, seed))
		m := market{Producer: shared.NewProducer(t, fmt.Sprintf("seed-%d", seed), nil), seed: seed, tokens: 1 + random.IntN(20)}
		m.claims = m.tokens + 1 + random.IntN(2*m.tokens+10)
		m.Sells(t, m.tokens)
		markets = append(markets, m)
	}
	for _, m := range markets {
		m.opens(t)
	}
	moment := time.Duration(rand.New(rand.NewPCG(from, to)).Int64N(int64(time.Second)))
	struck := make(chan struct{})
	go func() {
		defer close(struck)
		<-time.After(moment)
		committed, claims := 0, 0
		for _, m := range markets {
			committed += len(shared.History.Transactions(m.Account()))
			claims += m.claims
		}
		t.Logf("%s %s after the start, when %d of %d claims were committed", disaster.name, moment, committed, claims)
		disaster.strike(t, all)
	}()
	rushed := make(chan struct{}, len(markets))
	for _, m := range markets {
		go func() {
			defer func() { rushed <- struct{}{} }()
			if err := m.Rush(t.Context(), m.claims); err != nil {
				t.Errorf("seed %d: %v", m.seed, err)
			}
		}()
	}
	for range markets {
		<-rushed
	}
	<-struck
	for _, m := range markets {
		m.check(t)
	}
}

// opens waits until claims are decided as they come.
func (m market) opens(t *testing.T) {
	t.Helper()
	cluster.Eventually(t, "the account to be opened", func(ctx context.Context) error {
		var instance v1alpha1.Instance
		err := m.Read(ctx, cluster.InstanceName, &instance)
		if err == nil && instance.Status.Ledger == nil {
			err = errors.New("not yet")
		}
		return err
	})
}

func (m market) check(t *testing.T) {
	t.Helper()
	granted := 0
	for i := range m.claims {
		session := m.Session(t, cluster.RushName(i), cluster.Decided)
		if session.Status.Denied == nil && session.Status.State == v1alpha1.SessionActive {
			granted++
		}
	}
	if granted != m.tokens {
		t.Errorf("seed %d: %d of %d claims were granted for %d tokens", m.seed, granted, m.claims, m.tokens)
	}
	checkInvariants(t, m.Producer)
}
