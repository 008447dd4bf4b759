package licensing

import "time"

// Outage is a time in which no server was up to take heartbeats. Outages are sorted and do not overlap.
type Outage struct {
	From time.Time `json:"from"`
	To   time.Time `json:"to"`
}

// DueEvent is what happens to a session by itself.
type DueEvent string

// The events that time brings about.
const (
	DueAutomaticCharge DueEvent = "AutomaticCharge"
	DueHeartbeatMissed DueEvent = "HeartbeatMissed"
	DueIdleTooLong     DueEvent = "IdleTooLong"
)

// Due is the next event of a session and when it happens.
type Due struct {
	Event DueEvent
	At    time.Time
}

// NextDue tells what happens next to the session if nobody asks for anything. A TERMINATED session has no event.
func (s Session) NextDue(lastHeartbeat time.Time, outages []Outage, terms Terms) (Due, bool) {
	switch s.State {
	case Active:
		if s.heartbeatWanted(lastHeartbeat) {
			closes := s.windowCloses(outages).Add(terms.HeartbeatGrace)
			if closes.Before(s.ChargedUntil) {
				return Due{DueHeartbeatMissed, closes}, true
			}
		}
		return Due{DueAutomaticCharge, s.ChargedUntil}, true
	case Terminated:
		return Due{}, false
	case Idle:
	}
	return Due{DueIdleTooLong, s.IdleSince.Add(terms.IdleLimit)}, true
}

// MayBeOverdue tells whether something was due by the given time, unless a heartbeat that is not looked at here says
// otherwise.
func (s Session) MayBeOverdue(outages []Outage, terms Terms, at time.Time) bool {
	due, found := s.NextDue(time.Time{}, outages, terms)
	return found && !at.Before(due.At)
}

// Advance does what is due: at most one event. It changes nothing when nothing is due yet.
func (s Session) Advance(lastHeartbeat time.Time, outages []Outage, books Books, catalog Catalog, terms Terms, now time.Time) Outcome {
	due, found := s.NextDue(lastHeartbeat, outages, terms)
	if !found || now.Before(due.At) {
		return unchanged(s)
	}
	switch due.Event {
	case DueHeartbeatMissed:
		refunds := newDraft(books).refundWhole(s)
		return s.end(HeartbeatMissed, now).changed(CauseHeartbeatMissed, refunds)
	case DueIdleTooLong:
		return s.end(IdleTooLong, now).changed(CauseIdleTooLong, nil)
	case DueAutomaticCharge:
	}
	return s.chargeAutomatically(lastHeartbeat, outages, books, catalog, terms, now)
}

// chargeAutomatically charges at the scheduled time, also when it is late. A period whose whole heartbeat window passed
// before it could be charged, without a heartbeat, was not provided: it is forgiven (decision 24).
func (s Session) chargeAutomatically(lastHeartbeat time.Time, outages []Outage, books Books, catalog Catalog, terms Terms, now time.Time) Outcome {
	scheduled := s.ChargedUntil
	for windowEnd := scheduled.Add(terms.HeartbeatWindow); !now.Before(windowEnd) && !within(lastHeartbeat, scheduled, windowEnd); windowEnd = scheduled.Add(terms.HeartbeatWindow) {
		scheduled = scheduled.Add(terms.Period)
	}
	next := s.withoutHeartbeat()
	if now.Before(scheduled) {
		next.PeriodStart, next.ChargedUntil = scheduled.Add(-terms.Period), scheduled
		next.Items = withoutCharges(s.Items)
		return next.changed(CausePeriodForgiven, nil)
	}
	items, charges, results, affordable := newDraft(books).chargeAll(catalog, s.Requester, s.requestedItems(), scheduled)
	if !affordable {
		outcome := s.end(NotAffordable, now).changed(CauseNotAffordable, nil)
		outcome.Items = results
		outcome.Message = denialMessage(results)
		return outcome
	}
	next.Items, next.PeriodStart, next.ChargedUntil = items, scheduled, scheduled.Add(terms.Period)
	next.LastAutomaticCharge, next.HeartbeatDeadline = scheduled, scheduled.Add(terms.HeartbeatWindow)
	// The client could not have been expected to beat for a charge that was not made yet. windowCloses adds the outages.
	if late := now.Sub(scheduled) - downtime(outages, scheduled, now); late > terms.HeartbeatGrace {
		next.HeartbeatDeadline = next.HeartbeatDeadline.Add(late)
	}
	outcome := next.changed(CauseAutomaticCharge, charges)
	outcome.Items = results
	return outcome
}

// heartbeatWanted tells whether the last automatic charge still waits for its heartbeat. A beat before the charge does
// not count for it.
func (s Session) heartbeatWanted(lastHeartbeat time.Time) bool {
	return s.State == Active && !s.LastAutomaticCharge.IsZero() && lastHeartbeat.Before(s.LastAutomaticCharge)
}

// windowCloses is the heartbeat deadline, moved by the time in which no server was up to take the heartbeat.
func (s Session) windowCloses(outages []Outage) time.Time {
	closes := s.HeartbeatDeadline
	for _, outage := range outages {
		from := later(outage.From, s.LastAutomaticCharge)
		if outage.To.After(from) && from.Before(closes) {
			closes = closes.Add(outage.To.Sub(from))
		}
	}
	return closes
}

// downtime is how much of the given time no server was up.
func downtime(outages []Outage, from, to time.Time) (total time.Duration) {
	for _, outage := range outages {
		total += max(0, earlier(outage.To, to).Sub(later(outage.From, from)))
	}
	return total
}

// Heartbeat is the answer to a heartbeat.
type Heartbeat string

// The answers to a heartbeat. Record is one that counts and must be made durable before the client hears of it;
// Unneeded is welcome and costs nothing.
const (
	HeartbeatRecord     Heartbeat = "Record"
	HeartbeatUnneeded   Heartbeat = "Unneeded"
	HeartbeatTooLate    Heartbeat = "TooLate"
	HeartbeatTerminated Heartbeat = "Terminated"
)

// Beat tells what a heartbeat received at the given time means. Only the first one after an automatic charge is needed,
// also when that charge is due but not made yet.
func (s Session) Beat(lastHeartbeat time.Time, outages []Outage, now time.Time) Heartbeat {
	switch {
	case s.State == Terminated:
		return HeartbeatTerminated
	case s.State != Active:
		return HeartbeatUnneeded
	case s.heartbeatWanted(lastHeartbeat):
		// A window that outages moved past the next charge goes over into that charge's window.
		if closes := s.windowCloses(outages); closes.Before(s.ChargedUntil) && !now.Before(closes) {
			return HeartbeatTooLate
		}
		return HeartbeatRecord
	case !now.Before(s.ChargedUntil) && lastHeartbeat.Before(s.ChargedUntil):
		return HeartbeatRecord
	}
	return HeartbeatUnneeded
}

func withoutCharges(items []SessionItem) []SessionItem {
	bare := make([]SessionItem, len(items))
	for i, item := range items {
		bare[i] = SessionItem{RequestedItem: item.RequestedItem}
	}
	return bare
}

func within(t, start, end time.Time) bool { return !t.Before(start) && t.Before(end) }

func earlier(a, b time.Time) time.Time {
	if a.Before(b) {
		return a
	}
	return b
}

func later(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}
