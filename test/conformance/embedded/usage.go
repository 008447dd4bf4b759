package embedded

import (
	"os"

	"github.com/licensing-operator/licensing-operator/internal/ledger"
	"github.com/licensing-operator/licensing-operator/internal/usagelog"
)

// Recorded is the usage record of an account: what the logs of the replicas say together.
func (s *System) Recorded(account ledger.AccountID) (recorded []*ledger.Transaction, err error) {
	for _, r := range s.Replicas {
		lines, err := readUsageLog(r.UsageLog)
		if err != nil {
			return nil, err
		}
		for i := range lines {
			if lines[i].Account == account {
				recorded = append(recorded, &lines[i].Transaction)
			}
		}
	}
	return recorded, nil
}

func readUsageLog(path string) ([]usagelog.Line, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	return usagelog.Read(file)
}
