package rest

import (
	"bytes"
	"net/http"

	"github.com/licensing-operator/licensing-operator/internal/tenant"
	"github.com/licensing-operator/licensing-operator/webhooks/rest/server"
	"github.com/licensing-operator/licensing-operator/webhooks/rest/stub"
)

// GetConfiguration lists the tenant's settings.
func (a *API) GetConfiguration(w http.ResponseWriter, r *http.Request) {
	values, err := a.tenant(r).Configuration(r.Context())
	a.answer(w, r, http.StatusOK, configuration(r, values), err)
}

// ChangeConfiguration changes settings, given as a list or as a single one.
func (a *API) ChangeConfiguration(w http.ResponseWriter, r *http.Request, _ stub.ChangeConfigurationParams) {
	changes := make([]stub.ConfigurationChange, 1)
	var target any = &changes[0]
	if bytes.HasPrefix(bytes.TrimSpace(server.BodyOf(r.Context())), []byte("[")) {
		target = &changes
	}
	if !decode(w, r, target) {
		return
	}
	values, err := a.tenant(r).ChangeConfiguration(r.Context(), each(changes, func(change stub.ConfigurationChange) tenant.ConfigurationValue {
		return tenant.ConfigurationValue{Name: string(change.Name), Value: change.Value}
	}))
	a.answer(w, r, http.StatusOK, configuration(r, values), err)
}

// configuration shows the settings that the version knows.
func configuration(r *http.Request, values []tenant.ConfigurationValue) []stub.ConfigurationValue {
	shown := []stub.ConfigurationValue{}
	for _, value := range values {
		if dialectOf(r).settings[value.Name] {
			shown = append(shown, stub.ConfigurationValue{
				Name: value.Name, Value: value.Value, Modified: optional(millis(value.Modified)), UpdatedBy: optional(value.UpdatedBy),
			})
		}
	}
	return shown
}
