package rest

import (
	"net/http"

	"github.com/licensing-operator/licensing-operator/internal/tenant"
	"github.com/licensing-operator/licensing-operator/webhooks/rest/stub"
)

const (
	defaultPage = 100
	largestPage = 500
)

// ListInstances gives a page of instances, or the default instance of an account.
func (a *API) ListInstances(w http.ResponseWriter, r *http.Request, params stub.ListInstancesParams) {
	query := tenant.InstanceQuery{DefaultOf: text(params.AccountID), Size: defaultPage}
	switch isDefault := params.Default; {
	case isDefault != nil && !*isDefault:
		a.fail(w, r, invalid("default: false is not possible: true, or leave it out"))
		return
	case (isDefault == nil) != (params.AccountID == nil):
		a.fail(w, r, invalid("accountId and default=true are only possible together: they find an account's default instance"))
		return
	}
	if params.Size != nil {
		query.Size = min(int(*params.Size), largestPage)
	}
	if params.Next != nil {
		query.Next = int(*params.Next)
	}
	page, err := a.tenant(r).Instances(r.Context(), query)
	a.answer(w, r, http.StatusOK, stub.InstancePage{Content: each(page.Instances, instance), Next: int64(page.Next)}, err)
}

// CreateInstance creates an instance for a customer account.
func (a *API) CreateInstance(w http.ResponseWriter, r *http.Request, _ stub.CreateInstanceParams) {
	var body stub.NewInstance
	if !decode(w, r, &body) {
		return
	}
	created, err := a.tenant(r).CreateInstance(r.Context(), body.ShortName, body.AccountID, keyOf(r))
	if err == nil {
		locate(w, r, created.ID)
	}
	a.answer(w, r, http.StatusCreated, instance(created), err)
}

// GetInstance shows an instance.
func (a *API) GetInstance(w http.ResponseWriter, r *http.Request, id stub.InstanceID) {
	found, err := a.tenant(r).Instance(r.Context(), id)
	a.answer(w, r, http.StatusOK, instance(found), err)
}

func instance(value tenant.Instance) stub.Instance {
	return stub.Instance{
		ID: value.ID, ShortName: value.ShortName, AccountID: value.AccountID, DefaultInstance: value.Default,
		Created: millis(value.Created), Modified: millis(value.Modified),
	}
}
