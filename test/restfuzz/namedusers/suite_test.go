// Package namedusers attacks version 2 of the REST API, from the published description of it: a real operator process is
// sent valid requests, invalid ones and anything at all, on what is there and what is not, by everybody who may call it and
// some who may not. Every answer is held against the description and has to be signed. When the storm is over, the
// process is still the same one, its log tells of no accident, and the ledger adds up.
package namedusers

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"strconv"
	"testing"
	"time"

	"github.com/go-logr/logr"
	"k8s.io/klog/v2"
	ctrl "sigs.k8s.io/controller-runtime"

	"github.com/licensing-operator/licensing-operator/internal/config"
	"github.com/licensing-operator/licensing-operator/test/cluster"
	"github.com/licensing-operator/licensing-operator/test/conformance/embedded"
	"github.com/licensing-operator/licensing-operator/test/conformance/namedusers"
	"github.com/licensing-operator/licensing-operator/test/controlplane"
	"github.com/licensing-operator/licensing-operator/test/restfuzz/attack"
)

const (
	defaultRounds = 6
	// seedVariable is what everything random comes from. Each run has another one, and tells which. Repeating a run takes
	// -count=1, too: the go command does not see what is read before the tests begin.
	seedVariable = "RESTFUZZ_SEED"

	// maxBody is the largest body that is taken.
	maxBody = 64 << 10
)

var (
	system *embedded.System
	vendor namedusers.Target
	shared *cluster.Cluster

	rounds int
	seed   = rand.Uint64() >> 1
)

func TestMain(m *testing.M) { controlplane.Exit(run(m)) }

func run(m *testing.M) (code int, err error) {
	if rounds, err = attack.Rounds(defaultRounds); err != nil {
		return 1, err
	}
	if text := os.Getenv(seedVariable); text != "" {
		if seed, err = strconv.ParseUint(text, 10, 64); err != nil {
			return 1, fmt.Errorf("%s: %w", seedVariable, err)
		}
	}
	fmt.Printf("%s=%d, %d rounds\n", seedVariable, seed, rounds)
	ctrl.SetLogger(logr.Discard())
	klog.SetLogger(logr.Discard())
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	system, err = embedded.Start(ctx, embedded.Options{
		ChargePeriod: time.Hour, Change: func(c *config.OperatorConfiguration) { c.REST.MaxBodyBytes = maxBody },
	})
	if err != nil {
		return 1, err
	}
	// The watches end first: the API server waits for them.
	defer func() { cancel(); err = errors.Join(err, system.Stop()) }()
	if vendor, err = system.NamedUsers(ctx); err != nil {
		return 1, err
	}
	if shared, err = cluster.Connect(ctx, system.Config); err != nil {
		return 1, err
	}
	if err := meetCallers(ctx); err != nil {
		return 1, err
	}
	return m.Run(), nil
}
