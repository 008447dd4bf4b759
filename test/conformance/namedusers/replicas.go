package namedusers

import (
	"fmt"
	"slices"
	"strings"
)

func replicaCases() []testCase {
	return []testCase{
		{section: "replicas", title: "what one replica answered the next one knows", tell: nextReplica},
		{section: "replicas", title: "a user who was added to a second license is soon found on both", tell: secondLicense},
		{section: "replicas", title: "100 users at once for the last unit", tell: lastUnit},
		{section: "replicas", title: "30 users at once for 5 places", tell: lastPlacesOfUsers},
		{section: "replicas", title: "one user is added once, however often it is asked for", tell: addedOnce},
		{section: "replicas", title: "50 rollbacks of one transaction free one unit", tell: rolledBackOnce},
	}
}

func nextReplica(t *trial) {
	l := t.sell(storySale(30))
	for i := range 6 {
		user := fmt.Sprintf("u%d", i)
		t.expect("add", 200, l.user(post, user, true).on(1+i))
		a := t.expect("heartbeat on the next", 200, l.heartbeat(l.value(limitationA, user, "1")).on(2+i))
		id := a.String("0.transaction_id")
		found := t.expect("by_user on the one after", 200, l.bu(user).on(3+i))
		t.Equal("what he holds", id, l.transaction(found, limitationA))
		balance := t.gets(l.software(get, l.path("consumption", "balance"), "").on(4 + i))
		t.Contains("the balance", balance.At(""), fmt.Sprintf(`"limitation_id":%q`, l.limitation(limitationA)))
		if i >= 3 {
			t.Equal("nobody gets a fourth", "null", id)
			continue
		}
		if i == 0 {
			t.expect("PATCH inactive", 200, l.user(patch, user, false).on(1+i))
			t.refused("a heartbeat on the next", 13001, l.heartbeat(l.value(limitationB, user, "1")).on(2+i))
			t.expect("PATCH active", 200, l.user(patch, user, true).on(3+i))
			t.expect("a heartbeat on the next", 200, l.heartbeat(l.value(limitationB, user, "1")).on(1+i))
		}
		listed := t.gets(l.admin(get, l.path("consumption", "heartbeats")+"?transaction_id="+id, "").on(2 + i))
		t.Equal("it is listed on the next", id, listed.String("consumption_heartbeats.0.id"))
	}
	t.expect("DELETE on one", 200, l.deletion("u0").on(1))
	t.Equal("by_user on the next", "[]", t.gets(l.bu("u0").on(2)).At(""))
	t.refused("heartbeat on the one after", 1010, l.heartbeat(l.value(limitationA, "u0", "1")).on(3))
	l.stands(limitationA, "2", "1")
	l.stands(limitationB, "0", "2")
}

func secondLicense(t *trial) {
	const users = 20
	l := t.sell(Sale{Limitations: []Limitation{unit("it", users)}})
	second := l.Sale
	second.LicenseID, second.CustomerNumber = uuid(), "customer-"+uuid()[:8]
	m := t.sellAs(second)
	for i := range users {
		l.adds(fmt.Sprint("u", i))
	}
	for i := range users {
		user := fmt.Sprint("u", i)
		t.gets(m.user(post, user, true).on(i))
		t.eventually("both licenses are found on the next replica", func() bool {
			return len(t.gets(m.bu(user).on(i+1)).List("")) == 2
		})
	}
}

func lastUnit(t *trial) {
	l := t.sell(Sale{Limitations: []Limitation{unit("it", 1)}})
	var adds, requests []request
	for i := range 100 {
		user := fmt.Sprint("u", i)
		adds = append(adds, l.user(post, user, true))
		requests = append(requests, l.heartbeat(l.value("it", user, "1")))
	}
	for _, a := range t.together(adds) {
		t.Need(a.Status == 200, "each user is added, status %d", a.Status)
	}
	taken := 0
	for _, a := range t.together(requests) {
		if a.Status == 200 && a.At("0.transaction_id") != "null" {
			taken++
		}
		t.Need(a.Status == 200, "each heartbeat is answered with 200, not %d", a.Status)
	}
	t.Equal("users who got it", "1", fmt.Sprint(taken))
	l.stands("it", "1", "0")
}

func lastPlacesOfUsers(t *trial) {
	l := t.sell(Sale{UserLimit: new(5)})
	var adds []request
	for i := range 30 {
		adds = append(adds, l.user(post, fmt.Sprint("u", i), true))
	}
	statuses := map[string]int{}
	for _, a := range t.together(adds) {
		statuses[fmt.Sprintf("%d %s", a.Status, a.At("id"))]++
	}
	t.Equal("of 30", "map[200 (absent):5 409 1009:25]", fmt.Sprint(statuses))
	listed := t.gets(l.admin(get, l.path("users"), "")).names("")
	t.Equal("users that are there", "5", fmt.Sprint(strings.Count(listed, "true")))
	t.Equal("and no others", "0", fmt.Sprint(strings.Count(listed, "false")))
}

func addedOnce(t *trial) {
	l := t.sell(Sale{UserLimit: new(5)})
	adds := slices.Repeat([]request{l.user(post, "u1", true)}, 30)
	statuses := map[string]int{}
	for _, a := range t.together(adds) {
		statuses[fmt.Sprintf("%d %s", a.Status, a.At("id"))]++
	}
	t.Equal("of 30", "map[200 (absent):1 409 1008:29]", fmt.Sprint(statuses))
	l.users("u1 true")
	for i := range 4 {
		t.expect("the other places are free", 200, l.user(post, fmt.Sprint("v", i), true))
	}
	t.refused("and no more", 1009, l.user(post, "v4", true))
}

func rolledBackOnce(t *trial) {
	l := t.sell(Sale{Limitations: []Limitation{unit("it", 5), counted("counted", 100)}})
	l.adds("u1", "u2")
	id := l.hb("u1", "it").String("0.transaction_id")
	l.hb("u2", "it")
	consumed := t.gets(l.heartbeat(l.value("counted", "", "7"), l.value("counted", "", "5"))).String("0.transaction_id")
	for limitation, transaction := range map[string]string{"it": id, "counted": consumed} {
		statuses := map[string]int{}
		for _, a := range t.together(slices.Repeat([]request{l.rollback(limitation, transaction)}, 50)) {
			statuses[fmt.Sprintf("%d %s", a.Status, a.At("id"))]++
		}
		t.Equal("of 50 for "+limitation, "map[200 (absent):1 409 13000:49]", fmt.Sprint(statuses))
	}
	l.stands("it", "1", "4")
	l.stands("counted", "5", "95")
}
