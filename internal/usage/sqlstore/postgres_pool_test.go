package sqlstore

import (
	"testing"
	"time"
)

func TestAServerThatSaysNothingIsGivenUpSoon(t *testing.T) {
	for url, want := range map[string]time.Duration{
		"postgres://db.example/usage":                   connectTimeout,
		"postgres://db.example/usage?connect_timeout=7": 7 * time.Second,
	} {
		config, err := poolOf(url, Options{})
		if err != nil {
			t.Fatal(err)
		}
		if got := config.ConnConfig.ConnectTimeout; got != want {
			t.Errorf("%s: given up after %s, want %s", url, got, want)
		}
	}
}
