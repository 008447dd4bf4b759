package licensing

import "time"

// Deadlines are what an ACTIVE session has ahead of it; all zero for any other.
type Deadlines struct {
	NextCharge time.Time
	// HeartbeatAfter is from when the next heartbeat counts, HeartbeatBy when it is too late.
	HeartbeatAfter time.Time
	HeartbeatBy    time.Time
}

// Deadlines tells a client when to beat next, if nothing else happens to the session until then.
func (s Session) Deadlines(lastHeartbeat time.Time, outages []Outage, terms Terms) Deadlines {
	if s.State != Active {
		return Deadlines{}
	}
	if s.heartbeatWanted(lastHeartbeat) {
		// A window that outages moved past the next charge goes over into that charge's window.
		if closes := s.windowCloses(outages); closes.Before(s.ChargedUntil) {
			return Deadlines{NextCharge: s.ChargedUntil, HeartbeatAfter: s.LastAutomaticCharge, HeartbeatBy: closes}
		}
	}
	next := s.ChargedUntil
	for !lastHeartbeat.Before(next) { // a charge that is due but not made yet has its heartbeat already
		next = next.Add(terms.Period)
	}
	return Deadlines{NextCharge: s.ChargedUntil, HeartbeatAfter: next, HeartbeatBy: next.Add(terms.HeartbeatWindow)}
}
