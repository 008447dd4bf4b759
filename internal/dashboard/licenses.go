package dashboard

import (
	"context"
	"errors"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/licensing-operator/licensing-operator/api/v1alpha1"
	"github.com/licensing-operator/licensing-operator/internal/kubestore"
)

// mostUsers is how many named users of a license are listed: the oldest, which have their units.
const mostUsers = 500

// License is what a line item grants to named users.
type License struct {
	ID        string `json:"id"`
	UserLimit *int32 `json:"userLimit,omitempty"`
	// Active users have a seat, inactive ones have none, and some of them wait for one.
	Active       int32        `json:"active"`
	Inactive     int32        `json:"inactive"`
	WaitingSeat  []Waiting    `json:"waitingForSeat"`
	Limitations  []Limitation `json:"limitations"`
	Users        []User       `json:"users,omitempty"`
	NotListed    int          `json:"usersNotListed,omitempty"`
	OpenSessions *int32       `json:"openSessions,omitempty"`
}

// Limitation is a limited feature of a license. Limit and Remaining are left out when it is unlimited.
type Limitation struct {
	ID        string `json:"id"`
	Name      string `json:"name"`
	Limit     *int64 `json:"limit,omitempty"`
	Used      string `json:"used,omitempty"`
	Remaining string `json:"remaining,omitempty"`
	// PerUser tells that users hold units, rather than consuming them.
	PerUser   bool       `json:"perUser"`
	NextReset *time.Time `json:"nextReset,omitempty"`
	Waiting   []Waiting  `json:"waiting"`
}

// Waiting is a user who wants a unit and does not get it.
type Waiting struct {
	UserID  string     `json:"userId"`
	Name    string     `json:"name,omitempty"`
	Object  string     `json:"object"`
	Reason  string     `json:"reason"`
	Message string     `json:"message,omitempty"`
	Since   *time.Time `json:"since,omitempty"`
}

// User is a named user.
type User struct {
	ID     string `json:"id"`
	Name   string `json:"name,omitempty"`
	Object string `json:"object"`
	// Wanted tells that the user is switched on, Seated that there was a seat.
	Wanted bool `json:"wanted"`
	Seated bool `json:"seated"`
	// Holds are the ids of limitations.
	Holds []string `json:"holds"`
}

// license is nil for a line item that has nothing to do with named users.
func (r *Reader) license(ctx context.Context, object *v1alpha1.LineItem, listUsers bool) (*License, error) {
	terms, err := r.Store.LicenseTerms(ctx, object, false)
	if unknown := (*kubestore.TermsError)(nil); err != nil && !errors.As(err, &unknown) {
		return nil, err
	}
	users, err := r.Store.LicenseUsers(ctx, client.ObjectKeyFromObject(object))
	if err != nil {
		return nil, err
	}
	counts := object.Status.Users
	if counts == nil && len(users.Standing) == 0 && len(object.Status.Limitations) == 0 {
		return nil, nil
	}
	license := &License{
		ID: kubestore.LicenseID(object), UserLimit: terms.UserLimit, WaitingSeat: []Waiting{}, OpenSessions: object.Status.OpenSessions,
	}
	if counts != nil {
		license.Active, license.Inactive = number(counts.Active), number(counts.Inactive)
	}
	waiting := map[string][]Waiting{}
	for _, user := range users.Standing {
		if isTrue(user.Spec.Active) && user.Status.Seat == nil {
			license.WaitingSeat = append(license.WaitingSeat, waitingForSeat(user))
		}
		for _, denied := range user.Status.Denied {
			waiting[denied.LimitationID] = append(waiting[denied.LimitationID], waitingFor(user, denied))
		}
	}
	license.Limitations = limitations(object.Status.Limitations, terms, waiting)
	if listUsers {
		license.addUsers(users.Standing)
	}
	return license, nil
}

func (l *License) addUsers(objects []*v1alpha1.UserProvisioning) {
	listed := objects[:min(len(objects), mostUsers)]
	l.NotListed = len(objects) - len(listed)
	for _, object := range listed {
		l.Users = append(l.Users, userOf(object))
	}
}

func limitations(known []v1alpha1.LimitationStatus, terms kubestore.LicenseTerms, waiting map[string][]Waiting) []Limitation {
	shown := make([]Limitation, len(known))
	for i, status := range known {
		shown[i] = Limitation{
			ID: status.ID, Name: status.ID, Limit: status.Limit, Used: string(status.Used), Remaining: string(status.Remaining),
			Waiting: append([]Waiting{}, waiting[status.ID]...),
		}
		if effective, found := terms.Limitation(status.ID); found {
			shown[i].PerUser = effective.UserProvisioning
			if effective.Name != "" {
				shown[i].Name = effective.Name
			}
		}
		if status.NextResetTime != nil {
			shown[i].NextReset = new(status.NextResetTime.UTC())
		}
	}
	return shown
}

func userOf(object *v1alpha1.UserProvisioning) User {
	user := User{
		ID: object.Spec.UserID, Name: object.Spec.Name, Object: object.Name,
		Wanted: isTrue(object.Spec.Active), Seated: object.Status.Seat != nil, Holds: make([]string, len(object.Status.Holdings)),
	}
	for i, holding := range object.Status.Holdings {
		user.Holds[i] = holding.LimitationID
	}
	return user
}

func waitingFor(object *v1alpha1.UserProvisioning, denied v1alpha1.DeniedLimitation) Waiting {
	waiting := Waiting{
		UserID: object.Spec.UserID, Name: object.Spec.Name, Object: object.Name, Reason: denied.Reason, Message: denied.Message,
	}
	if denied.Since != nil {
		waiting.Since = new(denied.Since.UTC())
	}
	return waiting
}

// waitingForSeat says why, as the condition Active does.
func waitingForSeat(object *v1alpha1.UserProvisioning) Waiting {
	waiting := Waiting{UserID: object.Spec.UserID, Name: object.Spec.Name, Object: object.Name, Reason: "NoSeat"}
	for _, condition := range object.Status.Conditions {
		if condition.Type == v1alpha1.ConditionActive && condition.Status == metav1.ConditionFalse {
			waiting.Reason, waiting.Message, waiting.Since = condition.Reason, condition.Message, new(condition.LastTransitionTime.UTC())
		}
	}
	return waiting
}
