package restv2

import (
	"net/http"

	"github.com/licensing-operator/licensing-operator/internal/licenses"
	"github.com/licensing-operator/licensing-operator/webhooks/restv2/stub"
)

// ListLicenseUserGroups lists the user groups of a license.
func (a *API) ListLicenseUserGroups(w http.ResponseWriter, r *http.Request, _ stub.IsvID, id stub.LicenseID) {
	found, err := a.licenses(r).Groups(r.Context(), canonical(id))
	a.answer(w, r, each(found, userGroup), err)
}

// AddLicenseUserGroup adds a user group to a license.
func (a *API) AddLicenseUserGroup(w http.ResponseWriter, r *http.Request, _ stub.IsvID, id stub.LicenseID, _ stub.AddLicenseUserGroupParams) {
	var body stub.NewLicenseUserGroup
	if !decode(w, r, &body) {
		return
	}
	_, name := given(body.Name)
	added, err := a.licenses(r).AddGroup(r.Context(), canonical(id), licenses.Group{ID: canonical(value(body.ID)), Name: value(name), UserLimit: limited(body.UserLimit)})
	a.answer(w, r, userGroup(added), err)
}

// UpdateLicenseUserGroup changes a user group, which is named in the body.
func (a *API) UpdateLicenseUserGroup(w http.ResponseWriter, r *http.Request, _ stub.IsvID, id stub.LicenseID, _ stub.UpdateLicenseUserGroupParams) {
	var body stub.LicenseUserGroupPatch
	if !decode(w, r, &body) {
		return
	}
	patch := licenses.GroupPatch{UserLimit: licenses.Setting[int32]{Said: body.UserLimit != nil, Value: limited(body.UserLimit)}}
	patch.Name.Said, patch.Name.Value = given(body.Name)
	changed, err := a.licenses(r).UpdateGroup(r.Context(), canonical(id), canonical(value(body.ID)), patch)
	a.answer(w, r, userGroup(changed), err)
}

// DeleteLicenseUserGroup deletes a user group, and its users if that is wanted.
func (a *API) DeleteLicenseUserGroup(
	w http.ResponseWriter, r *http.Request, _ stub.IsvID, id stub.LicenseID, groupID stub.UserGroupID, params stub.DeleteLicenseUserGroupParams,
) {
	deleted, err := a.licenses(r).DeleteGroup(r.Context(), canonical(id), canonical(groupID), value(params.RemoveUsers))
	a.answer(w, r, userGroup(deleted), err)
}

// limited is no limit where clients send back what they read for none.
func limited(limit *int32) *int32 {
	if limit == nil || *limit == noLimit {
		return nil
	}
	return limit
}
