package tenant

import (
	"github.com/google/uuid"
	"k8s.io/utils/clock"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/licensing-operator/licensing-operator/internal/kubestore"
	"github.com/licensing-operator/licensing-operator/internal/ledger"
	"github.com/licensing-operator/licensing-operator/internal/licensing"
)

// Options are what Tenants works with.
type Options struct {
	// Live reads and writes the API server.
	Live client.Client
	// Cached reads the informers, with the indexes of kubestore.SetupIndexes.
	Cached client.Reader
	// Store also knows the settings of producers.
	Store  *kubestore.Store
	Ledger *ledger.Ledger
	Clock  clock.Clock
	// Outages are the times in which no server was up.
	Outages func() []licensing.Outage
}

// Tenants are the producers of a cluster, each in a namespace of its own.
type Tenants struct{ options Options }

// New makes Tenants.
func New(options Options) *Tenants {
	if options.Clock == nil {
		options.Clock = clock.RealClock{}
	}
	if options.Outages == nil {
		options.Outages = func() []licensing.Outage { return nil }
	}
	return &Tenants{options: options}
}

// For is the tenant of a namespace, as the caller is served by it.
func (t *Tenants) For(namespace, caller string) *Tenant {
	return &Tenant{Options: t.options, namespace: namespace, caller: caller}
}

// Tenant is what one producer offers to one caller. It is safe for concurrent use.
type Tenant struct {
	Options

	namespace, caller string
}

func (t *Tenant) key(name string) client.ObjectKey {
	return client.ObjectKey{Namespace: t.namespace, Name: name}
}

func (t *Tenant) account(instance string) ledger.AccountID {
	return ledger.AccountID{Namespace: t.namespace, Name: instance}
}

// canonical is a UUID as Kubernetes writes it. What is none names nothing.
func canonical(id string) (string, bool) {
	parsed, err := uuid.Parse(id)
	return parsed.String(), err == nil && len(id) == len(parsed.String())
}
