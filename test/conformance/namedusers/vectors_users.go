package namedusers

import "fmt"

func userVectors() []testCase {
	var cases []testCase
	chapters := []struct {
		vector int
		title  string
		tell   func(*license)
	}{
		{35, "two active users are added", func(l *license) {
			for _, id := range []string{"u1", "u2"} {
				a := l.expect("add "+id, 200, l.user(post, id, true))
				l.Equal("the user", id+" true", fmt.Sprintf("%s %s", a.String("user_id"), a.At("is_active")))
				l.Equal("the license", l.LicenseID, a.String("license_id"))
			}
		}},
		{36, "a third active user is refused", func(l *license) {
			l.refused("add u3 active", 1009, l.user(post, "u3", true))
			l.users("u1 true, u2 true")
		}},
		{37, "inactive users are as many as one wants", func(l *license) {
			l.expect("add u3 inactive", 200, l.user(post, "u3", false))
			l.users("u1 true, u2 true, u3 false")
		}},
		{38, "an inactive user is not switched on beyond the limit", func(l *license) {
			l.refused("PATCH u3 active", 1009, l.user(patch, "u3", true))
			l.users("u1 true, u2 true, u3 false")
		}},
		{39, "one is switched off, and the other on", func(l *license) {
			l.expect("PATCH u2 inactive", 200, l.user(patch, "u2", false))
			l.expect("PATCH u3 active", 200, l.user(patch, "u3", true))
			l.users("u1 true, u2 false, u3 true")
		}},
		{40, "a user is added once", func(l *license) {
			l.refused("add u1 again", 1008, l.user(post, "u1", true))
			l.refused("add u2 again, inactive", 1008, l.user(post, "u2", false))
			l.users("u1 true, u2 false, u3 true")
		}},
		{41, "the limit is not lowered below the active users", func(l *license) {
			l.refused("PATCH user_limit 1", 1011, l.admin(patch, l.path(), object("id", l.LicenseID, "user_limit", 1)))
			l.Equal("user_limit", "2", l.gets(l.admin(get, l.path(), "")).At("user_limit"))
			l.expect("PATCH user_limit 3", 200, l.admin(patch, l.path(), object("id", l.LicenseID, "user_limit", 3)))
			l.expect("PATCH user_limit 2", 200, l.admin(patch, l.path(), object("id", l.LicenseID, "user_limit", 2)))
			l.users("u1 true, u2 false, u3 true")
		}},
		{42, "a user who is not known", func(l *license) {
			l.refused("PATCH", 1010, l.user(patch, "nobody", true))
			l.refused("DELETE", 1010, l.deletion("nobody"))
			unknown := *l
			unknown.LicenseID = uuid()
			for what, r := range map[string]request{"PATCH": unknown.user(patch, "u1", true), "DELETE": unknown.deletion("u1"), "POST": unknown.user(post, "u1", true), "GET": unknown.admin(get, unknown.path("users"), "")} {
				l.status(what+" on a license that is not known", 404, r)
			}
		}},
		{43, "users are deleted in bulk, and what they hold is rolled back", func(l *license) {
			id := l.hb("u1", "it").String("0.transaction_id")
			l.stands("it", "1", "1")
			a := l.expect("bulk-delete", 200, l.admin(post, l.path("users", "bulk-delete"), `["u1","nobody"]`))
			l.Equal("results", "2", fmt.Sprint(len(a.List(""))))
			l.Equal("the first", "u1 true null", fmt.Sprintf("%s %s %s", a.String("0.userId"), a.At("0.success"), a.At("0.errorMessage")))
			l.Equal("the second", "nobody false", fmt.Sprintf("%s %s", a.String("1.userId"), a.At("1.success")))
			l.Equal("it says why", "true", fmt.Sprint(len(a.String("1.errorMessage")) > 4))
			l.stands("it", "0", "2")
			l.refused("rolling back what he held", 13000, l.rollback("it", id))
			l.users("u2 false, u3 true")
			l.expect("his place is free at once", 200, l.user(post, "u4", true))
		}},
	}
	for i, c := range chapters {
		cases = append(cases, testCase{section: fmt.Sprintf("3.%d", c.vector), title: c.title, tell: func(t *trial) {
			l := t.sell(Sale{UserLimit: new(2), Limitations: []Limitation{unit("it", 2)}})
			l.Quietly(func() {
				for _, before := range chapters[:i] {
					before.tell(l)
				}
			})
			c.tell(l)
		}})
	}
	return cases
}

// users checks who the license has.
func (l *license) users(want string) {
	l.Equal("users", want, sorted(l.gets(l.admin(get, l.path("users"), "")).names("")))
}
