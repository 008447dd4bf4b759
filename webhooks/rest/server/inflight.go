package server

import (
	"fmt"
	"net/http"
	"sync"
	"time"
)

// limitInFlight bounds what the server works on at once: what comes beyond would only make all wait.
func limitInFlight(most int, observer Observer) Middleware {
	free := make(chan struct{}, most)
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			select {
			case free <- struct{}{}:
				defer func() { <-free }()
				next.ServeHTTP(w, r)
			default:
				observer.Rejected(rejectedInFlight)
				refuse(w, r, &Refusal{
					Status: http.StatusServiceUnavailable, Reason: ReasonUnavailable, RetryAfter: time.Second,
					Problems: []string{fmt.Sprintf("the server is working on %d requests, and takes no more at once", most)},
				})
			}
		})
	}
}

// callersShare is the part of what the server works on that one caller may take.
const callersShare = 4

// limitInFlightOfCallers keeps one caller from taking all places: it holds them for as long as it takes to send its bodies.
// A caller of two tenants is two.
func limitInFlightOfCallers(mostOfAll int, observer Observer) Middleware {
	most := max(1, mostOfAll/callersShare)
	var mu sync.Mutex
	held := map[string]int{}
	take := func(caller string) bool {
		mu.Lock()
		defer mu.Unlock()
		if held[caller] >= most {
			return false
		}
		held[caller]++
		return true
	}
	giveBack := func(caller string) {
		mu.Lock()
		defer mu.Unlock()
		if held[caller]--; held[caller] == 0 {
			delete(held, caller)
		}
	}
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			known := exchangeOf(r.Context())
			caller := known.route.Tenant + "/" + known.caller
			if !take(caller) {
				observer.Rejected(rejectedCallerInFlight)
				refuse(w, r, &Refusal{
					Status: http.StatusTooManyRequests, Reason: ReasonTooManyRequests, RetryAfter: time.Second,
					Problems: []string{fmt.Sprintf("the server is working on %d requests of this caller, and takes no more at once", most)},
				})
				return
			}
			defer giveBack(caller)
			next.ServeHTTP(w, r)
		})
	}
}
