package client_test

import (
	"context"
	"crypto/ed25519"
	"crypto/rand"
	"fmt"
	"net/http"
	"net/http/httptest"
	"time"

	"github.com/licensing-operator/licensing-operator/pkg/client"
)

func Example() {
	server := httptest.NewServer(http.HandlerFunc(answerOneSession))
	defer server.Close()

	// Once, and kept safe: the public key is saved on the server as example-client.
	_, key, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		panic(err)
	}
	token, err := client.Token{
		Issuer:      "https://producer.example",
		KeyID:       "example-client",
		InstanceIDs: []string{instanceID},
	}.Sign(key, time.Now())
	if err != nil {
		panic(err)
	}

	api, err := client.NewClientWithResponses(server.URL,
		client.WithRequestEditorFn(client.WithToken(token)),
		client.WithRequestEditorFn(client.WithInstance(instanceID)))
	if err != nil {
		panic(err)
	}
	ctx := context.Background()
	created, err := api.CreateSessionWithResponse(ctx, &client.CreateSessionParams{}, client.NewSession{InstanceID: instanceID})
	if err != nil {
		panic(err)
	}
	if created.JSON200 == nil {
		panic(created.Status())
	}
	granted, err := api.RequestSessionAccessWithResponse(ctx, created.JSON200.SessionID, &client.RequestSessionAccessParams{},
		client.SessionAccessRequest{
			Requester:      client.Requester{Type: "user", Value: "LisaBarry"},
			RequestedItems: []client.RequestedItem{{Item: "PhotoPrint", Version: new("1.0"), Count: "2.5"}},
			RollbackOnDeny: true,
		})
	if err != nil {
		panic(err)
	}
	if granted.JSON200 == nil {
		panic(granted.Status())
	}
	item := granted.JSON200.RequestedItems[0]
	fmt.Printf("%s of %s cost %s tokens\n", item.Count, item.Item, item.TotalTokensCharged)
	fmt.Println("next charge at", time.UnixMilli(*granted.Headers200.LicensingNextCharge).UTC())
	// Output:
	// 2.5 of PhotoPrint cost 7.5 tokens
	// next charge at 2026-11-21 15:45:00 +0000 UTC
}

// answerOneSession stands for the server.
func answerOneSession(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Content-Type", "application/json")
	switch {
	case r.Header.Get("Authorization") == "" || r.Header.Get("x-instance-id") != instanceID:
		http.Error(w, `{"error": "who are you?"}`, http.StatusUnauthorized)
	case r.Method == http.MethodPost && r.URL.Path == "/api/v1.1/sessions":
		fmt.Fprint(w, `{"sessionId": "9a1d7a3c-0f0a-4b7e-9d53-2f4b6f0b7c21"}`)
	case r.Method == http.MethodPut && r.URL.Path == "/api/v1.1/sessions/9a1d7a3c-0f0a-4b7e-9d53-2f4b6f0b7c21":
		w.Header().Set("Licensing-Next-Charge", "1795275900000")
		fmt.Fprint(w, `{"correlationId": "0b1f5c5e-59f5-4a0c-9b6c-3f6f6c9b2a11",
			"requester": {"type": "user", "value": "LisaBarry"},
			"requestedItems": [{"item": "PhotoPrint", "version": "1.0", "count": 2.5,
				"status": {"code": "1101", "description": "Successfully checked out"}, "totalTokensCharged": 7.5,
				"lineItems": [{"activationId": "ACT01-Elastic", "rate": 3, "tokensCharged": 7.5}]}]}`)
	default:
		http.NotFound(w, r)
	}
}
