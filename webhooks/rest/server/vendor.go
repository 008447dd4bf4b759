package server

import (
	"context"
	"net/url"
	"slices"
	"strings"
)

// The paths of version 2 are /api/v2/isv/{isv_id}/..., with or without a namespace in front.
const (
	isvPrefix = "isv"
	licenses  = "licenses"
	users     = "users"
)

// Where the segments of a path of version 2 stand.
const (
	atISV      = 3
	atResource = 4
	atPart     = 6
	atUser     = 7
)

// isVendorPath tells whether a path is meant for version 2, so that it is answered as there, whatever is wrong with it.
func isVendorPath(escaped string) bool {
	segments := strings.SplitN(strings.TrimPrefix(escaped, "/"), "/", 5)
	for i := range segments {
		if text, err := url.PathUnescape(segments[i]); err == nil {
			segments[i] = text
		}
	}
	if has(segments, 0, namespacesPrefix) && len(segments) > 2 {
		segments = segments[2:]
	}
	return has(segments, 0, api) && has(segments, 1, string(V2))
}

// resolveVendor gives the route of a path of version 2, and its canonical path unescaped.
func (t Tenancy) resolveVendor(ctx context.Context, host, escaped string) (Route, string, error) {
	route := Route{Version: V2}
	segments, broken := splitPath(escaped)
	if broken != nil {
		// What is wrong may stand behind the vendor, whose clients verify this answer, too.
		if segments, err := splitPath(vendorPart(escaped)); err == nil {
			route.Tenant, _, _ = t.tenantOfVendor(ctx, host, segments)
		}
		return route, "", broken
	}
	tenant, segments, err := t.tenantOfVendor(ctx, host, segments)
	if err != nil {
		return route, "", err
	}
	route.Tenant = tenant
	escapedPath, path := joinPath(joinUserID(segments))
	route.CanonicalPath = escapedPath
	return route, path, nil
}

// tenantOfVendor gives the namespace of the vendor, and the segments from /api on.
func (t Tenancy) tenantOfVendor(ctx context.Context, host string, segments []string) (tenant string, rest []string, err error) {
	named, segments, err := t.namedTenant(host, segments)
	if err != nil {
		return "", nil, err
	}
	if !has(segments, 2, isvPrefix) || len(segments) <= atISV {
		return "", nil, notFound("nothing is at this path: in %s a path begins with /api/v2/isv/{isv_id}", V2)
	}
	isvID := segments[atISV]
	if err := checkUUID(isvID); err != nil {
		return "", nil, invalid("path parameter 'isv_id': %s", err)
	}
	tenant, err = t.Vendor(ctx, strings.ToLower(isvID), named)
	switch {
	case err != nil:
		return "", nil, err
	case tenant == "" || (named != "" && tenant != named):
		return "", nil, notFound("there is no vendor %s here", isvID)
	}
	return tenant, segments, nil
}

// vendorPart is the path as far as the vendor's id.
func vendorPart(escaped string) string {
	segments := strings.Split(escaped, "/")
	length := 1 + atResource
	if text, err := url.PathUnescape(segments[min(1, len(segments)-1)]); err == nil && text == namespacesPrefix {
		length += 2
	}
	return strings.Join(segments[:min(length, len(segments))], "/")
}

// joinUserID puts the id of a user together again. Some clients send a slash in it as it is, and nothing else is below a
// user.
func joinUserID(segments []string) []string {
	if len(segments) > atUser+1 && segments[atResource] == licenses && segments[atPart] == users {
		return append(slices.Clip(segments[:atUser]), strings.Join(segments[atUser:], "/"))
	}
	return segments
}
