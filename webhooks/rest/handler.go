package rest

import (
	"net/http"

	"github.com/licensing-operator/licensing-operator/webhooks/rest/server"
)

// NewHandler puts the whole chain around the API: it completes the options with what the API brings along.
func NewHandler(options server.Options, access *AccessControl, api *API) (http.Handler, error) {
	var err error
	contracts := documents()
	if own := options.Dashboard; own != nil {
		contracts[server.Dashboard] = own.Document
	}
	if options.Contract, err = server.NewContract(contracts); err != nil {
		return nil, err
	}
	if options.Public, err = description(); err != nil {
		return nil, err
	}
	options.Authenticate, options.Authorize = access.Authenticate, access.Authorize
	return server.Handler(options, api.Handler()), nil
}
