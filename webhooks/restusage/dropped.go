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
	server.WriteProblem(w, r, http.StatusGone, reasonDropped, fmt.Sprintf(
		"query parameter 'after': records after position %d were dropped because usage.retention was over, up to position %d; not all from before %s are here any more%s",
		shown.of(dropped.After), shown.of(dropped.Dropped.Position), dropped.Dropped.KeptFrom.Format(time.RFC3339), goOn(query, shown, dropped)))
}

// goOn says how to read the rest. Records that are kept may stand before the last one that was dropped, so that no position
// tells them apart; the time does, and of the time from which all is kept nothing is ever refused.
func goOn(query usage.Query, shown positions, dropped *export.DroppedError) string {
	after, last, kept := shown.of(dropped.After), shown.of(dropped.Dropped.Position), dropped.Dropped.KeptFrom
	if !query.To.IsZero() && !query.To.After(kept) {
		return fmt.Sprintf(", and none from then on is asked for: go on with after=%d", last)
	}
	way := fmt.Sprintf(": go on with after=%d and from=%s", after, kept.Format(time.RFC3339))
	if shown.hidden != nil { // these have no order
		return way + ", which leaves out nothing from then on"
	}
	return fmt.Sprintf("%s up to position %d, which leaves out nothing from then on, and behind it with after=%[2]d as before", way, last)
}

// keptFrom is since when sums are of all records, if what a query selects may have begun before that; nil otherwise.
func (a *API) keptFrom(ctx context.Context, query usage.Query) (*timestamp.Time, error) {
	dropped, err := a.Store.Dropped(ctx, query)
	if err != nil || dropped.Position == 0 {
		return nil, err
	}
	return &timestamp.Time{Time: dropped.KeptFrom}, nil
}
