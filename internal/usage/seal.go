package usage

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"time"
)

// sealBytes are enough to tell a record that was altered: this is a checksum and no signature.
const sealBytes = 8

// Sealed is the record with its seal. The seal stays the same however a store writes times and metaData down.
func (r Record) Sealed() Record {
	r.Seal = r.seal()
	return r
}

// Intact tells whether the record has a seal and is what was sealed.
func (r Record) Intact() bool { return r.Seal != "" && r.Seal == r.seal() }

func (r Record) seal() string {
	r.Position, r.Seal = 0, ""
	r.Time, r.PeriodStart = written(r.Time), written(r.PeriodStart)
	if r.MetaData = plain(r.MetaData); string(r.MetaData) == "null" {
		r.MetaData = nil
	}
	text, err := json.Marshal(r)
	if err != nil { // a time beyond the year 9999, or metaData that is no JSON: neither is ever made
		return ""
	}
	sum := sha256.Sum256(text)
	return hex.EncodeToString(sum[:sealBytes])
}

// written is a time as stores keep it: in UTC, to the millisecond.
func written(t time.Time) time.Time { return t.UTC().Truncate(time.Millisecond) }

// plain is JSON with its fields in order and without spaces, the digits of numbers as they are.
func plain(text json.RawMessage) json.RawMessage {
	if len(text) == 0 {
		return nil
	}
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.UseNumber()
	var value any
	if decoder.Decode(&value) != nil {
		return text
	}
	ordered, err := json.Marshal(value)
	if err != nil {
		return text
	}
	return ordered
}
