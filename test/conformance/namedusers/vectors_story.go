package namedusers

import (
	"fmt"
	"maps"
	"slices"

	"github.com/licensing-operator/licensing-operator/test/conformance/examination"
)

// The license of the story: the three users may all have the first, and two of them the second.
const (
	limitationA = "API Functionality"
	limitationB = "Cloud Backup Functionality"
)

// story is what vectors 1 to 8 and 11 to 19 tell of one license, one after the other.
type story struct {
	*license
	// ids are the transactions, by the names that the vectors give them.
	ids map[string]string
}

type chapter struct {
	vector int
	title  string
	tell   func(*story)
}

// storyVectors tells each vector as a case that begins with the chapters before it.
func storyVectors() []testCase {
	told := chapters()
	var cases []testCase
	for i, c := range told {
		cases = append(cases, testCase{section: fmt.Sprintf("3.%d", c.vector), title: c.title, tell: func(t *trial) {
			s := &story{license: t.sell(storySale(3)), ids: map[string]string{"null": "null"}}
			s.Quietly(func() {
				s.adds("u1", "u2", "u3")
				for _, before := range told[:i] {
					before.tell(s)
				}
			})
			c.tell(s)
		}})
	}
	return append(cases,
		testCase{section: "3.9", title: "50 parallel heartbeats of one user make one holding", tell: parallelRepeats},
		testCase{section: "3.10", title: "three parallel heartbeats for the last two units", tell: parallelForTwo},
		testCase{section: "3.20", title: "one request with a value that is taken and one that is refused", tell: halfRefused},
		testCase{section: "3.21", title: "a limitation that is not known", tell: unknownLimitation},
		testCase{section: "3.22", title: "a client that is not known", tell: unknownClient},
		testCase{section: "3.23", title: "a user who is not known", tell: unknownUser},
	)
}

func storySale(users int) Sale {
	return Sale{UserLimit: &users, Limitations: []Limitation{unit(limitationA, 3), unit(limitationB, 2)}}
}

// takes provisions, and checks the entry. The name of the transaction is a new one, one of before, or null.
func (s *story) takes(user, limitation, name, balance, remaining, limit string) {
	what := fmt.Sprintf("heartbeat of %s for %s", user, limitation)
	a := s.hb(user, limitation)
	s.Equal(what+": entries", "1", fmt.Sprint(len(a.List(""))))
	s.Equal(what+": limitation", s.limitation(limitation), a.String("0.limitation_id"))
	id := a.String("0.transaction_id")
	if known, again := s.ids[name]; again {
		s.Equal(what+": transaction "+name, known, id)
	} else {
		s.Equal(what+": a transaction of its own", "false", fmt.Sprint(slices.Contains(slices.Collect(maps.Values(s.ids)), id)))
		s.ids[name] = id
	}
	s.Equal(what+": figures", fmt.Sprintf("balance %s, remaining %s", balance, remaining), a.figures("0."))
	s.Equal(what+": limit", limit, a.decimal("0.limit"))
}

// has checks what by_user says of a user.
func (s *story) has(user, a, b string) {
	found := s.gets(s.bu(user))
	s.Equal("licenses of "+user, "1", fmt.Sprint(len(found.List(""))))
	s.Equal(user+" and "+limitationA, s.ids[a], s.transaction(found, limitationA))
	s.Equal(user+" and "+limitationB, s.ids[b], s.transaction(found, limitationB))
}

