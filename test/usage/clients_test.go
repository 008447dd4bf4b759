package usage

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/licensing-operator/licensing-operator/api/openapi/decimal"
	"github.com/licensing-operator/licensing-operator/internal/licensing"
	"github.com/licensing-operator/licensing-operator/pkg/client"
)

const (
	patience        = 20 * time.Second
	betweenTheTries = 100 * time.Millisecond
)

var transport = &http.Client{Timeout: patience, Transport: &http.Transport{MaxIdleConnsPerHost: 128}}

// insist repeats a call until it is answered for good. The key of the call makes that harmless.
func insist(ctx context.Context, call func() (status int, body []byte, err error)) error {
	for {
		status, body, err := call()
		switch {
		case err == nil && (status == http.StatusOK || status == http.StatusNoContent):
			return nil
		case err == nil && status < http.StatusInternalServerError && status != http.StatusTooManyRequests,
			// There is always room for a short outage.
			err == nil && strings.Contains(string(body), "store of usage records"):
			return &refusal{status, body}
		}
		select {
		case <-time.After(betweenTheTries):
		case <-ctx.Done():
			return errors.Join(ctx.Err(), err)
		}
	}
}

// refusal is a definite answer that is no success.
type refusal struct {
	status int
	body   []byte
}

func (r *refusal) Error() string { return fmt.Sprintf("%d: %s", r.status, r.body) }

// shop calls the API of sessions and one-off requests.
type shop struct {
	apis     []*client.ClientWithResponses
	instance string
	answers  *answers
}

func newShop(urls []string, token, instance string, told *answers) (*shop, error) {
	s := &shop{instance: instance, answers: told}
	for _, url := range urls {
		api, err := client.NewClientWithResponses(url, client.WithHTTPClient(transport), client.WithRequestEditorFn(client.WithToken(token)))
		if err != nil {
			return nil, err
		}
		s.apis = append(s.apis, api)
	}
	return s, nil
}

func (s *shop) api(n int) *client.ClientWithResponses { return s.apis[n%len(s.apis)] }

var lisa = client.Requester{Type: "user", Value: "LisaBarry"}

func item(name, version, count string) client.RequestedItem {
	wanted := client.RequestedItem{Item: name, Count: decimal.Decimal(count)}
	if version != "" {
		wanted.Version = &version
	}
	return wanted
}

// The last two nobody gets.
var (
	seat      = item("Seat", "", "2")
	photo     = item("PhotoPrint", "1.0", "1.5")
	unpriced  = item("Plotter", "", "1")
	priceless = item("CADPrint", "2.0", "500000000")
)

func (s *shop) buys(ctx context.Context, n int, key string, items ...client.RequestedItem) error {
	return insist(ctx, func() (int, []byte, error) {
		a, err := s.api(n).RequestAccessWithResponse(ctx, s.instance, &client.RequestAccessParams{IdempotencyKey: &key},
			client.AccessRequest{Requester: lisa, RequestedItems: items})
		if err != nil {
			return 0, nil, err
		}
		if a.JSON200 != nil {
			err = s.told(a.JSON200)
		}
		return a.StatusCode(), a.Body, err
	})
}

// told notes an answer to a request for items.
func (s *shop) told(a *client.AccessResponse) error {
	charged, granted, refused := licensing.Tokens(0), false, 0
	for _, item := range a.RequestedItems {
		tokens, err := licensing.ParseTokens(string(item.TotalTokensCharged))
		if err != nil {
			return err
		}
		charged += tokens
		switch item.Status.Code {
		case "1101":
			granted = true
		case "1102":
		default:
			refused++
		}
	}
	s.answers.access(a.CorrelationID, charged, granted, refused)
	return nil
}

func (s *shop) opens(ctx context.Context, n int, key string) (id string, err error) {
	err = insist(ctx, func() (int, []byte, error) {
		a, err := s.api(n).CreateSessionWithResponse(ctx, &client.CreateSessionParams{IdempotencyKey: &key}, client.NewSession{InstanceID: s.instance})
		if err != nil {
			return 0, nil, err
		}
		if a.JSON200 != nil {
			id = a.JSON200.SessionID
		}
		return a.StatusCode(), a.Body, nil
	})
	return id, err
}

func (s *shop) uses(ctx context.Context, n int, session, key string, items ...client.RequestedItem) error {
	if items == nil {
		items = []client.RequestedItem{} // halts it
	}
	return insist(ctx, func() (int, []byte, error) {
		a, err := s.api(n).RequestSessionAccessWithResponse(ctx, session, &client.RequestSessionAccessParams{IdempotencyKey: &key},
			client.SessionAccessRequest{Requester: lisa, RequestedItems: items, RollbackOnDeny: true})
		if err != nil {
			return 0, nil, err
		}
		if a.JSON200 != nil {
			err = s.told(a.JSON200)
		}
		return a.StatusCode(), a.Body, err
	})
}

func (s *shop) beats(ctx context.Context, n int, session string) error {
	return insist(ctx, func() (int, []byte, error) {
		a, err := s.api(n).SendHeartbeatWithResponse(ctx, session, &client.SendHeartbeatParams{})
		if err != nil {
			return 0, nil, err
		}
		return a.StatusCode(), a.Body, nil
	})
}

func (s *shop) closes(ctx context.Context, n int, session, key string) error {
	return insist(ctx, func() (int, []byte, error) {
		a, err := s.api(n).CloseSessionWithResponse(ctx, session, &client.CloseSessionParams{IdempotencyKey: &key})
		if err != nil {
			return 0, nil, err
		}
		return a.StatusCode(), a.Body, nil
	})
}
