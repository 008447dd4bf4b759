// Package export writes usage records down in the formats that warehouses, spreadsheets and programs read.
package export

import (
	"io"

	"github.com/licensing-operator/licensing-operator/internal/usage"
)

// Format is a way of writing records.
type Format string

// The formats.
const (
	NDJSON  Format = "ndjson"
	CSV     Format = "csv"
	Parquet Format = "parquet"
)

// Formats are all of them, the preferred one first.
func Formats() []Format { return []Format{NDJSON, CSV, Parquet} }

// MediaType is what the format is called in HTTP.
func (f Format) MediaType() string {
	switch f {
	case CSV:
		return "text/csv"
	case Parquet:
		return "application/vnd.apache.parquet"
	case NDJSON:
	}
	return "application/x-ndjson"
}

// Writer writes records. Its memory does not grow with their number.
type Writer interface {
	Write(records []usage.Record) error
	// Close ends the text, and nothing below it.
	Close() error
}

// NewWriter writes records to w. What it is asked to write is written at once, but by Parquet, which writes in groups.
func NewWriter(format Format, w io.Writer) Writer {
	switch format {
	case CSV:
		return newCSV(w)
	case Parquet:
		return newParquet(w)
	case NDJSON:
	}
	return newLines(w)
}
