package tenant

import (
	"context"
	"slices"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/licensing-operator/licensing-operator/api/v1alpha1"
	"github.com/licensing-operator/licensing-operator/internal/declaration"
	"github.com/licensing-operator/licensing-operator/internal/kubestore"
	"github.com/licensing-operator/licensing-operator/internal/ledger"
)

const (
	// MaxPage is how many instances a page has at most.
	MaxPage = 500
	// maxInstanceText is that of the kind.
	maxInstanceText = 256
)

// Instances lists a page of the instances, oldest first. The cursor counts instances.
func (t *Tenant) Instances(ctx context.Context, query InstanceQuery) (InstancePage, error) {
	if query.Size < 1 || query.Size > MaxPage {
		return InstancePage{}, refuse(Invalid, "size: %d, must be 1 to %d", query.Size, MaxPage)
	}
	if query.Next < 0 {
		return InstancePage{}, refuse(Invalid, "next: %d, must be what the page before gave as next", query.Next)
	}
	all, err := t.instances(ctx)
	if err != nil {
		return InstancePage{}, err
	}
	accounts := byAccount(all)
	listed := make([]Instance, 0, len(all))
	for _, object := range all {
		instance := instanceOf(object, accounts)
		if query.DefaultOf == "" || (instance.AccountID == query.DefaultOf && instance.Default) {
			listed = append(listed, instance)
		}
	}
	page := listed[min(query.Next, len(listed)):]
	if len(page) <= query.Size {
		return InstancePage{Instances: page}, nil
	}
	return InstancePage{Instances: page[:query.Size], Next: query.Next + query.Size}, nil
}

// Instance is the one with the id.
func (t *Tenant) Instance(ctx context.Context, id string) (Instance, error) {
	id, valid := canonical(id)
	if !valid {
		return Instance{}, noInstance(id)
	}
	all, err := t.instances(ctx)
	if err != nil {
		return Instance{}, err
	}
	for _, object := range all { // oldest first: the oldest of several stands
		if kubestore.InstanceID(object) == id {
			return instanceOf(object, byAccount(all)), nil
		}
	}
	return Instance{}, noInstance(id)
}

// InstanceObject is the name of the Instance object with the id.
func (t *Tenant) InstanceObject(ctx context.Context, id string) (string, error) {
	object, err := t.findInstance(ctx, id)
	if err != nil {
		return "", err
	}
	return object.Name, nil
}

// CreateInstance creates an instance whose account can be charged when it returns. With a key a repeat gives the
// instance that the first call created.
func (t *Tenant) CreateInstance(ctx context.Context, shortName, accountID string, key ledger.Idempotency) (Instance, error) {
	var problems problems
	problems.length("$.shortName", shortName, 1, maxInstanceText)
	problems.length("$.accountId", accountID, 1, maxInstanceText)
	if err := problems.err(); err != nil {
		return Instance{}, err
	}
	object := &v1alpha1.Instance{
		ObjectMeta: t.metadata(t.instanceName(shortName, key)),
		Spec:       v1alpha1.InstanceSpec{ShortName: shortName, AccountID: accountID},
	}
	if err := t.createOnce(ctx, instanceKind, object, key); err != nil {
		return Instance{}, t.failed(err, nil)
	}
	if _, err := t.Ledger.Open(ctx, t.account(object.Name)); err != nil {
		if key.Key == "" {
			// Nobody would ever know of it.
			_ = t.Live.Delete(context.WithoutCancel(ctx), object, client.Preconditions{UID: &object.UID})
		}
		return Instance{}, t.failed(err, nil)
	}
	all, err := t.instances(ctx)
	if err != nil {
		return Instance{}, err
	}
	return instanceOf(object, byAccount(all)), nil
}

// instanceName is one that no Instance of before had: its account would still be there.
func (t *Tenant) instanceName(shortName string, key ledger.Idempotency) string {
	id := t.receiptID(instanceKind, key)
	if key.Key != "" {
		// The name follows from the key alone, so that the same key with another short name meets it.
		return "instance-" + id
	}
	return declaration.NameLike(shortName, id)
}

// instances are all of the tenant, oldest first, read live.
func (t *Tenant) instances(ctx context.Context) ([]*v1alpha1.Instance, error) {
	var list v1alpha1.InstanceList
	if err := t.Live.List(ctx, &list, client.InNamespace(t.namespace)); err != nil {
		return nil, t.failed(err, nil)
	}
	return inOrder(pointers(list.Items)), nil
}

func byAccount(all []*v1alpha1.Instance) map[string][]*v1alpha1.Instance {
	accounts := map[string][]*v1alpha1.Instance{}
	for _, object := range all {
		accounts[object.Spec.AccountID] = append(accounts[object.Spec.AccountID], object)
	}
	return accounts
}

func instanceOf(object *v1alpha1.Instance, accounts map[string][]*v1alpha1.Instance) Instance {
	return Instance{
		ID: kubestore.InstanceID(object), ShortName: object.Spec.ShortName, AccountID: object.Spec.AccountID,
		Default: kubestore.IsDefault(object, accounts[object.Spec.AccountID]), Created: kubestore.CreatedAt(object), Modified: declaration.Modified(object),
	}
}

// findInstance looks in the informers first. What they show under the id is read live, so that one that is gone or another
// one of the same name is not taken for it.
func (t *Tenant) findInstance(ctx context.Context, id string) (*v1alpha1.Instance, error) {
	known, err := t.shownInstances(ctx, id)
	if err != nil {
		return nil, err
	}
	id, _ = canonical(id)
	for _, known := range known {
		var object v1alpha1.Instance
		err := t.Live.Get(ctx, t.key(known.Name), &object)
		if err == nil && kubestore.InstanceID(&object) == id {
			return &object, nil
		}
		if err != nil && !apierrors.IsNotFound(err) {
			return nil, t.failed(err, nil)
		}
	}
	all, err := t.instances(ctx)
	if err != nil {
		return nil, err
	}
	for _, object := range all {
		if kubestore.InstanceID(object) == id {
			return object, nil
		}
	}
	return nil, noInstance(id)
}

// knownInstance is findInstance for the path of sessions: what the informers show is good enough.
func (t *Tenant) knownInstance(ctx context.Context, id string) (*v1alpha1.Instance, error) {
	known, err := t.shownInstances(ctx, id)
	if err != nil {
		return nil, err
	}
	if len(known) == 0 {
		return t.findInstance(ctx, id)
	}
	return known[0], nil
}

// shownInstances are those that the informers show under the id, oldest first.
func (t *Tenant) shownInstances(ctx context.Context, id string) ([]*v1alpha1.Instance, error) {
	canonicalID, valid := canonical(id)
	if !valid {
		return nil, noInstance(id)
	}
	var list v1alpha1.InstanceList
	err := t.Cached.List(ctx, &list, client.InNamespace(t.namespace), client.MatchingFields{kubestore.IndexInstanceID: canonicalID})
	if err != nil {
		return nil, t.failed(err, nil)
	}
	return inOrder(pointers(list.Items)), nil
}

func noInstance(id string) error { return refuse(InstanceNotFound, "there is no instance %.64q", id) }

func pointers[T any](items []T) []*T {
	result := make([]*T, len(items))
	for i := range items {
		result[i] = &items[i]
	}
	return result
}

// inOrder sorts by age, the oldest first.
func inOrder[T client.Object](objects []T) []T {
	slices.SortFunc(objects, func(a, b T) int {
		switch {
		case kubestore.Older(a, b):
			return -1
		case kubestore.Older(b, a):
			return 1
		}
		return 0
	})
	return objects
}
