package namedusers

import (
	"fmt"
	"strings"
)

func batchCases() []testCase {
	return []testCase{
		{section: "4.12", title: "a batch with a value that is not possible stores nothing", tell: badBatch},
		{section: "4.13", title: "the same user twice in a batch", tell: twiceInABatch},
		{section: "1.7", title: "a batch is taken value by value, in order", tell: batchInOrder},
		{section: "1.7", title: "a batch of two hundred users", tell: largeBatch},
		{section: "retries", title: "consumption with an Idempotency-Key is counted once", tell: keyedConsumption},
	}
}

func badBatch(t *trial) {
	l := t.sell(Sale{Limitations: []Limitation{unit("it", 5), counted("counted", 10), {Name: "static", Limit: new(1)}}})
	l.adds("u1")
	t.gets(l.user(post, "idle", false))
	good := []raw{l.value("it", "u1", "1"), l.value("counted", "", "3")}
	for _, bad := range []struct {
		what  string
		value raw
		id    int
	}{
		{"an unknown limitation", l.value(uuid(), "u1", "1"), 3003},
		{"an unknown user", l.value("it", "nobody", "1"), 1010},
		{"an inactive user", l.value("it", "idle", "1"), 13001},
		{"no user", l.value("it", "", "1"), 1010},
		{"two units", l.value("it", "u1", "2"), 13002},
		{"a negative value", l.value("counted", "", "-1"), 13002},
		{"a static limitation", l.value("static", "", "1"), 13003},
	} {
		t.refused("after two good ones, "+bad.what, bad.id, l.heartbeat(good[0], good[1], bad.value))
		t.refused("before two good ones, "+bad.what, bad.id, l.heartbeat(bad.value, good[0], good[1]))
	}
	l.stands("it", "0", "5")
	l.stands("counted", "0", "10")
	a := t.expect("the good ones alone", 200, l.heartbeat(good...))
	t.Equal("the first", "balance 1, remaining 4", a.figures("0."))
	t.Equal("the second", "balance 3, remaining 7", a.figures("1."))
}

func twiceInABatch(t *trial) {
	l := t.sell(Sale{Limitations: []Limitation{unit("it", 1)}})
	l.adds("u1", "u2")
	a := t.expect("u1, u2, u1", 200, l.heartbeat(l.value("it", "u1", "1"), l.value("it", "u2", "1"), l.value("it", "u1", "1")))
	t.Equal("entries", "3", fmt.Sprint(len(a.List(""))))
	t.Equal("the first is taken", "true", fmt.Sprint(guidPattern.MatchString(a.String("0.transaction_id"))))
	t.Equal("the second is refused", "null", a.At("1.transaction_id"))
	t.Equal("the third is the first", a.String("0.transaction_id"), a.String("2.transaction_id"))
	l.stands("it", "1", "0")
}

func batchInOrder(t *trial) {
	l := t.sell(Sale{Limitations: []Limitation{counted("it", 10)}})
	a := t.expect("7, 4, 3, 1", 200, l.heartbeat(l.value("it", "", "7"), l.value("it", "", "4"), l.value("it", "", "3"), l.value("it", "", "1")))
	var taken []string
	for i := range a.List("") {
		taken = append(taken, fmt.Sprintf("%t %s", a.At(fmt.Sprintf("%d.transaction_id", i)) != "null", a.decimal(fmt.Sprintf("%d.balance", i))))
	}
	t.Equal("taken, and the balance then", "true 7, false 7, true 10, false 10", strings.Join(taken, ", "))
	l.stands("it", "10", "0")
	t.status("no values", 400, l.heartbeat())
}

func largeBatch(t *trial) {
	const users, limit = 200, 150
	l := t.sell(Sale{Limitations: []Limitation{unit("it", limit)}})
	var adds []request
	var values []raw
	for i := range users {
		id := fmt.Sprintf("user-%d", i)
		adds = append(adds, l.user(post, id, true))
		values = append(values, l.value("it", id, "1"))
	}
	for _, a := range t.together(adds) {
		t.Need(a.Status == 200, "each user is added, status %d", a.Status)
	}
	for range 2 { // The repeat changes nothing.
		a := t.expect("heartbeat", 200, l.heartbeat(values...))
		ids := map[string]bool{}
		refused := 0
		for i := range a.List("") {
			if id := a.String(fmt.Sprintf("%d.transaction_id", i)); id == "null" {
				refused++
			} else {
				ids[id] = true
			}
		}
		t.Equal("ids and nulls", fmt.Sprintf("%d and %d", limit, users-limit), fmt.Sprintf("%d and %d", len(ids), refused))
	}
	l.stands("it", fmt.Sprint(limit), "0")
}

func keyedConsumption(t *trial) {
	l := t.sell(Sale{Limitations: []Limitation{counted("it", 10), unit("unit", 3)}})
	l.adds("u1")
	key := uuid()
	keyed := l.heartbeat(l.value("it", "", "2"), l.value("it", "", "1"), l.value("unit", "u1", "1")).with("Idempotency-Key", key)
	first := t.expect("with a key", 200, keyed)
	again := t.expect("the same again", 200, keyed)
	for i := range 3 {
		at := fmt.Sprintf("%d.transaction_id", i)
		t.Equal("the same transaction", first.String(at), again.String(at))
	}
	l.stands("it", "3", "7")
	t.expect("without a key", 200, l.heartbeat(l.value("it", "", "2")))
	l.stands("it", "5", "5")
	t.expect("with another key", 200, keyed.with("Idempotency-Key", uuid()))
	l.stands("it", "8", "2")
	var requests []request
	another := uuid()
	for range 20 {
		requests = append(requests, l.heartbeat(l.value("it", "", "1")).with("Idempotency-Key", another))
	}
	ids := map[string]bool{}
	for _, a := range t.together(requests) {
		ids[a.String("0.transaction_id")] = true
	}
	t.Equal("transactions of 20 at once with one key", "1", fmt.Sprint(len(ids)))
	l.stands("it", "9", "1")
}
