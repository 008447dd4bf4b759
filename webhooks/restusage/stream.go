package restusage

import (
	"bufio"
	"context"
	"errors"
	"io"
	"net/http"

	"github.com/licensing-operator/licensing-operator/internal/usage"
	"github.com/licensing-operator/licensing-operator/internal/usage/export"
	"github.com/licensing-operator/licensing-operator/webhooks/rest/server"
)

// stream answers with what the query selects, and gives the position up to which that is; false if the answer is another
// one. What goes wrong behind the first records cuts the connection: the client must not take a part for the whole.
func (a *API) stream(w http.ResponseWriter, r *http.Request, query usage.Query, shown positions, begin func(io.Writer) export.Writer) (position int64, whole bool) {
	ctx, cancel := context.WithCancel(r.Context())
	defer cancel()
	out := newPaced(w, a.Clock)
	buffered := bufio.NewWriterSize(out, paceBytes)
	go func() {
		select {
		case <-server.Ending(ctx):
			cancel()
			out.breakOff()
		case <-ctx.Done():
		}
	}()

	var writer export.Writer
	position = query.After
	for batch, err := range export.Batches(ctx, a.Store, query) {
		if err != nil && writer == nil {
			a.failStream(w, r, query, shown, err)
			return 0, false
		}
		if writer == nil {
			writer = shown.writer(begin(buffered))
		}
		if err == nil {
			err = writer.Write(batch)
		}
		if err := errors.Join(err, buffered.Flush()); err != nil {
			a.cut(r, err)
		}
		position = batch[len(batch)-1].Position
	}
	if writer == nil {
		writer = shown.writer(begin(buffered))
	}
	if err := errors.Join(writer.Close(), buffered.Flush()); err != nil {
		a.cut(r, err)
	}
	return position, true
}

// cut ends an answer in its middle.
func (a *API) cut(r *http.Request, err error) {
	id, operation := server.RequestIDOf(r.Context()), server.OperationOf(r.Context())
	if r.Context().Err() != nil {
		a.Log.V(1).Info("A client has gone", "requestID", id, "operation", operation)
	} else {
		a.Log.Info("An answer was cut off", "requestID", id, "operation", operation, "cause", err.Error())
	}
	panic(http.ErrAbortHandler)
}
