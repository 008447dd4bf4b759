package namedusers

import "fmt"

func templateCases() []testCase {
	return []testCase{
		{section: "2.3", title: "the life of a template", tell: templateLife},
		{section: "1.1", title: "a change of a template changes its licenses", tell: templateChanges},
		{section: "2.3", title: "templates that are not possible", tell: badTemplates},
	}
}

func (l *license) template(method, id string, attributes ...any) request {
	path := "/templates"
	if id != "" {
		path += "/" + id
	}
	return l.admin(method, path, object(attributes...))
}

func templateLife(t *trial) {
	l := t.sell(storySale(3))
	a := t.expect("POST", 200, l.template(post, "", "product_id", l.ProductID, "name", "Gold", "token_limit", 3, "user_limit", 9, "provisioning_mode", 0, "client_type", 1,
		"activation_upon_license_creation", 0, "limitations", raw("["+
			object("limitation_id", l.limitation(limitationA), "limit", 7, "consumption_reset_mode", 1, "user_provisioning", true, "goodwill", raw("12.5"), "is_adjustable", true)+","+
			object("limitation_id", l.limitation(limitationB), "limit", nil, "consumption_reset_mode", 2, "consumption_reset_period_days", 30, "enforce_limit", false)+"]")))
	id := a.String("id")
	for path, want := range map[string]string{
		"name": "Gold", "product_id": l.ProductID, "token_limit": "3", "user_limit": "9", "provisioning_mode": "0", "client_type": "1", "activation_upon_license_creation": "0",
		"limitations.0.limitation_id": l.limitation(limitationA), "limitations.0.limit": "7", "limitations.0.goodwill": "12.5", "limitations.0.user_provisioning": "true",
		"limitations.0.enforce_limit": "true", "limitations.0.is_adjustable": "true", "limitations.0.template_id": id, "limitations.1.limit": "null",
		"limitations.1.consumption_reset_mode": "2", "limitations.1.consumption_reset_period_days": "30", "limitations.1.enforce_limit": "false",
		"limitations.1.limitation_name": limitationB, "limitations.1.user_provisioning": "false",
	} {
		t.Equal(path, want, a.String(path))
	}
	for replica := range 3 {
		t.Equal("GET on every replica at once", a.At("limitations"), t.do(l.admin(get, "/templates/"+id, "").on(replica+1)).At("limitations"))
	}
	changed := t.expect("PATCH", 200, l.template(patch, id, "name", "Platinum"))
	t.Equal("name", "Platinum", changed.String("name"))
	t.Equal("limitations stay", a.At("limitations"), changed.At("limitations"))
	changed = t.expect("PATCH /templates", 200, l.template(patch, "", "id", id, "user_limit", 10))
	t.Equal("user_limit", "10", changed.At("user_limit"))
	t.Equal("name stays", "Platinum", changed.String("name"))
	clone := t.expect("clone", 200, l.template(post, id+"/clone", "name", "Copy"))
	t.Equal("it has another id", "true", fmt.Sprint(clone.String("id") != id))
	t.Equal("its name", "Copy", clone.String("name"))
	t.Equal("its limitations", "2", fmt.Sprint(len(clone.List("limitations"))))
	ids := map[string]bool{}
	listed := t.gets(l.admin(get, "/templates?product_id="+l.ProductID, ""))
	for i := range listed.List("") {
		ids[listed.String(fmt.Sprintf("%d.id", i))] = true
	}
	t.Equal("templates of the product", fmt.Sprint(map[string]bool{l.EditionID: true, id: true, clone.String("id"): true}), fmt.Sprint(ids))
	t.expect("DELETE", 200, l.admin(remove, "/templates/"+id, ""))
	t.Equal("GET afterwards", "404", fmt.Sprint(t.do(l.admin(get, "/templates/"+id, "")).Status))
	t.expect("GET of the copy", 200, l.admin(get, "/templates/"+clone.String("id"), ""))
	t.refused("DELETE of one in use", 13008, l.admin(remove, "/templates/"+l.EditionID, ""))
}

