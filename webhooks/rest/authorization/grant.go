package authorization

import "strings"

// Grant is what an authorized call may touch.
type Grant struct {
	// InstanceID is the only instance that the call may touch, in lower case; empty for any. A session must be looked up
	// under it, so that those of other instances are not found.
	InstanceID string
}

// Admits tells whether the call may touch the instance.
func (g Grant) Admits(instanceID string) bool {
	return g.InstanceID == "" || g.InstanceID == strings.ToLower(instanceID)
}

func granted(instanceID string, err error) (Grant, error) {
	if err != nil {
		return Grant{}, err
	}
	return Grant{InstanceID: instanceID}, nil
}
