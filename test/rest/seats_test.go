package rest

import (
	"context"
	"encoding/json"
	"fmt"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/licensing-operator/licensing-operator/api/v1alpha1"
	"github.com/licensing-operator/licensing-operator/test/cluster"
)

const (
	desks  = `{"series":"PublicationApps","version":"desks","items":[{"name":"Desk","rate":10,"limitation":{"id":"desks","provision":true}},{"name":"Visit","rate":1,"limitation":{"id":"desks"}}]}`
	office = `
instanceRef: {name: acme-def-inst}
activationID: OFFICE
state: DEPLOYED
start: "2023-09-27T00:00:00Z"
end: "9999-12-31T23:59:59Z"
elastic: false
product: Office
limitations:
- {id: desks, name: Desks, limit: %d, userProvisioning: true, resetMode: Never}`
)

// seated is one item of an answer, as far as units are concerned.
type seated struct {
	Code, Reason string
	Units        []struct {
		ActivationID, LimitationID string
		Taken                      bool
	}
}

func seatedItems(t *testing.T, a answer) (all []seated) {
	t.Helper()
	var body struct {
		RequestedItems []struct {
			seated

			Status struct{ Code string }
			Denial struct{ Reason string }
		}
	}
	if err := json.Unmarshal(a.body, &body); err != nil {
		t.Fatal(err)
	}
	for _, item := range body.RequestedItems {
		item.seated.Code, item.seated.Reason = item.Status.Code, item.Denial.Reason
		all = append(all, item.seated)
	}
	return all
}

func wantsItems(t *testing.T, a answer, want ...seated) {
	t.Helper()
	if diff := cmp.Diff(want, seatedItems(t, a)); diff != "" {
		t.Errorf("%s (-want +got):\n%s", a, diff)
	}
}

func itemsFor(user string, items ...string) string {
	body := fmt.Sprintf(`{"requester":{"type":"user","value":%q},"requestedItems":[`, user)
	for i, item := range items {
		if i > 0 {
			body += ","
		}
		body += fmt.Sprintf(`{"item":%q,"count":1}`, item)
	}
	return body + "]}"
}

func (p *producer) opensOffice(t *testing.T, tokens, limit int, users ...string) (instance string) {
	t.Helper()
	p.Sells(t, tokens)
	instance = p.instanceID(t)
	p.admin(t, "POST", "/provisioning/api/v1.1/rate-tables", desks).want(201)
	p.Apply(t, "LineItem", "office", fmt.Sprintf(office, limit))
	for _, user := range users {
		p.Apply(t, "UserProvisioning", user, fmt.Sprintf("{lineItemRef: {name: office}, userID: %s, active: true}", user))
	}
	for _, user := range users {
		cluster.Eventually(t, user+" to be active", func(ctx context.Context) error {
			var named v1alpha1.UserProvisioning
			if err := p.Read(ctx, user, &named); err != nil {
				return err
			}
			if named.Status.Seat == nil {
				return fmt.Errorf("conditions %v", named.Status.Conditions)
			}
			return nil
		})
	}
	return instance
}

// desksHeld are the users who hold a unit.
func (p *producer) desksHeld(ctx context.Context, users ...string) (holders []string, err error) {
	for _, user := range users {
		var named v1alpha1.UserProvisioning
		if err := p.Read(ctx, user, &named); err != nil {
			return nil, err
		}
		for _, holding := range named.Status.Holdings {
			if holding.LimitationID == "desks" {
				holders = append(holders, user)
			}
		}
	}
	return holders, nil
}

func (p *producer) wantsDesks(t *testing.T, users []string, want ...string) {
	t.Helper()
	cluster.Eventually(t, "the holders", func(ctx context.Context) error {
		got, err := p.desksHeld(ctx, users...)
		if diff := cmp.Diff(want, got); err == nil && diff != "" {
			err = fmt.Errorf("(-want +got):\n%s", diff)
		}
		return err
	})
}