func templateChanges(t *trial) {
	l := t.sell(storySale(3))
	customer := t.gets(l.admin(get, l.path(), "")).String("customer_id")
	made := t.expect("POST", 200, l.template(post, "", "product_id", l.ProductID, "name", "Changing", "token_limit", 3, "user_limit", 2, "provisioning_mode", 0, "client_type", 1,
		"activation_upon_license_creation", 0, "limitations", raw("["+object("limitation_id", l.limitation(limitationA), "limit", 1, "consumption_reset_mode", 1, "user_provisioning", true)+"]")))
	of := *l
	of.EditionID = made.String("id")
	of.LicenseID = t.gets(of.newLicense(customer)).String("id")
	of.adds("u1", "u2")
	of.refused("its user_limit", 1009, of.user(post, "u3", true))
	of.hb("u1", limitationA)
	t.Equal("its limit", "null", of.hb("u2", limitationA).At("0.transaction_id"))
	t.expect("PATCH the limit of the template", 200, of.template(patch, of.EditionID, "user_limit", 3,
		"limitations", raw("["+object("limitation_id", l.limitation(limitationA), "limit", 2, "consumption_reset_mode", 1, "user_provisioning", true)+"]")))
	for replica := range 3 {
		t.Equal("the license has it at once", "2", t.gets(of.admin(get, of.path(), "").on(replica+1)).At("license_limitations.0.limit"))
	}
	t.Equal("a unit is free", "true", fmt.Sprint(of.hb("u2", limitationA).At("0.transaction_id") != "null"))
	of.stands(limitationA, "2", "0")
	of.expect("and a place for a user", 200, of.user(post, "u3", true))
	changed := t.expect("PATCH the license to another template", 200, of.admin(patch, of.path(), object("template_id", l.EditionID)))
	t.Equal("its limitations", "2", fmt.Sprint(len(changed.List("license_limitations"))))
	of.stands(limitationA, "2", "1")
}

func badTemplates(t *trial) {
	l := t.sell(storySale(3))
	good := []any{"product_id", l.ProductID, "name", "x", "token_limit", 1, "provisioning_mode", 0, "client_type", 1}
	a := func(further ...any) request {
		return l.template(post, "", append(append([]any{}, good...), further...)...)
	}
	limitation := func(attributes ...any) raw {
		return raw("[" + object(append([]any{"limitation_id", l.limitation(limitationA), "limit", 1, "user_provisioning", true}, attributes...)...) + "]")
	}
	t.refused("an unknown product", 3000, a("product_id", uuid()))
	t.refused("an unknown limitation", 3003, a("limitations", raw("["+object("limitation_id", uuid(), "limit", 1)+"]")))
	for _, mode := range []int{0, 2, 3, 4, 5} {
		days := any(nil)
		if mode == 2 {
			days = 7
		}
		answered := t.do(a("limitations", limitation("consumption_reset_mode", mode, "consumption_reset_period_days", days)))
		t.OneOf(fmt.Sprintf("units with reset mode %d", mode), fmt.Sprint(answered.Status), "409", "400")
	}
	t.OneOf("a mode of 2 without days", fmt.Sprint(t.do(a("limitations", limitation("consumption_reset_mode", 2, "user_provisioning", false))).Status), "409", "400")
	t.refused("one balance for each token", 13018, a("limitations", limitation("consumption_reset_mode", 1, "consumption_balance_mode", 1)))
	t.refused("activation by email", 13018, a("activation_upon_license_creation", 2))
	for what, further := range map[string][]any{
		"a mode that nobody knows":     {"provisioning_mode", 7},
		"a reset that nobody knows":    {"limitations", limitation("consumption_reset_mode", 6)},
		"a limit below 0":              {"limitations", limitation("consumption_reset_mode", 1, "limit", -1)},
		"a limitation twice":           {"limitations", raw("[" + object("limitation_id", l.limitation(limitationA)) + "," + object("limitation_id", l.limitation(limitationA)) + "]")},
		"a goodwill below 0":           {"limitations", limitation("consumption_reset_mode", 1, "goodwill", -1)},
		"a product that is no id":      {"product_id", "x"},
		"a name that is empty":         {"name", ""},
		"a token limit with fractions": {"token_limit", raw("1.5")},
	} {
		t.OneOf(what, fmt.Sprint(t.do(a(further...)).Status), "400", "409")
	}
	t.refused("another mode", 13010, l.template(patch, l.EditionID, "provisioning_mode", 1))
	t.refused("another client type", 13010, l.template(patch, l.EditionID, "client_type", 0))
	t.Equal("an unknown one", "404", fmt.Sprint(t.do(l.template(patch, uuid(), "name", "x")).Status))
	t.expect("as it was", 200, l.template(patch, l.EditionID, "provisioning_mode", 0, "client_type", 1))
}
