package restusage

import (
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"

	"github.com/licensing-operator/licensing-operator/internal/authentication"
	"github.com/licensing-operator/licensing-operator/internal/usage/export"
	"github.com/licensing-operator/licensing-operator/webhooks/rest/server"
	"github.com/licensing-operator/licensing-operator/webhooks/restusage/stub"
)

// positionTrailer ends an export that is complete.
const positionTrailer = "Usage-Position"

// ExportUsage streams records.
func (a *API) ExportUsage(w http.ResponseWriter, r *http.Request, params stub.ExportUsageParams) {
	query, ok := filters{
		params.Kind, params.Reason, params.LineItem, params.Item, params.Requester, params.Session,
		params.TransactionID, params.CorrelationID, params.Limitation, params.From, params.To,
	}.query(w, r)
	if !ok {
		return
	}
	format, ok := export.Format(or(params.Format, "")), true
	if format == "" {
		format, ok = accepted(r.Header.Values("Accept"))
	}
	if !ok {
		notAcceptable(w, r)
		return
	}
	if !a.recorded(w, r) {
		return
	}
	caller, _ := authentication.CallerFrom(r.Context())
	leave := a.takePlace(w, r, query.Namespace+"/"+caller.Scope())
	if leave == nil {
		return
	}
	defer leave()
	shown, after, ok := a.goesOn(w, r, params.After)
	if !ok {
		return
	}
	query.After, query.Limit = after, int(or(params.Limit, 0))
	position, whole := a.stream(w, r, query, shown, func(to io.Writer) export.Writer {
		w.Header().Set("Content-Type", contentType(format))
		w.Header().Set("Content-Disposition", fmt.Sprintf(`attachment; filename="usage-%s.%s"`, query.Namespace, format))
		w.Header().Set("Trailer", positionTrailer)
		return export.NewWriter(format, to)
	})
	if whole {
		w.Header().Set(positionTrailer, strconv.FormatInt(shown.of(position), 10))
	}
}

func contentType(format export.Format) string {
	if format == export.CSV {
		return format.MediaType() + "; charset=utf-8; header=present"
	}
	return format.MediaType()
}

// takePlace gives what ends an export, or answers that there is no place for one.
func (a *API) takePlace(w http.ResponseWriter, r *http.Request, caller string) (leave func()) {
	refused := a.exports.take(exportLimits, caller)
	if refused == nil {
		return func() { a.exports.leave(caller) }
	}
	answerRefusal(w, r, refused)
	return nil
}

func notAcceptable(w http.ResponseWriter, r *http.Request) {
	var possible []string
	for _, format := range export.Formats() {
		possible = append(possible, format.MediaType())
	}
	server.WriteProblem(w, r, http.StatusNotAcceptable, reasonNotAcceptable,
		fmt.Sprintf("Accept %.64q is not possible: %s", strings.Join(r.Header.Values("Accept"), ", "), strings.Join(possible, ", ")))
}