func chapters() []chapter {
	return []chapter{
		{1, "by_user on a fresh license", func(s *story) {
			a := s.expect("by_user", 200, s.bu("u1"))
			s.Equal("one license", s.LicenseID, a.String("0.id"))
			s.Equal("license_limitations", "2", fmt.Sprint(len(a.List("0.license_limitations"))))
			for i := range 2 {
				at := fmt.Sprintf("0.license_limitations.%d.", i)
				want := map[string]string{s.limitation(limitationA): "3", s.limitation(limitationB): "2"}[a.String(at+"limitation_id")]
				s.Equal("limit of "+a.String(at+"limitation_name"), want, a.At(at+"limit"))
				s.Equal("transaction of "+a.String(at+"limitation_name"), "null", a.At(at+"current_user_transaction_id"))
			}
			s.Equal("license_users has this one", "u1 true", a.names("0.license_users"))
		}},
		{2, "a unit is taken", func(s *story) { s.takes("u1", limitationA, "T1", "1", "2", "3") }},
		{3, "all three users can have it", func(s *story) {
			s.takes("u2", limitationA, "T2", "2", "1", "3")
			s.takes("u3", limitationA, "T3", "3", "0", "3")
		}},
		{4, "two users can have the other", func(s *story) {
			s.takes("u1", limitationB, "T4", "1", "1", "2")
			s.takes("u2", limitationB, "T5", "2", "0", "2")
		}},
		{5, "the third user is refused in a 200, and nothing is stored", func(s *story) {
			s.takes("u3", limitationB, "null", "2", "0", "2")
			s.stands(limitationB, "2", "0")
			a := s.gets(s.admin(get, s.path("consumption", "heartbeats")+"?user_id=u3", ""))
			s.Equal("records of u3", "1", a.At("max_count"))
		}},
		{6, "by_user of who was refused", func(s *story) { s.has("u3", "T3", "null") }},
		{7, "by_user of a holder of both", func(s *story) { s.has("u1", "T1", "T4") }},
		{8, "a holder's repeat, when the quota is full", func(s *story) {
			s.takes("u1", limitationB, "T4", "2", "0", "2")
			s.stands(limitationB, "2", "0")
		}},
		{11, "a rollback answers an object and frees one unit", func(s *story) {
			a := s.expect("rollback of T4", 200, s.rollback(limitationB, s.ids["T4"]))
			s.Equal("figures", "balance 1, remaining 1", a.figures(""))
			s.Equal("limitation", s.limitation(limitationB), a.String("limitation_id"))
			s.stands(limitationB, "1", "1")
		}},
		{12, "by_user after the rollback", func(s *story) { s.has("u1", "T1", "null") }},
		{13, "the unit is free for another user", func(s *story) { s.takes("u3", limitationB, "T6", "2", "0", "2") }},
		{14, "deleting a user frees what he holds", func(s *story) {
			a := s.expect("DELETE u2", 200, s.deletion("u2"))
			s.Equal("the deleted user", "u2", a.String("user_id"))
			s.stands(limitationA, "2", "1")
			s.stands(limitationB, "1", "1")
			listed := s.gets(s.admin(get, s.path("consumption", "heartbeats"), ""))
			for _, id := range []string{"T2", "T5"} {
				for i := range listed.List("consumption_heartbeats") {
					s.Need(listed.String(fmt.Sprintf("consumption_heartbeats.%d.id", i)) != s.ids[id], "%s is no longer listed", id)
				}
			}
			s.Equal("records that are left", "3", listed.At("max_count"))
		}},
		{15, "rolling back what a deleted user held", func(s *story) {
			s.refused("rollback of T2", 13000, s.rollback(limitationA, s.ids["T2"]))
			s.stands(limitationA, "2", "1")
			s.stands(limitationB, "1", "1")
		}},
		{16, "a user who is added again holds nothing", func(s *story) {
			s.gets(s.user(post, "u2", true))
			s.has("u2", "null", "null")
			s.stands(limitationA, "2", "1")
			s.stands(limitationB, "1", "1")
		}},
		{17, "a rollback a second time", func(s *story) {
			s.refused("rollback of T4 again", 13000, s.rollback(limitationB, s.ids["T4"]))
			s.stands(limitationB, "1", "1")
		}},
		{18, "a rollback with the id of another limitation", func(s *story) {
			s.refused("rollback of T6 for "+limitationA, 13000, s.rollback(limitationA, s.ids["T6"]))
			s.stands(limitationA, "2", "1")
			s.stands(limitationB, "1", "1")
			s.has("u3", "T3", "T6")
		}},
		{19, "an inactive user keeps what he holds and is still found", func(s *story) {
			a := s.expect("PATCH u3 inactive", 200, s.user(patch, "u3", false))
			s.Equal("is_active", "false", a.At("is_active"))
			found := s.gets(s.bu("u3"))
			s.Equal("license_users", "u3 false", found.names("0.license_users"))
			s.has("u3", "T3", "T6")
			s.stands(limitationA, "2", "1")
			s.stands(limitationB, "1", "1")
		}},
	}
}

