package dashboard

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"k8s.io/utils/clock"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/licensing-operator/licensing-operator/api/v1alpha1"
	"github.com/licensing-operator/licensing-operator/internal/kubestore"
)

// Reader reads from the informers only: a page that is left open costs the API server nothing.
type Reader struct {
	// Cached reads the informers, with the indexes of kubestore.SetupIndexes.
	Cached client.Reader
	// Store knows the terms of licenses.
	Store *kubestore.Store
	// OperatorNamespace is where the accounts are.
	OperatorNamespace string
	Clock             clock.PassiveClock
}

// Overview is what a caller may see of a producer, as of a time.
type Overview struct {
	Time      time.Time `json:"time"`
	Namespace string    `json:"namespace"`
	// OperatorNamespace is where the accounts are. Only the producer is told.
	OperatorNamespace string     `json:"operatorNamespace,omitempty"`
	Instances         []Instance `json:"instances"`
}

// Instance is a customer's container of line items and sessions.
type Instance struct {
	ID string `json:"id"`
	// Name is that of the object.
	Name       string      `json:"name"`
	ShortName  string      `json:"shortName"`
	AccountID  string      `json:"accountId"`
	Created    time.Time   `json:"created"`
	Ledger     Ledger      `json:"ledger"`
	Tokens     Tokens      `json:"tokens"`
	LineItems  []LineItem  `json:"lineItems"`
	Sessions   []Session   `json:"sessions"`
	Counts     Counts      `json:"counts"`
	Conditions []Condition `json:"conditions"`
}

// Tokens sums up the line items that can be charged now. Available is left out when it is unlimited.
type Tokens struct {
	Entitled  string `json:"entitled,omitempty"`
	Used      string `json:"used,omitempty"`
	Available string `json:"available,omitempty"`
	Unlimited bool   `json:"unlimited,omitempty"`
}

// Counts are of all live sessions.
type Counts struct {
	Active int32 `json:"active"`
	Idle   int32 `json:"idle"`
	// NotListed are those that were asked for and are too many to be listed: the oldest.
	NotListed int `json:"notListed,omitempty"`
}

// Query says what is wanted.
type Query struct {
	Namespace string
	// InstanceIDs are the instances that are shown; nil are all of the namespace. One that does not exist is left out.
	InstanceIDs []string
	// Sessions and Users list those, too.
	Sessions, Users bool
	// FullMessages are for the producer: messages may name objects of other customers, and how the store is reached. So is the
	// operator's namespace.
	FullMessages bool
}

// Overview reads what the query asks for.
func (r *Reader) Overview(ctx context.Context, query Query) (Overview, error) {
	var list v1alpha1.InstanceList
	if err := r.Cached.List(ctx, &list, client.InNamespace(query.Namespace), client.UnsafeDisableDeepCopy); err != nil {
		return Overview{}, fmt.Errorf("list instances: %w", err)
	}
	overview := Overview{Time: r.Clock.Now().UTC(), Namespace: query.Namespace, Instances: []Instance{}}
	if query.FullMessages {
		overview.OperatorNamespace = r.OperatorNamespace
	}
	room := mostSessions
	for _, object := range standing(list.Items) {
		if query.InstanceIDs != nil && !slices.Contains(query.InstanceIDs, kubestore.InstanceID(object)) {
			continue
		}
		instance, err := r.instance(ctx, object, query.Users)
		if err != nil {
			return Overview{}, err
		}
		if query.Sessions {
			if instance.Sessions, instance.Counts.NotListed, err = r.sessions(ctx, object, room); err != nil {
				return Overview{}, err
			}
			room -= len(instance.Sessions)
		}
		if !query.FullMessages {
			instance.explain()
		}
		overview.Instances = append(overview.Instances, instance)
	}
	return overview, nil
}

// standing are the objects by the names of their instances, of several with the same id the oldest.
func standing(objects []v1alpha1.Instance) []*v1alpha1.Instance {
	byID := make(map[string]*v1alpha1.Instance, len(objects))
	for i := range objects {
		object := &objects[i]
		if other := byID[kubestore.InstanceID(object)]; other == nil || kubestore.Older(object, other) {
			byID[kubestore.InstanceID(object)] = object
		}
	}
	sorted := make([]*v1alpha1.Instance, 0, len(byID))
	for _, object := range byID {
		sorted = append(sorted, object)
	}
	slices.SortFunc(sorted, func(a, b *v1alpha1.Instance) int {
		return cmp.Or(strings.Compare(a.Spec.ShortName, b.Spec.ShortName), strings.Compare(a.Name, b.Name))
	})
	return sorted
}

func (r *Reader) instance(ctx context.Context, object *v1alpha1.Instance, users bool) (Instance, error) {
	instance := Instance{
		ID: kubestore.InstanceID(object), Name: object.Name, ShortName: object.Spec.ShortName, AccountID: object.Spec.AccountID,
		Created: kubestore.CreatedAt(object), Ledger: ledgerOf(object), Conditions: conditions(object.Status.Conditions),
	}
	if tokens := object.Status.Tokens; tokens != nil {
		instance.Tokens = Tokens{
			Entitled: string(tokens.Entitled), Used: string(tokens.Used), Available: string(tokens.Available), Unlimited: isTrue(tokens.Unlimited),
		}
	}
	if live := object.Status.LiveSessions; live != nil {
		instance.Counts.Active, instance.Counts.Idle = number(live.Active), number(live.Idle)
	}
	var err error
	instance.LineItems, err = r.lineItems(ctx, object, users)
	return instance, err
}

func isTrue(value *bool) bool { return value != nil && *value }

func number(value *int32) int32 {
	if value == nil {
		return 0
	}
	return *value
}
