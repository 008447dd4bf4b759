package access

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"time"
)

// attempts is how often a call is made that the server has no time for.
const attempts = 6

// get makes a call and gives an answer that is 200. While the server says when to ask again, it is asked again.
func (a *API) get(ctx context.Context, path string, parameters url.Values) (*http.Response, error) {
	address := a.base.JoinPath(path)
	address.RawQuery = parameters.Encode()
	for attempt := 1; ; attempt++ {
		response, err := a.try(ctx, address)
		if err != nil {
			return nil, err
		}
		if response.StatusCode == http.StatusOK {
			return response, nil
		}
		refused := refusal(response)
		after, again := retryAfter(response)
		if !again || attempt == attempts {
			return nil, refused
		}
		select {
		case <-a.clock.After(after):
		case <-ctx.Done():
			return nil, fmt.Errorf("%w: %w", refused, ctx.Err())
		}
	}
}

func (a *API) try(ctx context.Context, address *url.URL) (*http.Response, error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, address.String(), nil)
	if err != nil {
		return nil, err
	}
	request.Header.Set("Authorization", "Bearer "+a.token)
	return a.client.Do(request)
}

// RefusedError is an answer that is not 200.
type RefusedError struct {
	Status  int
	Message string
	// RequestID is what the server's log knows the call by.
	RequestID string
}

func (e *RefusedError) Error() string {
	text := fmt.Sprintf("the REST API answers %d %s: %s", e.Status, http.StatusText(e.Status), e.Message)
	if e.RequestID != "" {
		text += " (request " + e.RequestID + ")"
	}
	return text
}

func refusal(response *http.Response) error {
	defer response.Body.Close()
	const longest = 4 << 10
	text, _ := io.ReadAll(io.LimitReader(response.Body, longest))
	var body struct {
		Error string `json:"error"`
	}
	if json.Unmarshal(text, &body) != nil || body.Error == "" {
		body.Error = string(text)
	}
	return &RefusedError{Status: response.StatusCode, Message: body.Error, RequestID: response.Header.Get("X-Request-Id")}
}

// retryAfter is how long to wait, where the server says that waiting helps.
func retryAfter(response *http.Response) (time.Duration, bool) {
	if response.StatusCode != http.StatusServiceUnavailable && response.StatusCode != http.StatusTooManyRequests {
		return 0, false
	}
	seconds, err := strconv.Atoi(response.Header.Get("Retry-After"))
	if err != nil || seconds < 0 {
		return 0, false
	}
	return min(time.Duration(seconds)*time.Second, 10*time.Second), true
}
