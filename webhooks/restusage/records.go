package restusage

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"net/http"

	"github.com/licensing-operator/licensing-operator/internal/usage"
	"github.com/licensing-operator/licensing-operator/internal/usage/export"
	"github.com/licensing-operator/licensing-operator/webhooks/restusage/stub"
)

const standardPage = 100

// ListUsageRecords lists a page of records. It is written as it is read: a page may be large.
func (a *API) ListUsageRecords(w http.ResponseWriter, r *http.Request, params stub.ListUsageRecordsParams) {
	query, ok := filters{
		params.Kind, params.Reason, params.LineItem, params.Item, params.Requester, params.Session,
		params.TransactionID, params.CorrelationID, params.Limitation, params.From, params.To,
	}.query(w, r)
	if !ok || !a.recorded(w, r) {
		return
	}
	shown, after, ok := a.goesOn(w, r, params.After)
	if !ok {
		return
	}
	limit := int(or(params.Limit, standardPage))
	// One more than is shown tells whether there is more.
	query.After, query.Limit = after, limit+1
	a.stream(w, r, query, shown, func(to io.Writer) export.Writer {
		w.Header().Set("Content-Type", "application/json")
		return &page{to: bufio.NewWriter(to), left: limit, next: shown.of(after)}
	})
}

// page writes a stub.UsageRecordPage.
type page struct {
	to          *bufio.Writer
	begun, more bool
	left        int
	next        int64
}

// Write implements export.Writer.
func (p *page) Write(records []usage.Record) error {
	encoder := json.NewEncoder(p.to)
	encoder.SetEscapeHTML(false)
	for _, record := range records {
		if p.left == 0 {
			p.more = true
			break
		}
		p.separate()
		if err := encoder.Encode(export.NewDocument[json.Number](record)); err != nil {
			return fmt.Errorf("record %s: %w", record.ID, err)
		}
		p.next = record.Position
		p.left--
	}
	return p.to.Flush()
}

func (p *page) separate() {
	text := `{"records":[`
	if p.begun {
		text = ","
	}
	p.begun = true
	// What fails is told by Flush.
	_, _ = p.to.WriteString(text)
}

// Close implements export.Writer.
func (p *page) Close() error {
	if !p.begun {
		p.separate()
	}
	fmt.Fprintf(p.to, "],\"next\":%d,\"more\":%t}\n", p.next, p.more)
	return p.to.Flush()
}
