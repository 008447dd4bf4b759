package cluster

import (
	"context"
	"errors"
	"sync/atomic"
	"time"

	"github.com/go-logr/logr"
	"github.com/google/uuid"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/rest"
	toolscache "k8s.io/client-go/tools/cache"
	"k8s.io/utils/clock"
	"sigs.k8s.io/controller-runtime/pkg/cache"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/licensing-operator/licensing-operator/internal/kubestore"
	"github.com/licensing-operator/licensing-operator/internal/ledger"
	"github.com/licensing-operator/licensing-operator/internal/licenses"
	"github.com/licensing-operator/licensing-operator/internal/licensing"
	"github.com/licensing-operator/licensing-operator/internal/readyourwrites"
)

// MovableClock is the real one, moved. It is safe for concurrent use.
type MovableClock struct {
	clock.RealClock
	moved atomic.Int64
}

// Now is the moved time.
func (c *MovableClock) Now() time.Time { return c.RealClock.Now().Add(time.Duration(c.moved.Load())) }

// Since is the time that has passed on the moved clock.
func (c *MovableClock) Since(t time.Time) time.Duration { return c.Now().Sub(t) }

// Move puts the clock forward.
func (c *MovableClock) Move(d time.Duration) { c.moved.Add(int64(d)) }

// Replica is what an operator process works with, without its controllers: a client, informers and a ledger of its own.
type Replica struct {
	Live client.Client
	// Writes knows what was written through Live of any replica.
	Writes   *readyourwrites.Replica
	Cached   cache.Cache
	Accounts *kubestore.Accounts
	Store    *kubestore.Store
	// Ledger is to be closed.
	Ledger *ledger.Ledger
}

// StartReplica starts informers that run until the context ends, and waits for them. Every object passes through the
// transform, if there is one, before it is shown.
func (c *Cluster) StartReplica(ctx context.Context, config *rest.Config, now clock.Clock, transform toolscache.TransformFunc) (Replica, error) {
	live, err := client.New(config, client.Options{Scheme: c.Scheme})
	if err != nil {
		return Replica{}, err
	}
	informers, err := cache.New(config, cache.Options{Scheme: c.Scheme, DefaultTransform: transform})
	if err != nil {
		return Replica{}, err
	}
	if err := kubestore.SetupIndexes(ctx, informers); err != nil {
		return Replica{}, err
	}
	go func() { _ = informers.Start(ctx) }()
	if !informers.WaitForCacheSync(ctx) {
		return Replica{}, errors.New("the informers did not start")
	}
	clients, err := kubernetes.NewForConfig(config)
	if err != nil {
		return Replica{}, err
	}
	accounts := kubestore.NewAccounts(clients.CoreV1(), OperatorNamespace)
	store := kubestore.New(kubestore.Options{
		Accounts: accounts, Live: live, Cached: informers,
		Defaults: func(string) kubestore.Settings {
			return kubestore.Settings{Terms: licensing.Terms{Period: time.Hour, HeartbeatWindow: 30 * time.Minute, IdleLimit: 720 * time.Hour}}
		},
	})
	writes, err := readyourwrites.New(readyourwrites.Options{Live: live, Cached: informers, Namespace: OperatorNamespace, Kinds: licenses.Parts()})
	if err != nil {
		return Replica{}, err
	}
	book := ledger.New(store, ledger.Options{Replica: uuid.NewString(), Clock: now, Log: logr.Discard(), Terms: store.Terms})
	return Replica{Live: writes.Writer(), Writes: writes, Cached: informers, Accounts: accounts, Store: store, Ledger: book}, nil
}
