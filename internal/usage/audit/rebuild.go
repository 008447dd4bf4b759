package audit

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/licensing-operator/licensing-operator/internal/ledger"
	"github.com/licensing-operator/licensing-operator/internal/licensing"
)

// RebuiltHash stands for the hash of a rebuilt account. It matches no content, so that nothing is charged on the account
// until an administrator has accepted it.
const RebuiltHash = "rebuilt"

// ErrImpossible reports records that no account can have.
var ErrImpossible = errors.New("the records do not add up to an account")

// Rebuilt is an account made from its records.
type Rebuilt struct {
	Account *ledger.Account
	// Shortfalls are what was charged and is not recorded, as far as that can be told: the account would give it away.
	Shortfalls []Finding
	// Findings are what is wrong with the account that was found, figure by figure.
	Findings []Finding
	// Dropped are open transactions of the account that was found that are not taken over, because their records say
	// something else.
	Dropped []string
	// Written tells that the account that was found is already this one.
	Written bool
}

// Incident is the id of what the operator will report of the rebuilt account, and what an administrator accepts.
func (r Rebuilt) Incident() string {
	return fmt.Sprintf("tampered-%d-%.8s", r.Account.Sequence, RebuiltHash)
}

// Rebuild makes the account that the records add up to. From the account that was found, if it is this Instance's at all,
// it takes what records do not tell: answers by idempotency key, and transactions that may not have reached their objects.
func Rebuild(evidence Evidence, now time.Time) (Rebuilt, error) {
	if err := evidence.Recorded.possible(); err != nil {
		return Rebuilt{}, err
	}
	account := ledger.NewAccount(evidence.ID)
	rebuilt := Rebuilt{Account: account, Shortfalls: evidence.shortfalls(), Findings: evidence.whole()}
	previous := evidence.Account
	if previous != nil && previous.ID == evidence.ID {
		account = previous.Clone()
		rebuilt.Account = account
		rebuilt.Findings = append(rebuilt.Findings, accountWithRecords.figures(booksOf(previous), evidence.Recorded.books())...)
		account.PreviousHash = previous.Hash
		account.Open = slices.DeleteFunc(account.Open, func(transaction *ledger.Transaction) bool {
			finding, differs := evidence.differs(transaction)
			if differs {
				rebuilt.Findings = append(rebuilt.Findings, finding)
				rebuilt.Dropped = append(rebuilt.Dropped, transaction.ID)
			}
			return differs
		})
		rebuilt.Written = previous.Hash == RebuiltHash && previous.Sequence >= max(evidence.Anchor.Sequence, evidence.Recorded.Sequence) &&
			len(rebuilt.Dropped) == 0 && len(accountWithRecords.figures(booksOf(previous), evidence.Recorded.books())) == 0
	}
	sums := evidence.Recorded.Clone()
	account.Books, account.Balances, account.Movements = sums.Books, sums.Balances, nil
	if !rebuilt.Written {
		account.Sequence = max(account.Sequence, evidence.Anchor.Sequence, sums.Sequence) + 1
		account.Time = now.UTC().Truncate(time.Millisecond)
	}
	account.Hash = RebuiltHash
	return rebuilt, nil
}

// possible tells whether an account can have the sums.
func (s Sums) possible() error {
	for _, id := range keys(s.Usage, nil) {
		if used := s.Usage[id]; used < 0 {
			return fmt.Errorf("%w: %s tokens are used of line item %s: more was refunded than charged", ErrImpossible, used, id)
		}
	}
	for _, key := range keys(s.Allocations, licensing.Allocations(nil)) {
		if used := s.Allocations[key]; used < 0 {
			return fmt.Errorf("%w: %s tokens are used of line item %s under action %s", ErrImpossible, used, key.ActivationID, key.ActionID)
		}
	}
	return nil
}

// Parts are the text form of the rebuilt account.
func (r Rebuilt) Parts() (map[string]string, error) {
	parts, err := r.Account.Clone().Encode()
	if err != nil {
		return nil, err
	}
	var head map[string]json.RawMessage
	if err := json.Unmarshal([]byte(parts[ledger.PartHead]), &head); err != nil {
		return nil, err
	}
	if head["hash"], err = json.Marshal(RebuiltHash); err != nil {
		return nil, err
	}
	text, err := json.Marshal(head)
	parts[ledger.PartHead] = string(text)
	return parts, err
}
