package namedusers

import "fmt"

func productCases() []testCase {
	return []testCase{
		{section: "2.3", title: "the life of a product's limitation", tell: limitationLife},
	}
}

func limitationLife(t *trial) {
	l := t.sell(storySale(3))
	path := "/products/" + l.ProductID + "/limitations"
	id := uuid()
	a := t.expect("POST", 200, l.admin(post, path, object("id", id, "product_id", l.ProductID, "name", "Reports", "description", "How many", "is_aggregatable", true)))
	t.Equal("the limitation", id+" Reports How many", fmt.Sprintf("%s %s %s", a.String("id"), a.String("name"), a.String("description")))
	second := t.expect("POST without id", 200, l.admin(post, path, object("product_id", l.ProductID, "name", "Exports"))).String("id")
	for replica := range 3 {
		t.Equal("GET on every replica at once", "Reports", t.do(l.admin(get, path+"/"+id, "").on(replica+1)).String("name"))
	}
	t.Equal("all of the product", "4", fmt.Sprint(len(t.gets(l.admin(get, path, "")).List(""))))
	a = t.expect("PUT", 200, l.admin(put, path+"/"+id, object("id", id, "product_id", l.ProductID, "name", "Statements", "description", "How many")))
	t.Equal("its name", "Statements", a.String("name"))
	a = t.expect("PUT without id in the path", 200, l.admin(put, path, object("id", second, "product_id", l.ProductID, "name", "Imports")))
	t.Equal("its name", "Imports", a.String("name"))
	t.refused("DELETE of one in use", 13009, l.admin(remove, path+"/"+l.limitation(limitationA), ""))
	t.expect("DELETE", 200, l.admin(remove, path+"/"+id, ""))
	t.status("DELETE again", 404, l.admin(remove, path+"/"+id, ""))
	t.status("GET afterwards", 404, l.admin(get, path+"/"+id, ""))
	t.status("of a product that is not known", 404, l.admin(get, "/products/"+uuid()+"/limitations", ""))
	t.Equal("an id that is taken", "409", fmt.Sprint(t.do(l.admin(post, path, object("id", second, "product_id", l.ProductID, "name", "x"))).Status))
	t.status("without a name", 400, l.admin(post, path, object("product_id", l.ProductID)))
	t.status("a product that is no id", 400, l.admin(get, "/products/x/limitations", ""))
}
