package rest

import (
	"net/http"

	"github.com/licensing-operator/licensing-operator/internal/tenant"
	"github.com/licensing-operator/licensing-operator/webhooks/rest/stub"
)

// SaveAdministrationKeys adds or replaces keys of the producer's staff.
func (a *API) SaveAdministrationKeys(w http.ResponseWriter, r *http.Request, _ stub.SaveAdministrationKeysParams) {
	a.saveKeys(w, r, tenant.AdministrationAccess)
}

// SaveClientKeys adds or replaces keys of client applications.
func (a *API) SaveClientKeys(w http.ResponseWriter, r *http.Request, _ stub.SaveClientKeysParams) {
	a.saveKeys(w, r, tenant.ClientAccess)
}

// DeleteAdministrationKey deletes a key of the producer's staff, but never the last one.
func (a *API) DeleteAdministrationKey(w http.ResponseWriter, r *http.Request, id stub.KeyID, _ stub.DeleteAdministrationKeyParams) {
	a.deleteKey(w, r, tenant.AdministrationAccess, id)
}

// DeleteClientKey deletes a key of client applications.
func (a *API) DeleteClientKey(w http.ResponseWriter, r *http.Request, id stub.KeyID, _ stub.DeleteClientKeyParams) {
	a.deleteKey(w, r, tenant.ClientAccess, id)
}

// ListPublicKeys lists the keys of both kinds.
func (a *API) ListPublicKeys(w http.ResponseWriter, r *http.Request) {
	administration, err := a.tenant(r).Keys(r.Context(), tenant.AdministrationAccess)
	if err != nil {
		a.fail(w, r, err)
		return
	}
	client, err := a.tenant(r).Keys(r.Context(), tenant.ClientAccess)
	a.answer(w, r, http.StatusOK, stub.KeyList{AdministrationKeys: each(administration, publicKey), ClientKeys: each(client, publicKey)}, err)
}

func (a *API) saveKeys(w http.ResponseWriter, r *http.Request, access tenant.KeyAccess) {
	var body []stub.PublicKey
	if !decode(w, r, &body) {
		return
	}
	err := a.tenant(r).SaveKeys(r.Context(), access, each(body, func(key stub.PublicKey) tenant.PublicKey {
		return tenant.PublicKey{ID: key.ID, PEM: key.PublicKey}
	}))
	a.answer(w, r, http.StatusOK, stub.Message{Message: "Keys successfully saved"}, err)
}

func (a *API) deleteKey(w http.ResponseWriter, r *http.Request, access tenant.KeyAccess, id string) {
	err := a.tenant(r).DeleteKey(r.Context(), access, id)
	a.answer(w, r, http.StatusOK, stub.Message{Message: "Key successfully deleted"}, err)
}

func publicKey(key tenant.PublicKey) stub.PublicKey {
	return stub.PublicKey{ID: key.ID, PublicKey: key.PEM}
}
