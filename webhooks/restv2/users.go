package restv2

import (
	"net/http"

	"github.com/licensing-operator/licensing-operator/internal/licenses"
	"github.com/licensing-operator/licensing-operator/webhooks/rest/server"
	"github.com/licensing-operator/licensing-operator/webhooks/restv2/stub"
)

// ListLicenseUsers lists the users of a license.
func (a *API) ListLicenseUsers(w http.ResponseWriter, r *http.Request, _ stub.IsvID, id stub.LicenseID) {
	found, err := a.licenses(r).Users(r.Context(), canonical(id))
	a.answer(w, r, each(found, licenseUser), err)
}

// AddLicenseUser adds a user to a license.
func (a *API) AddLicenseUser(w http.ResponseWriter, r *http.Request, _ stub.IsvID, id stub.LicenseID, _ stub.AddLicenseUserParams) {
	var body stub.NewLicenseUser
	if !decode(w, r, &body) || !sameLicense(w, r, id, body.LicenseID) {
		return
	}
	_, groupID := given(body.LicenseUserGroupID)
	added, err := a.licenses(r).AddUser(r.Context(), canonical(id), licenses.NewUser{
		ID: value(body.UserID), Name: value(body.Name), Active: value(body.IsActive), GroupID: canonical(value(groupID)),
	})
	a.answer(w, r, licenseUser(added), err)
}

// UpdateLicenseUser changes a user, who is named in the body.
func (a *API) UpdateLicenseUser(w http.ResponseWriter, r *http.Request, _ stub.IsvID, id stub.LicenseID, _ stub.UpdateLicenseUserParams) {
	var body stub.LicenseUserPatch
	if !decode(w, r, &body) || !sameLicense(w, r, id, body.LicenseID) {
		return
	}
	patch := licenses.UserPatch{Name: body.Name, Active: body.IsActive}
	if said, groupID := given(body.LicenseUserGroupID); said {
		patch.GroupID = new(canonical(value(groupID)))
	}
	changed, err := a.licenses(r).UpdateUser(r.Context(), canonical(id), value(body.UserID), patch)
	a.answer(w, r, licenseUser(changed), err)
}

// DeleteLicenseUser deletes a user, and shows the one who was deleted.
func (a *API) DeleteLicenseUser(
	w http.ResponseWriter, r *http.Request, _ stub.IsvID, id stub.LicenseID, userID stub.UserID, _ stub.DeleteLicenseUserParams,
) {
	deleted, err := a.licenses(r).DeleteUser(r.Context(), canonical(id), userID)
	a.answer(w, r, licenseUser(deleted), err)
}

// BulkDeleteLicenseUsers deletes many users, each or not.
func (a *API) BulkDeleteLicenseUsers(w http.ResponseWriter, r *http.Request, _ stub.IsvID, id stub.LicenseID, _ stub.BulkDeleteLicenseUsersParams) {
	var body stub.BulkDeleteLicenseUsersJSONBody
	if !decode(w, r, &body) {
		return
	}
	deletions, err := a.licenses(r).DeleteUsers(r.Context(), canonical(id), body)
	a.answer(w, r, each(deletions, deletion), err)
}

func deletion(value licenses.Deletion) stub.BulkDeleteUserResultDto {
	shown := stub.BulkDeleteUserResultDto{UserID: &value.UserID, Success: value.Err == nil}
	if value.Err != nil {
		shown.ErrorMessage = new(value.Err.Error())
	}
	return shown
}

// sameLicense refuses a body that names another license than the path.
func sameLicense(w http.ResponseWriter, r *http.Request, path stub.LicenseID, body *string) bool {
	if body == nil || canonical(*body) == canonical(path) {
		return true
	}
	server.WriteProblem(w, r, http.StatusBadRequest, server.ReasonInvalid, "$.license_id: "+*body+" is not the license in the path, "+path)
	return false
}
