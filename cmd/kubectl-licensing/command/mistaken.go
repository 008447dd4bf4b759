package command

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"

	"github.com/licensing-operator/licensing-operator/cmd/kubectl-licensing/access"
	"github.com/licensing-operator/licensing-operator/internal/usage"
)

// sessions are the ids by which the records of an Instance know a session.
func sessions(ctx context.Context, cluster *access.Cluster, instance, nameOrID string) ([]string, error) {
	session, err := cluster.Session(ctx, nameOrID)
	if err != nil {
		if id := strings.ToLower(nameOrID); usage.IsID(id) {
			return []string{id}, nil
		}
		return nil, err
	}
	of := session.Spec.InstanceRef
	if namespace := cmp.Or(of.Namespace, cluster.Namespace); of.Name != instance || namespace != cluster.Namespace {
		return nil, fmt.Errorf("the Session %q is of Instance %q in namespace %q, not of %q in %q: name that one", nameOrID, of.Name, namespace, instance, cluster.Namespace)
	}
	return []string{string(session.UID)}, nil
}

// mistaken tells whether nothing is found of what a query asks for because there is no such Instance, or because the session is
// another one's.
func mistaken(ctx context.Context, cluster *access.Cluster, api *access.API, query usage.Query) error {
	instance := query.Instances[0]
	totals, err := api.Totals(ctx, usage.Account{Namespace: cluster.Namespace, Instance: instance})
	if err != nil {
		return err
	}
	if totals.Records == 0 { // one that was deleted has its records
		anchor, err := cluster.Account(instance).Anchor(ctx)
		if err != nil {
			return err
		}
		if anchor.Gone {
			return fmt.Errorf("there is no Instance %q in namespace %q, nor a record of one: choose another namespace with -n", instance, cluster.Namespace)
		}
	}
	if len(query.Sessions) == 0 {
		return nil
	}
	for record, err := range api.Records(ctx, usage.Query{Sessions: query.Sessions, Limit: 1}) {
		var refused *access.RefusedError
		switch {
		case errors.As(err, &refused) && refused.Status == http.StatusForbidden: // who asks may see this Instance only
			return nil
		case err != nil:
			return err
		case record.Instance != instance:
			return fmt.Errorf("session %s is of Instance %q, not of %q: name that one", query.Sessions[0], record.Instance, instance)
		}
		break
	}
	return nil
}
