package config

import (
	"io"
	"log/slog"

	"github.com/go-logr/logr"
)

// What log.level and log.format may be.
const (
	LevelError = "error"
	LevelInfo  = "info"
	LevelDebug = "debug"

	FormatJSON = "json"
	FormatText = "text"
)

// Logger logs as configured. Level debug is V(1).
func (l Log) Logger(w io.Writer) logr.Logger {
	levels := map[string]slog.Level{LevelError: slog.LevelError, LevelInfo: slog.LevelInfo, LevelDebug: slog.Level(-1)}
	options := &slog.HandlerOptions{Level: levels[l.Level]}
	if l.Format == FormatText {
		return logr.FromSlogHandler(slog.NewTextHandler(w, options))
	}
	return logr.FromSlogHandler(slog.NewJSONHandler(w, options))
}
