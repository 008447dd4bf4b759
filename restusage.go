package main

import (
	"k8s.io/utils/clock"

	"github.com/licensing-operator/licensing-operator/internal/usage"
	"github.com/licensing-operator/licensing-operator/webhooks/rest"
	"github.com/licensing-operator/licensing-operator/webhooks/rest/server"
	"github.com/licensing-operator/licensing-operator/webhooks/restusage"
)

// usageSurface is what the usage data API has of its own. It lets in whom version 1 lets in.
func (a restAPI) usageSurface(access *rest.AccessControl) *server.Surface {
	control := &restusage.AccessControl{
		Cluster:   access.Authorizer,
		Instances: func(namespace, caller string) restusage.Instances { return a.tenants.For(namespace, caller) },
	}
	handlers := &restusage.API{Store: a.usage, Standings: a.standings, Clock: clock.RealClock{}, Log: a.log}
	return &server.Surface{Handler: handlers.Handler(), Authorize: control.Authorize}
}

// readable is the store as whoever shows usage reads it; nil where none is kept.
func (u *usageRecords) readable() usage.Store {
	if u.store == nil {
		return nil
	}
	return u.store
}
