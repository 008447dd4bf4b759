package kubestore

import (
	"bytes"
	"encoding/json"
	"strings"
	"time"

	"github.com/licensing-operator/licensing-operator/internal/licensing"
)

// The parts of a register. The sessions are one to a line, for people who look.
const (
	floatingTime     = "time"
	floatingSessions = "sessions.jsonl"
)

// storedSession leaves out what can be told from the rest: there may be thousands in one object.
type storedSession struct {
	ID      string    `json:"id"`
	Client  string    `json:"client"`
	User    string    `json:"user,omitempty"`
	Created time.Time `json:"created"`
	// Modified is left out until the session is renewed.
	Modified *time.Time `json:"modified,omitempty"`
	Until    time.Time  `json:"until"`
}

func encodeSessions(sessions []licensing.FloatingSession) (string, error) {
	var text bytes.Buffer
	encoder := json.NewEncoder(&text)
	encoder.SetEscapeHTML(false)
	for _, s := range sessions {
		stored := storedSession{ID: s.ID, Client: s.ClientID, User: s.UserID, Created: s.Created, Until: s.Until}
		if !s.Modified.Equal(s.Created) {
			stored.Modified = &s.Modified
		}
		if err := encoder.Encode(stored); err != nil {
			return "", err
		}
	}
	return text.String(), nil
}

func decodeSessions(text string) (sessions []licensing.FloatingSession, err error) {
	decoder := json.NewDecoder(strings.NewReader(text))
	for decoder.More() {
		var s storedSession
		if err := decoder.Decode(&s); err != nil {
			return nil, err
		}
		session := licensing.FloatingSession{ID: s.ID, ClientID: s.Client, UserID: s.User, Created: s.Created, Modified: s.Created, Until: s.Until}
		if s.Modified != nil {
			session.Modified = *s.Modified
		}
		sessions = append(sessions, session)
	}
	return sessions, nil
}
