package restusage

import (
	"context"
	"fmt"
	"net/http"
	"slices"

	"github.com/licensing-operator/licensing-operator/internal/usage"
	"github.com/licensing-operator/licensing-operator/internal/usage/export"
	"github.com/licensing-operator/licensing-operator/internal/usage/opaque"
)

// positions are what a caller is shown of positions: the numbers themselves, or, if it may see single instances only, hidden
// ones. The numbers would tell how many records of others lie between two of its own.
type positions struct{ hidden *opaque.Positions }

func (a *API) positions(ctx context.Context) (positions, error) {
	if !scopeOf(ctx).Confined {
		return positions{}, nil
	}
	key, err := a.Store.PositionKey(ctx)
	if err != nil {
		return positions{}, err
	}
	hidden, err := opaque.New(key)
	return positions{hidden}, err
}

// goesOn reads from where a call goes on. It answers false when it has answered the request.
func (a *API) goesOn(w http.ResponseWriter, r *http.Request, after *int64) (shown positions, position int64, ok bool) {
	shown, err := a.positions(r.Context())
	newest := int64(0)
	if err == nil && shown.hidden != nil && after != nil {
		newest, err = a.Store.Newest(r.Context())
	}
	if err != nil {
		a.fail(w, r, err)
		return shown, 0, false
	}
	if position, ok = shown.find(or(after, 0), newest); !ok {
		invalid(w, r, fmt.Sprintf("query parameter 'after': %d is none of the positions that this caller is given: 0, that of a record and the next of a page "+
			"are possible. Whoever may see single instances only is given others: begin at 0 if what this caller may see has changed", *after))
	}
	return shown, position, ok
}

// find is the position that is shown as a number. Nobody is shown one behind the newest.
func (p positions) find(number, newest int64) (position int64, ok bool) {
	if p.hidden == nil {
		return number, !opaque.Is(number)
	}
	position, ok = p.hidden.Find(number)
	return position, number == 0 || ok && position <= newest
}

func (p positions) of(position int64) int64 {
	if p.hidden == nil {
		return position
	}
	return p.hidden.Hide(position)
}

// writer writes records with the positions that are shown.
func (p positions) writer(to export.Writer) export.Writer {
	if p.hidden == nil {
		return to
	}
	return showing{to, p}
}

type showing struct {
	export.Writer

	positions positions
}

// Write leaves the records as they are: whoever reads on goes by them.
func (s showing) Write(records []usage.Record) error {
	records = slices.Clone(records)
	for i := range records {
		records[i].Position = s.positions.of(records[i].Position)
	}
	return s.Writer.Write(records)
}
