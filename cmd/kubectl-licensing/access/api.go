package access

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"iter"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"k8s.io/utils/clock"

	"github.com/licensing-operator/licensing-operator/internal/usage"
	"github.com/licensing-operator/licensing-operator/internal/usage/audit"
)

// API is the data access API.
type API struct {
	base   *url.URL
	token  string
	client *http.Client
	clock  clock.Clock
	close  func()
}

var _ audit.Records = (*API)(nil)

// Close ends the connection.
func (a *API) Close() {
	if a.client != nil {
		a.client.CloseIdleConnections()
	}
	a.close()
}

// positionTrailer ends an export that is complete.
const positionTrailer = "Usage-Position"

// ErrCutOff is an answer that ended before its end.
var ErrCutOff = errors.New("the connection was cut off in the middle of the records")

// Records implements audit.Records.
func (a *API) Records(ctx context.Context, query usage.Query) iter.Seq2[usage.Record, error] {
	return func(yield func(usage.Record, error) bool) {
		ctx, cancel := context.WithCancel(ctx)
		defer cancel()
		stream, err := a.Export(ctx, query, "ndjson")
		if err != nil {
			yield(usage.Record{}, err)
			return
		}
		defer stream.Close()
		lines := json.NewDecoder(stream)
		for {
			var record usage.Record
			err := lines.Decode(&record)
			switch {
			case errors.Is(err, io.EOF) && stream.Complete():
				return
			case err != nil:
				yield(usage.Record{}, fmt.Errorf("%w: %w", ErrCutOff, err))
				return
			}
			if !yield(record, nil) {
				return
			}
		}
	}
}

// Export is a stream of records, in a format of the API.
type Export struct {
	io.ReadCloser

	response *http.Response
}

// Complete tells whether all was read that there is.
func (e *Export) Complete() bool { return e.response.Trailer.Get(positionTrailer) != "" }

// Position is where the next export begins, once this one is complete.
func (e *Export) Position() string { return e.response.Trailer.Get(positionTrailer) }

// Export asks for records.
func (a *API) Export(ctx context.Context, query usage.Query, format string) (*Export, error) {
	parameters := filters(query)
	parameters.Set("format", format)
	if query.After > 0 {
		parameters.Set("after", strconv.FormatInt(query.After, 10))
	}
	response, err := a.get(ctx, "usage/v1/export", parameters) //nolint:bodyclose // whoever reads the export closes it
	if err != nil {
		return nil, err
	}
	return &Export{response.Body, response}, nil
}

// filters are what of a query every call takes.
func filters(query usage.Query) url.Values {
	parameters := url.Values{}
	for name, values := range map[string][]string{
		"instance": query.Instances, "requester": query.Requesters, "session": query.Sessions, "transactionId": query.TransactionIDs,
	} {
		if len(values) > 0 {
			parameters[name] = values
		}
	}
	if !query.From.IsZero() {
		parameters.Set("from", query.From.UTC().Format(time.RFC3339Nano))
	}
	if !query.To.IsZero() {
		parameters.Set("to", query.To.UTC().Format(time.RFC3339Nano))
	}
	return parameters
}

// Totals implements audit.Records, for an Instance of the producer.
func (a *API) Totals(ctx context.Context, account usage.Account) (usage.Totals, error) {
	response, err := a.get(ctx, "usage/v1/totals", url.Values{"instance": {account.Instance}})
	if err != nil {
		return usage.Totals{}, err
	}
	defer response.Body.Close()
	var body totals
	if err := json.NewDecoder(response.Body).Decode(&body); err != nil {
		return usage.Totals{}, fmt.Errorf("read totals: %w", err)
	}
	return body.decoded()
}
