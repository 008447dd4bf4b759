package page

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"
)

// version is one document, as the template wants it.
type version struct {
	ID, Name, Title, Description string
	Authentication               string
	Servers                      []server
	Groups                       []group
	Shared                       []response
}

type server struct{ URL, Description string }

// group holds the operations of one tag.
type group struct {
	ID, Name, Description string
	Operations            []operation
}

func newVersion(document *openapi3.T) (version, error) {
	v := version{
		ID:          "v" + document.Info.Version,
		Name:        document.Info.Version,
		Title:       document.Info.Title,
		Description: document.Info.Description,
	}
	v.Authentication = authentication(document)
	for _, s := range document.Servers {
		v.Servers = append(v.Servers, server{URL: s.URL, Description: s.Description})
	}
	byTag, err := v.operations(document)
	if err != nil {
		return v, err
	}
	for _, tag := range document.Tags {
		v.Groups = append(v.Groups, group{
			ID:          v.ID + "-" + strings.ReplaceAll(strings.ToLower(tag.Name), " ", "-"),
			Name:        tag.Name,
			Description: tag.Description,
			Operations:  byTag[tag.Name],
		})
		delete(byTag, tag.Name)
	}
	for tag := range byTag {
		return v, fmt.Errorf("tag %q is not declared", tag)
	}
	v.Shared, err = sharedResponses(v.ID, document)
	return v, err
}

// operations are sorted by path, and by what they do to it.
func (v version) operations(document *openapi3.T) (map[string][]operation, error) {
	byTag := map[string][]operation{}
	for _, path := range slices.Sorted(maps.Keys(document.Paths.Map())) {
		item := document.Paths.Value(path)
		methods := slices.SortedFunc(maps.Keys(item.Operations()), func(a, b string) int {
			return cmp.Compare(slices.Index(methodOrder, a), slices.Index(methodOrder, b))
		})
		for _, method := range methods {
			declared := item.GetOperation(method)
			next, err := newOperation(v.ID, method, path, credentials(document, declared), item.Parameters, declared)
			if err != nil {
				return nil, fmt.Errorf("%s: %w", declared.OperationID, err)
			}
			for _, tag := range declared.Tags {
				byTag[tag] = append(byTag[tag], next)
			}
		}
	}
	return byTag, nil
}

var methodOrder = []string{"POST", "PUT", "GET", "PATCH", "DELETE"}

// sharedResponses are shown once, because most operations have them.
func sharedResponses(versionID string, document *openapi3.T) ([]response, error) {
	statuses := map[string]string{}
	for _, item := range document.Paths.Map() {
		for _, declared := range item.Operations() {
			for status, used := range declared.Responses.Map() {
				if name := refName(used.Ref); name != "" && isError(status) {
					statuses[name] = status
				}
			}
		}
	}
	var shared []response
	for name, status := range statuses {
		next, err := newResponse(versionID, status, &openapi3.ResponseRef{Value: document.Components.Responses[name].Value})
		if err != nil {
			return nil, fmt.Errorf("response %s: %w", name, err)
		}
		next.ID = sharedID(versionID, name)
		shared = append(shared, next)
	}
	slices.SortFunc(shared, func(a, b response) int {
		return cmp.Or(cmp.Compare(a.Status, b.Status), cmp.Compare(a.ID, b.ID))
	})
	return shared, nil
}

func sharedID(versionID, name string) string { return versionID + "-response-" + name }

// refName is the last part of a reference.
func refName(ref string) string { return ref[strings.LastIndex(ref, "/")+1:] }

func isError(status string) bool { return status >= "400" }
