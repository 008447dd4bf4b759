package sqlstore

import (
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"strconv"
	"time"

	"github.com/licensing-operator/licensing-operator/internal/usage"
)

// digest tells whether two records with one id are the same. What is empty has no part in it, so that a column that is added
// one day leaves the digests of the records before as they are.
func digest(r usage.Record, row []any) int64 {
	sum := sha256.New()
	write := func(column, value string) {
		if value != "" {
			fmt.Fprintf(sum, "%s %d %s\n", column, len(value), value)
		}
	}
	write("namespace", r.Namespace)
	write("instance", r.Instance)
	for i, value := range row {
		switch value := value.(type) {
		case string:
			write(columns[i], value)
		case int64:
			if value != 0 {
				write(columns[i], strconv.FormatInt(value, 10))
			}
		case time.Time:
			if !value.IsZero() {
				write(columns[i], strconv.FormatInt(value.UnixMicro(), 10))
			}
		}
	}
	return int64(binary.BigEndian.Uint64(sum.Sum(nil)))
}
