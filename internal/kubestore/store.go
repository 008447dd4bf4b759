package kubestore

import (
	"context"
	"errors"
	"sync"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/utils/clock"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/licensing-operator/licensing-operator/internal/ledger"
	"github.com/licensing-operator/licensing-operator/internal/licensing"
	"github.com/licensing-operator/licensing-operator/internal/seldom"
)

// fieldOwner owns the status fields that are written through from the ledger.
const fieldOwner = client.FieldOwner("licensing-operator-ledger")

// Store is a ledger.Store on the API server. It is safe for concurrent use.
type Store struct {
	accounts *Accounts
	// live reads and writes the API server; cached reads the informers, with the indexes of SetupIndexes.
	live     client.Client
	cached   client.Reader
	defaults func(namespace string) Settings

	// vendors is who has which id live.
	vendors *seldom.Answers[producers]

	mu       sync.Mutex
	tables   map[types.UID]*licensing.RateTable
	compiled map[string]compiledTables
}

var _ ledger.Store = (*Store)(nil)

// Options are what a Store works with.
type Options struct {
	Accounts *Accounts
	Live     client.Client
	Cached   client.Reader
	// Defaults are the settings of a producer that has decided nothing.
	Defaults func(namespace string) Settings
	// Clock is the real one if it is left out.
	Clock clock.PassiveClock
}

// New makes a Store.
func New(options Options) *Store {
	if options.Clock == nil {
		options.Clock = clock.RealClock{}
	}
	return &Store{
		accounts: options.Accounts, live: options.Live, cached: options.Cached, defaults: options.Defaults,
		vendors: seldom.New[producers](options.Clock, vendorsEvery, vendorsTimeout, 1),
		tables:  map[types.UID]*licensing.RateTable{}, compiled: map[string]compiledTables{},
	}
}

// get reads an object live and makes sure that it is the one meant and not a later one of the same name.
func (s *Store) get(ctx context.Context, subject ledger.Subject, object client.Object) error {
	err := s.live.Get(ctx, client.ObjectKey{Namespace: subject.Namespace, Name: subject.Name}, object)
	if apierrors.IsNotFound(err) || (err == nil && string(object.GetUID()) != subject.UID) {
		return errors.Join(ledger.ErrSubjectGone, err)
	}
	return err
}
