package licensing

import "time"

// Consumption is the record of what was consumed of a limitation at once.
type Consumption struct {
	// Instance has the account in which it is counted.
	Instance     string `json:"instance"`
	ActivationID string `json:"activationID"`
	LimitationID string `json:"limitationID"`
	Value        Tokens `json:"value"`
	// Period is that of the balance in which the value was counted.
	Period int64 `json:"period"`
	// ConsumedAt is the server's time. Timestamp is what the client says it was, and decides nothing.
	ConsumedAt time.Time `json:"consumedAt"`
	Timestamp  time.Time `json:"timestamp,omitzero"`
	// Balance and Remaining are the figures with it. Nil is unlimited.
	Balance   Tokens  `json:"balance"`
	Remaining *Tokens `json:"remaining,omitempty"`

	LicenseID    string `json:"licenseID,omitempty"`
	ClientID     string `json:"clientID,omitempty"`
	AssignmentID string `json:"assignmentID,omitempty"`
	UserID       string `json:"userID,omitempty"`
	ExternalID   string `json:"externalID,omitempty"`

	// RolledBackAt is when the value was given back; zero if it was not.
	RolledBackAt time.Time `json:"rolledBackAt,omitzero"`
	// Revision counts the transactions: the consumption and its rollback.
	Revision int64 `json:"revision"`
}

// RolledBack tells whether the value was given back.
func (c Consumption) RolledBack() bool { return !c.RolledBackAt.IsZero() }

// Recounted is the balance with what the records say was consumed in its period.
func (b Balance) Recounted(records []Consumption) (Balance, error) {
	b.Consumed = 0
	for _, record := range records {
		if record.Period != b.Period || record.RolledBack() {
			continue
		}
		var err error
		if b.Consumed, err = b.Consumed.Add(record.Value); err != nil {
			return b, err
		}
	}
	return b, nil
}
