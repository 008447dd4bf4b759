package restusage

import (
	"context"
	"fmt"
	"slices"

	"github.com/licensing-operator/licensing-operator/internal/tenant"
)

// call is what a caller wants to see.
type call struct {
	namespace string
	asked     asked
	instances Instances
}

// all is what the call names, or everything.
func (c call) all(ctx context.Context) (Scope, error) {
	if c.asked.ids == nil {
		return Scope{Instances: c.asked.names}, nil
	}
	names, err := c.resolve(ctx, c.asked.ids)
	if err != nil {
		return Scope{}, err
	}
	return c.of(names), nil
}

// ofToken is what the call names of the instances that a client token is good for.
func (c call) ofToken(ctx context.Context, good []string) (Scope, error) {
	for _, id := range c.asked.ids {
		if !slices.Contains(good, id) {
			return Scope{}, forbid(fmt.Sprintf("instanceId names instance %.36q, which is not in the token's claim aud", id))
		}
	}
	// What the token names need not be there any more.
	own, err := c.resolveKnown(ctx, good)
	if err != nil {
		return Scope{}, err
	}
	for _, name := range c.asked.names {
		if !slices.Contains(own, name) {
			return Scope{}, forbid(fmt.Sprintf("instance names %.63q, which is none of the instances in the token's claim aud", name))
		}
	}
	if c.asked.ids == nil {
		return c.of(own), nil
	}
	return c.all(ctx)
}

// of are those of the names that the call names, too. It is never nil, which would be everything.
func (c call) of(names []string) Scope {
	scope := Scope{Instances: []string{}}
	for _, name := range names {
		if c.asked.names == nil || slices.Contains(c.asked.names, name) {
			scope.Instances = append(scope.Instances, name)
		}
	}
	return scope
}

// resolve gives the names of the objects with the ids.
func (c call) resolve(ctx context.Context, ids []string) ([]string, error) {
	names := make([]string, 0, len(ids))
	for _, id := range ids {
		name, err := c.instances.InstanceObject(ctx, id)
		if err != nil {
			return nil, err
		}
		names = append(names, name)
	}
	return names, nil
}

// resolveKnown leaves out those that there are none of.
func (c call) resolveKnown(ctx context.Context, ids []string) ([]string, error) {
	var names []string
	for _, id := range ids {
		name, err := c.instances.InstanceObject(ctx, id)
		if tenant.ReasonOf(err) == tenant.InstanceNotFound {
			continue
		}
		if err != nil {
			return nil, err
		}
		names = append(names, name)
	}
	return names, nil
}