func parallelRepeats(t *trial) {
	l := t.sell(storySale(3))
	l.adds("u1")
	var requests []request
	for range 50 {
		requests = append(requests, l.heartbeat(l.value(limitationA, "u1", "1")))
	}
	ids := map[string]int{}
	for _, a := range t.together(requests) {
		ids[a.String("0.transaction_id")]++
	}
	held := l.transaction(l.gets(l.bu("u1")), limitationA)
	t.Equal("ids of 50 answers", fmt.Sprint(map[string]int{held: 50}), fmt.Sprint(ids))
	l.stands(limitationA, "1", "2")
}

func parallelForTwo(t *trial) {
	l := t.sell(storySale(3))
	l.adds("u1", "u2", "u3")
	var requests []request
	for _, user := range []string{"u1", "u2", "u3"} {
		requests = append(requests, l.heartbeat(l.value(limitationB, user, "1")))
	}
	ids := map[string]bool{}
	refused := 0
	for _, a := range t.together(requests) {
		if id := a.String("0.transaction_id"); id == "null" {
			refused++
		} else {
			ids[id] = true
		}
	}
	t.Equal("ids and nulls", "2 ids, 1 null", fmt.Sprintf("%d ids, %d null", len(ids), refused))
	l.stands(limitationB, "2", "0")
}

func halfRefused(t *trial) {
	l := t.sell(storySale(4))
	l.adds("u1", "u2", "u3", "u4")
	l.hb("u1", limitationB)
	l.hb("u2", limitationB)
	l.hb("u1", limitationA)
	l.hb("u2", limitationA)
	a := t.expect("heartbeat of u4 for both", 200, l.heartbeat(l.value(limitationA, "u4", "1"), l.value(limitationB, "u4", "1")))
	t.Equal("entries", "2", fmt.Sprint(len(a.List(""))))
	t.Equal("the first is taken", "true", fmt.Sprint(guidPattern.MatchString(a.String("0.transaction_id"))))
	t.Equal("the first is of "+limitationA, l.limitation(limitationA), a.String("0.limitation_id"))
	t.Equal("its figures", "balance 3, remaining 0", a.figures("0."))
	t.Equal("the second is refused", "null", a.At("1.transaction_id"))
	t.Equal("its figures", "balance 2, remaining 0", a.figures("1."))
	l.holds("u4", limitationA, a.String("0.transaction_id"))
	l.holds("u4", limitationB, "null")
}

func unknownLimitation(t *trial) {
	l := t.sell(storySale(3))
	l.adds("u1")
	t.refused("heartbeat for it", 3003, l.heartbeat(l.value(uuid(), "u1", "1")))
	a := t.refused("together with one that is known", 3003, l.heartbeat(l.value(limitationA, "u1", "1"), l.value(uuid(), "u1", "1")))
	t.Equal("it has a message", "true", fmt.Sprint(len(a.String("message")) > 10 && a.At("message") != examination.Absent))
	l.stands(limitationA, "0", "3")
}

func unknownClient(t *trial) {
	l := t.sell(storySale(3))
	l.adds("u1")
	t.refused("heartbeat of it", 2006, l.heartbeatOf("nobody", l.value(limitationA, "u1", "1")))
	l.stands(limitationA, "0", "3")
}

func unknownUser(t *trial) {
	l := t.sell(storySale(3))
	t.refused("heartbeat of him", 1010, l.heartbeat(l.value(limitationA, "nobody", "1")))
	t.refused("heartbeat of no user", 1010, l.heartbeat(l.value(limitationA, "", "1")))
	t.refused("heartbeat of a user who is null", 1010, l.heartbeat(l.value(limitationA, "", "1", "user_id", nil)))
	l.stands(limitationA, "0", "3")
}
