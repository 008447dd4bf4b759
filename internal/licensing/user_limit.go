package licensing

// ActiveUsers returns the users who may be active, of users sorted oldest first: those who are switched on, as many as
// the license allows. A nil limit allows all. Age decides because it is the same for everyone who looks: users declared
// in files all arrive at once, in no order, and whoever may stay must not change with every look.
func ActiveUsers(users []NamedUser, limit *int32) []NamedUser {
	var active []NamedUser
	for _, user := range users {
		if limit != nil && len(active) >= int(*limit) {
			break
		}
		if user.Active {
			active = append(active, user)
		}
	}
	return active
}

// CheckUserLimit refuses a set of users of whom more are active than the license allows. It is for changes made one by
// one, where the change is refused rather than the youngest user.
func CheckUserLimit(users []NamedUser, limit *int32) error {
	if active := len(ActiveUsers(users, nil)); limit != nil && active > int(*limit) {
		return limitationErrorf(UserLimitReached, "%d users would be active, the license allows %d", active, *limit)
	}
	return nil
}
