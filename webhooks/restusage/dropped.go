package restusage

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/licensing-operator/licensing-operator/api/openapi/timestamp"
	"github.com/licensing-operator/licensing-operator/internal/usage"
	"github.com/licensing-operator/licensing-operator/internal/usage/export"
	"github.com/licensing-operator/licensing-operator/webhooks/rest/server"
)

// failStream answers an error of records that were asked for by position.
func (a *API) failStream(w http.ResponseWriter, r *http.Request, query usage.Query, shown positions, err error) {
	var dropped *export.DroppedError
	if !errors.As(err, &dropped) {
		a.failStore(w, r, err)
		return
	}
	query.After = dropped.After
	next, err := a.goOn(r.Context(), query, shown, dropped.Dropped)
	if err != nil {
		a.failStore(w, r, err)
		return
	}
	server.WriteProblem(w, r, http.StatusGone, reasonDropped, fmt.Sprintf(
		"query parameter 'after': records after position %d were dropped because usage.retention was over, up to position %d; not all from before %s are here any more: %s",
		shown.of(dropped.After), shown.of(dropped.Dropped.Position), dropped.Dropped.KeptFrom.Format(time.RFC3339), next))
}

// goOn says from where nothing that is kept is left out.
func (a *API) goOn(ctx context.Context, query usage.Query, shown positions, dropped usage.Dropped) (string, error) {
	query.Limit = 1
	for kept, err := range a.Store.Records(ctx, query) {
		if err != nil {
			return "", err
		}
		if kept.Position < dropped.Position {
			return "go on with after=0, which gives all that is kept, and some of it again", nil
		}
	}
	return fmt.Sprintf("go on with after=%d, which leaves out nothing that is kept", shown.of(dropped.Position)), nil
}

// keptFrom is since when sums are of all records, if what a query selects may have begun before that; nil otherwise.
func (a *API) keptFrom(ctx context.Context, query usage.Query) (*timestamp.Time, error) {
	dropped, err := a.Store.Dropped(ctx, query)
	if err != nil || dropped.Position == 0 {
		return nil, err
	}
	return &timestamp.Time{Time: dropped.KeptFrom}, nil
}
