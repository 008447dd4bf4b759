package kubestore

import (
	"context"
	"fmt"
	"strings"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/licensing-operator/licensing-operator/api/v1alpha1"
)

const (
	// Guessing ids asks the API server no more often than this.
	vendorsEvery   = time.Second
	vendorsTimeout = 5 * time.Second
)

// producers are who has, or wants, which id in the paths of the v2 REST interface.
type producers struct {
	configurations []v1alpha1.TenantConfiguration
	// namespaces are names by UID.
	namespaces map[types.UID]string
}

// Vendor is the namespace of the producer with the id; empty for an id that nobody has. A namespace in the hint is the only
// one that will do.
func (s *Store) Vendor(ctx context.Context, id, hint string) (string, error) {
	id = strings.ToLower(id)
	known, err := s.knownProducers(ctx, id)
	if err != nil {
		return "", fmt.Errorf("find the producer %q: %w", id, err)
	}
	namespace := known.vendor(id)
	if namespace == "" {
		// The informers may not have heard of it yet. All ids are one question, or guessing would be many.
		const all = ""
		known, err := s.vendors.Get(ctx, all, s.allProducers)
		if err != nil {
			return "", fmt.Errorf("find the producer %q: %w", id, err)
		}
		namespace = known.vendor(id)
	}
	if hint != "" && hint != namespace {
		return "", nil
	}
	return namespace, nil
}

// VendorID is the id by which a producer is known, and whether another producer has the one that its configuration wants.
func (s *Store) VendorID(ctx context.Context, configuration *v1alpha1.TenantConfiguration) (id string, taken bool, err error) {
	if wanted := configuration.Spec.VendorID; wanted != "" {
		known, err := s.knownProducers(ctx, wanted)
		if err != nil || known.claimant(wanted) == configuration.Namespace {
			return wanted, false, err
		}
	}
	namespace := namespaceName()
	if err := s.cached.Get(ctx, client.ObjectKey{Name: configuration.Namespace}, namespace); err != nil {
		return "", false, fmt.Errorf("namespace: %w", err)
	}
	return string(namespace.UID), configuration.Spec.VendorID != "", nil
}

// knownProducers are those that matter to the id, from the informers.
func (s *Store) knownProducers(ctx context.Context, id string) (producers, error) {
	known := producers{namespaces: map[types.UID]string{}}
	if err := s.addProducers(ctx, &known, id); err != nil {
		return producers{}, err
	}
	owner := known.namespaces[types.UID(id)]
	if owner == "" {
		return known, nil
	}
	var own v1alpha1.TenantConfigurationList
	if err := s.cached.List(ctx, &own, client.InNamespace(owner), client.UnsafeDisableDeepCopy); err != nil {
		return producers{}, err
	}
	for i := range own.Items {
		if other := own.Items[i].Spec.VendorID; other != "" && other != id {
			return known, s.addProducers(ctx, &known, other)
		}
	}
	return known, nil
}

// addProducers adds who has the id, or wants it.
func (s *Store) addProducers(ctx context.Context, known *producers, id string) error {
	var configurations v1alpha1.TenantConfigurationList
	if err := s.cached.List(ctx, &configurations, client.UnsafeDisableDeepCopy, client.MatchingFields{IndexVendorID: id}); err != nil {
		return err
	}
	namespaces := namespaceNames()
	if err := s.cached.List(ctx, namespaces, client.UnsafeDisableDeepCopy, client.MatchingFields{IndexUID: id}); err != nil {
		return err
	}
	known.add(configurations.Items, namespaces.Items)
	return nil
}

// allProducers are those of the API server.
func (s *Store) allProducers(ctx context.Context) (producers, error) {
	var configurations v1alpha1.TenantConfigurationList
	if err := s.live.List(ctx, &configurations); err != nil {
		return producers{}, err
	}
	namespaces := namespaceNames()
	if err := s.live.List(ctx, namespaces); err != nil {
		return producers{}, err
	}
	all := producers{namespaces: make(map[types.UID]string, len(namespaces.Items))}
	all.add(configurations.Items, namespaces.Items)
	return all, nil
}

// namespaceName reads of a namespace only what it is called.
func namespaceName() *metav1.PartialObjectMetadata {
	name := &metav1.PartialObjectMetadata{}
	name.SetGroupVersionKind(corev1.SchemeGroupVersion.WithKind("Namespace"))
	return name
}

func namespaceNames() *metav1.PartialObjectMetadataList {
	names := &metav1.PartialObjectMetadataList{}
	names.SetGroupVersionKind(corev1.SchemeGroupVersion.WithKind("NamespaceList"))
	return names
}

func (p *producers) add(configurations []v1alpha1.TenantConfiguration, namespaces []metav1.PartialObjectMetadata) {
	p.configurations = append(p.configurations, configurations...)
	for i := range namespaces {
		p.namespaces[namespaces[i].UID] = namespaces[i].Name
	}
}

// vendor is the namespace that an id leads to. The UID of a namespace leads there unless its producer has got another id.
func (p *producers) vendor(id string) string {
	owner := p.namespaces[types.UID(id)]
	if owner == "" {
		return p.claimant(id)
	}
	for i := range p.configurations {
		c := &p.configurations[i]
		if other := c.Spec.VendorID; c.Namespace == owner && other != "" && other != id && p.claimant(other) == owner {
			return ""
		}
	}
	return owner
}

// claimant is the namespace whose configuration has got the id: of several the one that has it already, and before any has,
// the oldest. A spec can be changed at any time, so that by its age alone an old configuration could take the id of another
// producer away. Nor can it take the UID of another namespace.
func (p *producers) claimant(id string) string {
	owner := p.namespaces[types.UID(id)]
	var standing *v1alpha1.TenantConfiguration
	for i := range p.configurations {
		c := &p.configurations[i]
		if id == "" || c.Spec.VendorID != id || c.DeletionTimestamp != nil || (owner != "" && owner != c.Namespace) {
			continue
		}
		if standing == nil || beforeAsVendor(c, standing, id) {
			standing = c
		}
	}
	if standing == nil {
		return ""
	}
	return standing.Namespace
}

func beforeAsVendor(a, b *v1alpha1.TenantConfiguration, id string) bool {
	if hasIt, otherHasIt := a.Status.VendorID == id, b.Status.VendorID == id; hasIt != otherHasIt {
		return hasIt
	}
	return Older(a, b)
}
