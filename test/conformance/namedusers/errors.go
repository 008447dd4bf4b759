package namedusers

import "fmt"

// errorCases are the error ids that no other case is about.
func errorCases() []testCase {
	return []testCase{
		{section: "2.5", title: "what is declared elsewhere is not changed", tell: declaredElsewhere},
		{section: "2.5", title: "transactions that are not possible", tell: badTransactions},
	}
}

func declaredElsewhere(t *trial) {
	l := t.sell(storySale(3))
	err := t.run.target.Shop.Declare(t.ctx, l.LicenseID, "declared", l.limitation(limitationA))
	t.Need(err == nil, "a user is declared: %v; without that", err)
	t.eventually("the declared user holds what is declared", func() bool {
		return l.transaction(t.do(l.bu("declared")), limitationA) != "null" && l.balance(limitationA) == "balance 1, remaining 2"
	})
	held := l.transaction(t.gets(l.bu("declared")), limitationA)
	l.users("declared true")
	a := t.expect("heartbeat of a declared user", 200, l.heartbeat(l.value(limitationA, "declared", "1")))
	t.Equal("the transaction is the one that he holds it by", held, a.String("0.transaction_id"))
	t.expect("a unit beside the declared one", 200, l.heartbeat(l.value(limitationB, "declared", "1")))
	l.stands(limitationB, "1", "1")
	t.refused("DELETE of him", 13006, l.deletion("declared"))
	t.refused("PATCH of him", 13006, l.user(patch, "declared", false))
	t.refused("add him", 1008, l.user(post, "declared", true))
	bulk := t.expect("bulk-delete of him", 200, l.admin(post, l.path("users", "bulk-delete"), `["declared"]`))
	t.Equal("it fails", "false", bulk.At("0.success"))
	l.stands(limitationA, "1", "2")
	l.users("declared true")
}

func badTransactions(t *trial) {
	l := t.sell(storySale(3))
	l.adds("u1")
	id := l.hb("u1", limitationA).String("0.transaction_id")
	rollback := func(attributes ...any) request {
		return l.software(post, "/data_gathering/consumption_heartbeats/rollback", object(attributes...))
	}
	for what, r := range map[string]request{
		"without a transaction":      rollback("limitation_id", l.limitation(limitationA)),
		"without a limitation":       rollback("transaction_id", id),
		"without anything":           rollback(),
		"a transaction that is null": rollback("limitation_id", l.limitation(limitationA), "transaction_id", nil),
	} {
		a := t.do(r)
		t.Equal(what, "409 id 13012", fmt.Sprintf("%d id %s", a.Status, a.At("id")))
	}
	t.refused("a transaction that is not known", 13000, l.rollback(limitationA, uuid()))
	t.refused("a limitation that is not known", 3003, l.rollback(uuid(), id))
	t.status("a transaction that is no id", 400, l.rollback(limitationA, "x"))
	other := t.sell(storySale(3))
	t.refused("a limitation of another product", 13000, other.rollback(limitationA, id))
	l.stands(limitationA, "1", "2")
	l.holds("u1", limitationA, id)
}