func TestAOneOffTakesAUnitAlong(t *testing.T) {
	t.Parallel()
	p := newProducer(t, "seats")
	users := []string{"ann", "bob"}
	instance := p.opensOffice(t, 33, 1, users...)
	one, zero := p.client(t, instance, "POST", fmt.Sprintf(accessRequest, instance), ""), seated{Code: "1206", Reason: "UserNotProvisioned"}
	asks := func(replica int, user string, items ...string) call {
		c := one.on(replica)
		c.body = itemsFor(user, items...)
		return c
	}
	held := func(taken bool) seated {
		got := seated{Code: "1101"}
		got.Units = append(got.Units, struct {
			ActivationID, LimitationID string
			Taken                      bool
		}{"OFFICE", "desks", taken})
		return got
	}

	listed := p.admin(t, "GET", "/provisioning/api/v1.1/rate-tables?current=true", "").want(200).list()
	if got := fmt.Sprint(listed[0]["items"]); got != "[map[limitation:map[id:desks provision:true] name:Desk rate:10] map[limitation:map[id:desks provision:false] name:Visit rate:1]]" {
		t.Errorf("listed %s", got)
	}
	old := p.admin(t, "GET", "/provisioning/api/v1.0/rate-tables?current=true", "").want(200).list()
	if got := fmt.Sprint(old[0]["items"]); got != "[map[name:Desk rate:10] map[name:Visit rate:1]]" {
		t.Errorf("listed by v1.0: %s", got)
	}
	p.admin(t, "POST", "/provisioning/api/v1.0/rate-tables", desks).want(400)

	wantsItems(t, asks(0, "ann", "Visit").want(200), zero)
	preview := asks(1, "ann", "Desk", "Visit")
	preview.path += "?dryRun=true"
	wantsItems(t, preview.want(200), held(true), held(false))
	p.wantsDesks(t, users)
	first := asks(2, "ann", "Desk", "Visit").keyed("once").want(200)
	wantsItems(t, first, held(true), held(false))
	again := asks(0, "ann", "Desk", "Visit").keyed("once").want(200)
	if string(again.body) != string(first.body) {
		t.Errorf("the repeat is answered %s, the first one %s", again, first)
	}
	for replica := range replicas {
		wantsItems(t, asks(replica, "bob", "Desk").want(200), zero)
		wantsItems(t, asks(replica, "stranger", "Desk").want(200), zero)
	}
	old10 := asks(1, "bob", "Desk")
	old10.path = fmt.Sprintf("/elastic/api/v1.0/instances/%s/access-request", instance)
	wantsItems(t, old10.want(200), seated{Code: "206", Reason: "UserNotProvisioned"})
	old10.body = itemsFor("ann", "Visit")
	wantsItems(t, old10.want(200), seated{Code: "101"})
	p.wantsDesks(t, users, "ann")

	// Over REST, too, a session is granted everything or nothing.
	id := p.client(t, instance, "POST", "/api/v1.1/sessions", fmt.Sprintf(`{"instanceId":%q}`, instance)).want(200).field("sessionId")
	put := p.client(t, instance, "PUT", "/api/v1.1/sessions/"+id, itemsFor("bob", "Seat", "Desk"))
	put.body = put.body[:len(put.body)-1] + `,"rollbackOnDeny":true}`
	p.admin(t, "POST", "/provisioning/api/v1.1/rate-tables", `{"series":"PublicationApps","version":"more","items":[{"name":"Seat","rate":1},{"name":"Desk","rate":10,"limitation":{"id":"desks","provision":true}}]}`).want(201)
	wantsItems(t, put.want(409), seated{Code: "1102"}, zero)
	p.Apply(t, "LineItem", "office", fmt.Sprintf(office, 2))
	wantsItems(t, put.on(1).want(200), seated{Code: "1101"}, held(true))
	p.wantsDesks(t, users, users...)
	p.client(t, instance, "DELETE", "/api/v1.1/sessions/"+id, "").want(204)
	p.wantsDesks(t, users, users...)
	p.checkInvariants(t, p.Account())
}

// Exactly as many users are admitted as there are units, and each of them is charged.
func TestTheLastUnitsGoWithTokensToAsManyUsers(t *testing.T) {
	t.Parallel()
	const limit = 5
	p := newProducer(t, "rush")
	users := make([]string, 40)
	for n := range users {
		users[n] = fmt.Sprintf("user-%d", n)
	}
	instance := p.opensOffice(t, 1000, limit, users...)
	var mu sync.Mutex
	var asking sync.WaitGroup
	codes := map[string]int{}
	for n, user := range users {
		asking.Go(func() {
			c := p.client(t, instance, "POST", fmt.Sprintf(accessRequest, instance), itemsFor(user, "Desk")).on(n)
			a, err := c.send(t.Context(), patient)
			mu.Lock()
			defer mu.Unlock()
			if err != nil || a.status != 200 {
				t.Errorf("%s: %v, %v", user, a, err)
				return
			}
			codes[seatedItems(t, a)[0].Code]++
		})
	}
	asking.Wait()
	if diff := cmp.Diff(map[string]int{"1101": limit, "1206": len(users) - limit}, codes); diff != "" {
		t.Errorf("answers (-want +got):\n%s", diff)
	}
	p.checkInvariants(t, p.Account())
	holders, err := p.desksHeld(t.Context(), users...)
	if err != nil || len(holders) != limit {
		t.Errorf("%v hold a unit, want %d users: %v", holders, limit, err)
	}
	account, _, err := shared.Store.LoadAccount(t.Context(), p.Account())
	if err != nil {
		t.Fatal(err)
	}
	if used := account.Usage[cluster.ActivationID].String(); used != fmt.Sprint(10*limit) {
		t.Errorf("%s tokens are used, want %d", used, 10*limit)
	}
}
