package config

import (
	"errors"
	"fmt"
	"net/url"
	"path/filepath"
	"time"
)

const (
	// Records go by months, of which the one that is not over is always kept.
	shortestUsageRetention = 31 * 24 * time.Hour
	longestUsageRetention  = 20 * 365 * 24 * time.Hour
	// A spill of less would be full after a second, one of more would be the end of etcd.
	smallestSpill = 4 << 20
	largestSpill  = 4 << 30
)

func (u Usage) validate() error {
	problems := []error{
		u.Store.validate(),
		within("usage.spill.maxBytes", u.Spill.MaxBytes, smallestSpill, largestSpill),
		oneOf("usage.whenFull", u.WhenFull, UsageStop, UsageContinue),
		u.Sink.validate(),
	}
	if u.Retention.invalid != "" || u.Retention.Duration != 0 {
		problems = append(problems, u.Retention.between("usage.retention", shortestUsageRetention, longestUsageRetention))
	}
	if u.Sink.URL != "" && u.Store.Resolved() == UsageStoreNone {
		problems = append(problems, errors.New("usage.sink.url: events are sent from the store, and there is none: set usage.store, or remove it"))
	}
	return errors.Join(problems...)
}

func (s UsageStore) validate() error {
	if s.Type != "" {
		if err := oneOf("usage.store.type", s.Type, UsageStoreSQLite, UsageStorePostgreSQL, UsageStoreNone); err != nil {
			return err
		}
	}
	if s.Type == "" && s.SQLite.Path != "" && s.PostgreSQL.URLFile != "" {
		return errors.New("usage.store.type: sqlite.path and postgresql.urlFile are both set: say which of SQLite, PostgreSQL counts")
	}
	switch s.Resolved() {
	case UsageStoreSQLite:
		return absolute("usage.store.sqlite.path", s.SQLite.Path)
	case UsageStorePostgreSQL:
		return absolute("usage.store.postgresql.urlFile", s.PostgreSQL.URLFile)
	}
	return nil
}

func absolute(field, path string) error {
	if filepath.IsAbs(path) {
		return nil
	}
	return fmt.Errorf("%s: %q is not possible: an absolute path", field, path)
}

func (s UsageSink) validate() error {
	if s.URL == "" {
		if s.AuthorizationFile != "" {
			return errors.New("usage.sink.authorizationFile: there is nobody to send it to: set usage.sink.url, or remove it")
		}
		return nil
	}
	parsed, err := url.Parse(s.URL)
	switch {
	case err != nil || (parsed.Scheme != "http" && parsed.Scheme != "https") || parsed.Host == "":
		return fmt.Errorf("usage.sink.url: %q is not possible: an http or https URL", s.URL)
	case s.AuthorizationFile == "":
		return nil
	case parsed.Scheme != "https":
		return fmt.Errorf("usage.sink.url: %q is not possible together with usage.sink.authorizationFile: an https URL, or everybody can read what authorizes", s.URL)
	}
	return absolute("usage.sink.authorizationFile", s.AuthorizationFile)
}
