package client

import (
	"context"
	"net/http"
)

// WithToken sends a bearer token with each request.
func WithToken(token string) RequestEditorFn {
	return withHeader("Authorization", "Bearer "+token)
}

// WithInstance names the instance that the caller acts for, which calls on sessions with a client token need.
func WithInstance(instanceID string) RequestEditorFn {
	return withHeader("X-Instance-Id", instanceID)
}

func withHeader(name, value string) RequestEditorFn {
	return func(_ context.Context, request *http.Request) error {
		request.Header.Set(name, value)
		return nil
	}
}
