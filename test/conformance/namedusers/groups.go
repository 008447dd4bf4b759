package namedusers

import "fmt"

func groupCases() []testCase {
	return []testCase{
		{section: "1.3", title: "the life of a user group", tell: groupLife},
		{section: "1.3", title: "places of a group", tell: groupLimit},
	}
}

func groupLife(t *trial) {
	l := t.sell(storySale(9))
	t.Equal("no groups", "[]", t.expect("GET", 200, l.admin(get, l.path("usergroups"), "")).At(""))
	id := uuid()
	a := t.expect("POST", 200, l.admin(post, l.path("usergroups"), object("id", id, "name", "Sales", "user_limit", 2)))
	t.Equal("the group", id+" Sales 2", fmt.Sprintf("%s %s %s", a.String("id"), a.String("name"), a.At("user_limit")))
	second := t.expect("POST without id", 200, l.admin(post, l.path("usergroups"), object("name", "Support", "user_limit", 3))).String("id")
	t.Equal("groups", "2", fmt.Sprint(len(t.gets(l.admin(get, l.path("usergroups"), "")).List(""))))
	a = t.expect("PATCH", 200, l.admin(patch, l.path("usergroups"), object("id", id, "user_limit", 1)))
	t.Equal("after it", "Sales 1", fmt.Sprintf("%s %s", a.String("name"), a.At("user_limit")))
	user := t.expect("a user of it", 200, l.user(post, "u1", true, "license_user_group_id", id))
	t.Equal("his group", id, user.String("license_user_group_id"))
	t.Equal("the license tells", "2", fmt.Sprint(len(t.gets(l.admin(get, l.path(), "")).List("license_users_groups"))))
	t.refused("a user of a group that is not known", 13013, l.user(post, "u2", true, "license_user_group_id", uuid()))
	t.refused("PATCH of a group that is not known", 13013, l.admin(patch, l.path("usergroups"), object("id", uuid(), "user_limit", 1)))
	t.refused("DELETE of a group that is not known", 13013, l.admin(remove, l.path("usergroups", uuid()), ""))
	t.gets(l.user(post, "u2", true, "license_user_group_id", second))
	t.expect("DELETE and its users", 200, l.admin(remove, l.path("usergroups", second)+"?remove_users=true", ""))
	l.users("u1 true")
	t.expect("DELETE without its users", 200, l.admin(remove, l.path("usergroups", id), ""))
	l.users("u1 true")
	t.Equal("he is in no group", "null", t.gets(l.admin(get, l.path("users"), "")).At("0.license_user_group_id"))
	t.Equal("no groups", "[]", t.gets(l.admin(get, l.path("usergroups"), "")).At(""))
}

func groupLimit(t *trial) {
	sales := uuid()
	sale := storySale(3)
	sale.Groups = []Group{{sales, "Sales", 1}}
	l := t.sell(sale)
	t.expect("one active user of the group", 200, l.user(post, "u1", true, "license_user_group_id", sales))
	t.refused("a second one", 13014, l.user(post, "u2", true, "license_user_group_id", sales))
	l.users("u1 true")
	t.expect("an inactive one", 200, l.user(post, "u2", false, "license_user_group_id", sales))
	t.refused("switching him on", 13014, l.user(patch, "u2", true))
	t.expect("switching off the first", 200, l.user(patch, "u1", false))
	t.expect("switching on the second", 200, l.user(patch, "u2", true))
	t.refused("a group limit below the active users", 13015, l.admin(patch, l.path("usergroups"), object("id", sales, "user_limit", 0)))
	t.expect("users of no group have the other places", 200, l.user(post, "u3", true))
	t.expect("all of them", 200, l.user(post, "u4", true))
	t.refused("and no more", 1009, l.user(post, "u5", true))
	t.refused("a place in the group needs one of the license", 1009, l.user(post, "u6", true, "license_user_group_id", sales))
	var requests []request
	t.gets(l.admin(patch, l.path(), object("user_limit", 100)))
	t.gets(l.admin(patch, l.path("usergroups"), object("id", sales, "user_limit", 4)))
	for i := range 20 {
		requests = append(requests, l.user(post, fmt.Sprint("p", i), true, "license_user_group_id", sales))
	}
	statuses := map[string]int{}
	for _, a := range t.together(requests) {
		statuses[fmt.Sprintf("%d %s", a.Status, a.At("id"))]++
	}
	t.Equal("20 at once for 3 places", "map[200 (absent):3 409 13014:17]", fmt.Sprint(statuses))
}
