package licensing

import (
	"fmt"
	"strings"
	"time"
)

// Access asks for the complete set of items that a session shall use from now on; an empty list halts the session
// (dynamic-monetization.md 1.6).
type Access struct {
	// Requester is on whose behalf the request is made. A session that is granted it goes on in that name.
	Requester Requester
	Items     []RequestedItem
	// Licenses are those on which the requester is a named user, in draw order. Items may require one.
	Licenses []UserLicense
	// RollbackOnDeny keeps the session as it is when the request is denied; without it a denial ends the session.
	RollbackOnDeny bool
	// Declared is set when the request stands in the spec of a Session object. A declaration is acted on once.
	Declared Declaration
}

// Request answers an access request: all items or none. A granted request refunds the unused part of the running period
// and charges one full period from now, in one step (decision 4); the refund counts as available. The list must have
// passed ValidateItems.
func (s Session) Request(access Access, books Books, catalog Catalog, terms Terms, now time.Time) Outcome {
	if s.State == Terminated {
		return Outcome{Verdict: Denied, Next: s, Message: fmt.Sprintf("the session is TERMINATED (%s) and accepts no request: create a new session", s.TerminatedReason)}
	}
	if s.answered(access.Declared) {
		return unchanged(s)
	}
	if len(access.Items) == 0 {
		return s.halt(access, books, now)
	}
	posted := newDraft(books)
	posted.gate = gateFor(access.Licenses)
	refunds := posted.refundUnused(s, now)
	items, charges, results, granted := posted.chargeAll(catalog, access.Requester, access.Items, now)
	if !granted {
		return s.deny(access, books, results, now)
	}
	next := s.withoutHeartbeat()
	next.State, next.Requester, next.Items, next.IdleSince = Active, access.Requester, items, time.Time{}
	next.PeriodStart, next.ChargedUntil, next.LastAccess = now, now.Add(terms.Period), now
	outcome := next.declared(access.Declared).changed(CauseAccess, append(refunds, charges...))
	outcome.Verdict, outcome.Items = Granted, results
	return outcome
}

// Close ends the session with a refund of the unused part of the running period. Closing again changes nothing and
// refunds nothing (decision 16).
func (s Session) Close(books Books, now time.Time) Outcome {
	if s.State == Terminated {
		return unchanged(s)
	}
	refunds := newDraft(books).refundUnused(s, now)
	return s.end(Closed, now).changed(CauseClosed, refunds)
}

func (s Session) halt(access Access, books Books, now time.Time) Outcome {
	if s.State != Active {
		return unchanged(s)
	}
	refunds := newDraft(books).refundUnused(s, now)
	next := s.withoutHeartbeat()
	next.State, next.Items, next.IdleSince, next.LastAccess = Idle, nil, now, now
	next.PeriodStart, next.ChargedUntil = time.Time{}, now
	return next.declared(access.Declared).changed(CauseHalt, refunds).by(access.Requester)
}

func (s Session) deny(access Access, books Books, results []ItemResult, now time.Time) Outcome {
	outcome := Outcome{Next: s}
	if !access.RollbackOnDeny {
		refunds := newDraft(books).refundUnused(s, now)
		outcome = s.end(DeniedWithoutRollback, now).declared(access.Declared).changed(CauseDenied, refunds).by(access.Requester)
	}
	outcome.Verdict, outcome.Items = Denied, results
	outcome.Message = denialMessage(results)
	return outcome
}

func denialMessage(results []ItemResult) string {
	var reasons []string
	for _, result := range results {
		if result.Status != ItemGranted && result.Status != ItemNotCharged {
			reasons = append(reasons, result.Message)
		}
	}
	return strings.Join(reasons, "; ")
}

// answered tells whether the declaration, or a newer one, has been acted on.
func (s Session) answered(declared Declaration) bool {
	return declared.Generation != 0 && (declared.Generation <= s.Declared.Generation || declared.Digest == s.Declared.Digest)
}

// declared notes the declaration that was acted on. After a call what was declared is held no more: the same in a later
// generation asks for it anew.
func (s Session) declared(declared Declaration) Session {
	if declared.Generation == 0 {
		declared.Generation = s.Declared.Generation
	}
	s.Declared = declared
	return s
}

// changed makes the transaction: a new revision with its entries.
func (s Session) changed(cause Cause, entries []Entry) Outcome {
	s = s.account(entries)
	s.Revision++
	return Outcome{Verdict: Granted, Cause: cause, Changed: true, Next: s, Requester: s.Requester, Entries: entries}
}

// by makes the transaction on behalf of who asked for it, which need not be who the session runs for.
func (o Outcome) by(requester Requester) Outcome {
	o.Requester = requester
	return o
}
