package licenses

import (
	"cmp"
	"context"
	"slices"

	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/licensing-operator/licensing-operator/api/v1alpha1"
	"github.com/licensing-operator/licensing-operator/internal/kubestore"
)

// metersOf finds the limitations of a heartbeat, by id. A heartbeat names no license: it is the one with the limitation that
// is active for the client.
func (l *Licenses) metersOf(ctx context.Context, beat ConsumptionHeartbeat) (map[string]*meter, error) {
	client, err := l.activeFor(beat)
	if err != nil {
		return nil, err
	}
	found := map[string]*meter{}
	for _, value := range beat.Values {
		if found[value.LimitationID] != nil {
			continue
		}
		meter, err := l.meterOf(ctx, client, value)
		if err != nil {
			return nil, err
		}
		if err := cmp.Or(l.admit(meter.license), l.mustBeValid(ctx, meter.license)); err != nil {
			return nil, err
		}
		found[value.LimitationID] = meter
	}
	return found, nil
}

// activity is a license with the client that it is active for.
type activity struct {
	license *license
	client  licenseClient
}

// search is a way to look for the licenses that are active for a client, the cheapest first.
type search func(context.Context) ([]activity, error)

// activeFor are the ways to find the licenses of a client.
func (l *Licenses) activeFor(beat ConsumptionHeartbeat) ([]search, error) {
	if err := checkClientID(beat.ClientID); err != nil {
		return nil, err
	}
	if beat.TokenKey != "" {
		return []search{func(ctx context.Context) ([]activity, error) { return l.withToken(ctx, beat.TokenKey, beat.ClientID) }}, nil
	}
	return []search{
		func(ctx context.Context) ([]activity, error) { return l.activated(ctx, l.Cached, beat.ClientID) },
		func(ctx context.Context) ([]activity, error) { return l.activeFromBeginning(ctx, beat.ClientID) },
		func(ctx context.Context) ([]activity, error) { return l.activated(ctx, l.Live, beat.ClientID) },
	}, nil
}

// meterOf looks until it finds a license that has the limitation.
func (l *Licenses) meterOf(ctx context.Context, searches []search, value ConsumptionValue) (*meter, error) {
	for _, search := range searches {
		active, err := search(ctx)
		if err != nil {
			return nil, l.failed(err, nil)
		}
		if found, err := l.best(ctx, active, value); err != nil || found != nil {
			return found, err
		}
	}
	exists, err := l.limitationExists(ctx, value.LimitationID)
	switch {
	case err != nil:
		return nil, l.failed(err, nil)
	case !exists:
		return nil, errorf(LimitationUnknown, "there is no limitation %.64s", value.LimitationID)
	}
	return nil, errorf(ClientUnknown, "no license that has the limitation %.64s is active for the client: activate one first", value.LimitationID)
}

// best is the license with the limitation: of several one that has the user, and then one that is valid, and the oldest.
func (l *Licenses) best(ctx context.Context, active []activity, value ConsumptionValue) (*meter, error) {
	var found []*meter
	for _, activity := range active {
		if limitation, has := activity.license.terms.Limitation(value.LimitationID); has {
			found = append(found, &meter{license: activity.license, client: activity.client, limitation: limitation})
		}
	}
	if len(found) < 2 {
		return slices.Concat(found, []*meter{nil})[0], nil
	}
	ranks := make(map[*meter]int, len(found))
	for _, candidate := range found {
		validity, err := l.validity(ctx, candidate.license)
		if err != nil {
			return nil, err
		}
		if !validity.IsValid() {
			ranks[candidate]++
		}
		if value.UserID == "" {
			continue
		}
		user, err := l.userObject(ctx, candidate.license, value.UserID)
		if err != nil {
			return nil, err
		}
		if user == nil {
			ranks[candidate] += 2
		}
	}
	slices.SortStableFunc(found, func(a, b *meter) int { return cmp.Compare(ranks[a], ranks[b]) })
	return found[0], nil
}

// withToken is the license whose token it is. A license that is active from the beginning is its own token.
func (l *Licenses) withToken(ctx context.Context, tokenKey, clientID string) ([]activity, error) {
	object, err := l.lineItem(ctx, tokenKey)
	if err != nil {
		return nil, err
	}
	if object != nil {
		license, err := l.read(ctx, object)
		if err != nil {
			return nil, err
		}
		implied, err := l.impliedClient(ctx, license)
		if err != nil {
			return nil, err
		}
		if implied != nil && implied.TokenKey == tokenKey {
			return []activity{{license, *implied}}, nil
		}
	}
	holder, err := l.tokenHolder(ctx, tokenKey)
	if err != nil {
		return nil, err
	}
	if holder.Spec.ClientID != clientID {
		return nil, errorf(ClientOfAnotherToken, "token_key: %s is the token of another client than %q", tokenKey, clientID)
	}
	return l.activities(ctx, []*v1alpha1.Activation{holder})
}

// activated are the licenses that were activated for the client.
func (l *Licenses) activated(ctx context.Context, reader client.Reader, clientID string) ([]activity, error) {
	var list v1alpha1.ActivationList
	err := reader.List(ctx, &list, client.InNamespace(l.namespace), client.MatchingFields{kubestore.IndexClientID: clientID})
	if err != nil {
		return nil, err
	}
	objects := inOrder(pointers(list.Items))
	if reader == l.Cached {
		var live []*v1alpha1.Activation
		for _, shown := range objects {
			object := &v1alpha1.Activation{}
			switch err := l.Live.Get(ctx, client.ObjectKeyFromObject(shown), object); {
			case client.IgnoreNotFound(err) != nil:
				return nil, err
			case err == nil && object.Spec.ClientID == clientID:
				live = append(live, object)
			}
		}
		objects = live
	}
	return l.activities(ctx, objects)
}

func (l *Licenses) activities(ctx context.Context, objects []*v1alpha1.Activation) (active []activity, err error) {
	for _, object := range objects {
		if object.DeletionTimestamp != nil || object.Status.TokenKey == "" {
			continue
		}
		license, err := l.licenseOfActivation(ctx, object)
		if err != nil {
			return nil, err
		}
		if license != nil {
			active = append(active, activity{license, licenseClient{ID: object.Spec.ClientID, TokenKey: object.Status.TokenKey, activation: object}})
		}
	}
	return active, nil
}

// activeFromBeginning are the licenses that were made for the client.
func (l *Licenses) activeFromBeginning(ctx context.Context, clientID string) ([]activity, error) {
	licenses, err := l.madeFor(ctx, clientID)
	if err != nil {
		return nil, err
	}
	var active []activity
	for _, license := range licenses {
		implied, err := l.impliedClient(ctx, license)
		if err != nil {
			return nil, err
		}
		if implied != nil && implied.ID == clientID {
			active = append(active, activity{license, *implied})
		}
	}
	return active, nil
}
