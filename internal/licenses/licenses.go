package licenses

import (
	"context"
	"maps"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/utils/clock"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/licensing-operator/licensing-operator/api/v1alpha1"
	"github.com/licensing-operator/licensing-operator/internal/declaration"
	"github.com/licensing-operator/licensing-operator/internal/floating"
	"github.com/licensing-operator/licensing-operator/internal/kubestore"
	"github.com/licensing-operator/licensing-operator/internal/ledger"
	"github.com/licensing-operator/licensing-operator/internal/readyourwrites"
)

// Parts are the kinds that a license is made of.
func Parts() []client.Object {
	return []client.Object{&v1alpha1.LineItem{}, &v1alpha1.Edition{}, &v1alpha1.Product{}}
}

// Options are what Producers works with.
type Options struct {
	// Live reads and writes the API server: the Writer of Writes.
	Live client.Client
	// Cached reads the informers, with the indexes of kubestore.SetupIndexes. It only says where to look.
	Cached client.Reader
	// Store also knows the settings of producers.
	Store  *kubestore.Store
	Ledger *ledger.Ledger
	// Sessions are those of floating licenses.
	Sessions *floating.Sessions
	// Writes tells when the informers show what any replica has written to the Parts of licenses.
	Writes *readyourwrites.Replica
	Clock  clock.Clock
}

// Producers are those of a cluster, each in a namespace of its own.
type Producers struct {
	options Options
	sights  sights
}

// New makes Producers.
func New(options Options) *Producers {
	if options.Clock == nil {
		options.Clock = clock.RealClock{}
	}
	return &Producers{options: options, sights: newSights()}
}

// For is what the producer of a namespace offers to the caller.
func (p *Producers) For(namespace string, caller Caller) *Licenses {
	return &Licenses{Options: p.options, sights: p.sights, namespace: namespace, caller: caller}
}

// Caller is who asks.
type Caller struct {
	// Name is kept with what the caller makes.
	Name string
	// ModifiedBy is kept with what the caller changes. Empty means Name.
	ModifiedBy string
	// Products are the names or ids of the only products that the caller may ask about; none means all.
	Products []string
	// Provisioning tells that the caller is no administrator but software on a customer's machine, which is shown no users.
	Provisioning bool
}

// Licenses are those of one producer, as one caller may use them. It is safe for concurrent use.
type Licenses struct {
	Options

	sights    sights
	namespace string
	caller    Caller
}

func (l *Licenses) key(name string) client.ObjectKey {
	return client.ObjectKey{Namespace: l.namespace, Name: name}
}

func (l *Licenses) account(instance string) ledger.AccountID {
	return ledger.AccountID{Namespace: l.namespace, Name: instance}
}

func (l *Licenses) modifiedBy() string {
	if l.caller.ModifiedBy != "" {
		return l.caller.ModifiedBy
	}
	return l.caller.Name
}

// metadata is that of an object which this call makes.
func (l *Licenses) metadata(name string) metav1.ObjectMeta {
	meta := declaration.Metadata(l.namespace, name, l.caller.Name, l.Clock.Now())
	meta.Annotations[declaration.LastModifiedByAnnotation] = declaration.LastModifiedBy(l.modifiedBy())
	return meta
}

// modify keeps who changes an object.
func (l *Licenses) modify(object client.Object) {
	annotations := maps.Clone(object.GetAnnotations())
	if annotations == nil {
		annotations = map[string]string{}
	}
	annotations[declaration.LastModifiedByAnnotation] = declaration.LastModifiedBy(l.modifiedBy())
	object.SetAnnotations(annotations)
}

// again makes the attempt until what it was decided on has not changed meanwhile.
func (l *Licenses) again(ctx context.Context, fields declaration.Fields, attempt func() error) error {
	return l.failed(declaration.Again(ctx, l.Clock, attempt), fields)
}

// Audit is when an object was made and last declared, and who did that.
type Audit struct {
	Created, Modified time.Time
	LastModifiedBy    string
}

func auditOf(object client.Object) Audit {
	return Audit{Created: kubestore.CreatedAt(object), Modified: declaration.Modified(object), LastModifiedBy: declaration.ModifiedBy(object)}
}
