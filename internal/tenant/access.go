package tenant

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"unicode/utf8"

	"github.com/licensing-operator/licensing-operator/internal/ledger"
	"github.com/licensing-operator/licensing-operator/internal/licensing"
)

// The limits of a requester, which are those of the kind Session.
const (
	maxRequesterType   = 64
	maxRequesterValue  = 256
	maxDictionary      = 32
	maxDictionaryKey   = 64
	maxDictionaryValue = 256
)

// RequestAccess charges for items without a session. Every item is answered for itself.
func (t *Tenant) RequestAccess(ctx context.Context, instanceID string, request AccessRequest) (Access, error) {
	if err := request.validate(); err != nil {
		return Access{}, err
	}
	if len(request.Items) == 0 {
		return Access{}, refuse(Invalid, "$.requestedItems: is empty, at least 1 item is required")
	}
	instance, err := t.knownInstance(ctx, instanceID)
	if err != nil {
		return Access{}, err
	}
	decide := t.Ledger.OneOff
	if request.DryRun {
		decide = t.Ledger.PreviewOneOff
	}
	answer, err := decide(ctx, t.account(instance.Name), ledger.OneOffRequest{
		Requester: request.Requester, Items: request.Items, Idempotency: request.Idempotency,
	})
	if err != nil {
		return Access{}, t.notCharged(err)
	}
	return Access{CorrelationID: answer.CorrelationID, Granted: true, Items: answer.Items}, nil
}

// notCharged is the answer where the ledger gives none.
func (t *Tenant) notCharged(err error) error {
	switch {
	case errors.Is(err, ledger.ErrKeyReused):
		return keyReused(err)
	case errors.Is(err, ledger.ErrSubjectGone):
		return &Error{Reason: SessionNotFound, Problems: []string{"the session is gone"}, cause: err}
	}
	return t.failed(err, nil)
}

// validate reports everything that is wrong with the request. Nothing behind it could say so: what is granted must fit in
// an account and in the status of a session.
func (r AccessRequest) validate() error {
	var problems problems
	problems.length("$.requester.type", r.Requester.Type, 1, maxRequesterType)
	problems.length("$.requester.value", r.Requester.Value, 1, maxRequesterValue)
	if n := len(r.Requester.Dictionary); n > maxDictionary {
		problems.add("$.requester.dictionary: %d entries, at most %d are possible", n, maxDictionary)
	}
	for _, name := range slices.Sorted(maps.Keys(r.Requester.Dictionary)) {
		problems.length("$.requester.dictionary: the name of an entry", name, 1, maxDictionaryKey)
		problems.length(fmt.Sprintf("$.requester.dictionary.%.*s", maxDictionaryKey, name), r.Requester.Dictionary[name], 0, maxDictionaryValue)
	}
	problems.addAll("$.", licensing.ValidateItems(r.Items))
	for i, item := range r.Items {
		if len(item.MetaData) > 0 && !isObject(item.MetaData) {
			problems.add("$.requestedItems[%d].metaData: must be a JSON object in UTF-8", i)
		}
	}
	return problems.err()
}

func isObject(text json.RawMessage) bool {
	var object map[string]json.RawMessage
	return utf8.Valid(text) && json.Unmarshal(text, &object) == nil && object != nil
}
