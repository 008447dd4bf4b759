package config

// Usage is the record of what was charged, refunded, given and taken back: what bills are written from.
type Usage struct {
	Store UsageStore `json:"store"`
	// Retention is how long records are kept, 744h to 175200h; 0s: for ever. Whole months go.
	Retention Duration   `json:"retention"`
	Spill     UsageSpill `json:"spill"`
	// WhenFull is Stop or Continue: what to do when neither the store nor the spill takes records any more.
	WhenFull string    `json:"whenFull"`
	Sink     UsageSink `json:"sink"`
}

// UsageStore says where records are kept.
type UsageStore struct {
	// Type is SQLite, PostgreSQL or None. Empty: that of the two which is configured below, or else None.
	Type       string          `json:"type,omitempty"`
	SQLite     UsageSQLite     `json:"sqlite"`
	PostgreSQL UsagePostgreSQL `json:"postgresql"`
}

// UsageSQLite is a file. One process at a time may have it open: several replicas need PostgreSQL.
type UsageSQLite struct {
	// Path of the file, absolute, on a volume that outlives the pod.
	Path string `json:"path,omitempty"`
}

// UsagePostgreSQL is a database of a server.
type UsagePostgreSQL struct {
	// URLFile is a file that has the URL of the database, with the password if it wants one: a Secret that is mounted.
	URLFile string `json:"urlFile,omitempty"`
}

// UsageSpill bounds the records that wait on the API server while the store does not answer.
type UsageSpill struct {
	// MaxBytes of all of them together, 4194304 to 4294967296.
	MaxBytes int64 `json:"maxBytes"`
}

// UsageSink is told of every record, as a CloudEvent over HTTP.
type UsageSink struct {
	// URL that events are sent to by POST. Empty: there is no sink.
	URL string `json:"url,omitempty"`
	// AuthorizationFile is a file that has the value of the Authorization header, as "Bearer ..."; a Secret that is mounted.
	AuthorizationFile string `json:"authorizationFile,omitempty"`
}

// What usage.store.type may be.
const (
	UsageStoreSQLite     = "SQLite"
	UsageStorePostgreSQL = "PostgreSQL"
	// UsageStoreNone keeps no usage records.
	UsageStoreNone = "None"
)

// What usage.whenFull may be.
const (
	// UsageStop has charging stop rather than lose a record.
	UsageStop = "Stop"
	// UsageContinue has records lost rather than stop charging.
	UsageContinue = "Continue"
)

// Resolved is the type, or what is configured if none is given.
func (s UsageStore) Resolved() string {
	switch {
	case s.Type != "":
		return s.Type
	case s.SQLite.Path != "":
		return UsageStoreSQLite
	case s.PostgreSQL.URLFile != "":
		return UsageStorePostgreSQL
	}
	return UsageStoreNone
}
