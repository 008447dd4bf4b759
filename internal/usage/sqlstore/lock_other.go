//go:build !unix

package sqlstore

import (
	"errors"
	"os"
)

func lockFile(string) (*os.File, error) {
	return nil, errors.New("on this system only PostgreSQL can be used")
}
