package audit

import (
	"errors"
	"fmt"
	"strconv"

	"github.com/licensing-operator/licensing-operator/internal/ledger"
	"github.com/licensing-operator/licensing-operator/internal/usage"
)

// Verdict is what a verification came to. Without findings, account and records are equal.
type Verdict struct {
	Namespace string `json:"namespace"`
	Instance  string `json:"instance"`
	// Sequence is the account's commit at which the two were compared.
	Sequence int64    `json:"sequence"`
	Compared Compared `json:"compared"`
	// Notes are no findings, but whoever reads the verdict should know them.
	Notes    []string  `json:"notes,omitempty"`
	Findings []Finding `json:"findings"`
	// Difference is the id of the findings, if all of them are figures on which account and records disagree, or their number
	// is: by it an administrator accepts them. Accepted tells that it was.
	Difference string `json:"difference,omitempty"`
	Accepted   bool   `json:"accepted,omitempty"`
}

// Compared counts what a verdict rests on.
type Compared struct {
	// Records are those in the store's totals, Stored newer ones in the store, Spilled those that wait for it, Open those of
	// transactions that nobody has recorded yet; all up to the account's commit.
	Records int64 `json:"records"`
	Stored  int64 `json:"stored"`
	Spilled int64 `json:"spilled"`
	Open    int64 `json:"open"`
	// Replayed are those that were read one by one.
	Replayed    int64 `json:"replayed"`
	LineItems   int   `json:"lineItems"`
	Allocations int   `json:"allocations"`
	Limitations int   `json:"limitations"`
}

// Options say what a verification may take for granted.
type Options struct {
	// Retention tells that old records are dropped, so that some may be gone.
	Retention bool
}

// Sound tells that nothing was found.
func (v Verdict) Sound() bool { return len(v.Findings) == 0 }

// Agreed tells that nothing was found but what is accepted.
func (v Verdict) Agreed() bool { return v.Sound() || v.Accepted }

// Verify compares an account with its records: the store's totals and what is not in them yet must be the account's
// figures, and the records themselves, if they were replayed, the totals.
func Verify(evidence Evidence, replay *Replay, options Options) Verdict {
	verdict := Verdict{
		Namespace: evidence.ID.Namespace, Instance: evidence.ID.Name, Sequence: evidence.sequence(),
		Compared: Compared{
			Records: evidence.Totals.Records, Stored: evidence.Stored, Spilled: evidence.Spilled, Open: evidence.Open,
			LineItems: len(evidence.Committed.Usage), Allocations: len(evidence.Committed.Allocations), Limitations: len(evidence.Committed.Balances),
		},
		Findings: []Finding{},
	}
	difference, figures := "", 0
	verdict.add(evidence.altered.all()...)
	verdict.add(evidence.sums...)
	if evidence.uncompared != "" {
		verdict.note("%s", evidence.uncompared)
	}
	switch account := evidence.Account; {
	case evidence.neverOpened():
		verdict.note("the account was never opened, and nothing is recorded of it: if that lasts, the condition LedgerHealthy of the Instance says why")
	case account != nil && account.ID == evidence.ID:
		verdict.add(evidence.whole()...)
		differing := accountWithRecords.figures(booksOf(account), evidence.Committed.books())
		difference, figures = differenceOf(booksOf(account), evidence.Committed.books()), len(differing)
		verdict.add(differing...)
		verdict.add(evidence.open()...)
	default:
		verdict.add(evidence.whole()...)
		verdict.add(evidence.shortfalls()...)
	}
	if replay != nil {
		verdict.replayed(evidence, replay, options)
		// Where figures differ, so does this, for the same reason.
		if figures == 0 && replay.Records == evidence.Totals.Records {
			if finding, missing := evidence.movements(replay); missing != 0 {
				verdict.add(finding)
				difference, figures = idOf(fmt.Sprintf("movements %d", missing)), 1
			}
		}
	}
	if len(verdict.Findings) == figures {
		verdict.Difference = difference
	}
	return verdict
}

func (v *Verdict) add(findings ...Finding) { v.Findings = append(v.Findings, findings...) }

func booksOf(account *ledger.Account) books { return books{account.Books, account.Balances} }

func (s Sums) books() books { return books{s.Books, s.Balances} }

// neverOpened tells that there is no account, and never was: an Instance gets none while the usage store is down. The ledger
// takes that for no incident either.
func (e Evidence) neverOpened() bool {
	if !errors.Is(e.Trouble, ledger.ErrAccountMissing) || e.Anchor.Sequence > 0 || e.Recorded.Records > 0 {
		return false
	}
	for _, shown := range e.Shown {
		if shown > 0 {
			return false
		}
	}
	return true
}

// Unknown tells that there is nothing of that name: no Instance, no account, no record.
func (e Evidence) Unknown() bool { return e.Anchor.Gone && e.neverOpened() }

// whole is about the account as a whole. The anchor was read before the account.
func (e Evidence) whole() (list []Finding) {
	switch {
	case errors.Is(e.Trouble, ledger.ErrAccountMissing):
		return []Finding{found(AccountMissing, "there is no account; %d records of it are known, the newest of commit %d; the Instance has seen commit %d",
			e.Recorded.Records, e.Recorded.Sequence, e.Anchor.Sequence)}
	case e.Trouble != nil:
		list = append(list, found(AccountAltered, "%v", e.Trouble))
	}
	account, anchor := e.Account, e.Anchor
	switch {
	case account == nil:
		return list
	case account.ID != e.ID:
		return append(list, found(AccountForeign, "the account says that it is %s", account.ID))
	case account.Sequence < max(anchor.Sequence, e.Totals.Sequence):
		list = append(list, found(AccountBehind, "the account is at commit %d, but the Instance has seen commit %d and there are records of commit %d",
			account.Sequence, anchor.Sequence, e.Totals.Sequence))
	case account.Sequence == anchor.Sequence && account.Hash != anchor.Hash,
		account.Sequence == anchor.Sequence+1 && anchor.Sequence > 0 && account.PreviousHash != anchor.Hash:
		list = append(list, found(AccountForked, "commit %d (%.8s) does not follow from commit %d (%.8s), which the Instance has seen",
			account.Sequence, account.Hash, anchor.Sequence, anchor.Hash))
	}
	return list
}

// open holds the open transactions against their records, where there are any.
func (e Evidence) open() (list []Finding) {
	for _, transaction := range e.Account.Open {
		if finding, differs := e.differs(transaction); differs {
			list = append(list, finding)
		}
	}
	return list
}

// differs tells whether the records of an open transaction say something else than it does.
func (e Evidence) differs(transaction *ledger.Transaction) (Finding, bool) {
	about := Finding{Kind: OpenDiffers, TransactionID: transaction.ID}
	if transaction.Sequence > e.Account.Sequence {
		about.Message = fmt.Sprintf("open transaction %s is of commit %d, the account is at commit %d", transaction.ID, transaction.Sequence, e.Account.Sequence)
		return about, true
	}
	for _, record := range usage.RecordsOf(e.ID, transaction) {
		known, recorded := e.Known[record.ID]
		if !recorded || known.Sealed().Seal == record.Sealed().Seal {
			continue
		}
		// Two replicas may refuse an object the same. The first one is recorded, with its commit and its figures.
		if transaction.IsDenial() && known.Kind == usage.Denial {
			continue
		}
		about.RecordID = record.ID
		about.Message = fmt.Sprintf("open transaction %s: its record %s says something else than the account", transaction.ID, record.ID)
		return about, true
	}
	return Finding{}, false
}

func (v *Verdict) replayed(evidence Evidence, replay *Replay, options Options) {
	v.Compared.Replayed = replay.Records
	v.add(replay.Findings()...)
	v.Notes = append(v.Notes, replay.notes...)
	gone := evidence.Totals.Records - replay.Records
	dropped := !replay.keptFrom.IsZero()
	if gone > 0 && options.Retention && dropped {
		v.note("%d of %d records are not there any more, as retention allows: the store's totals stand for them. The oldest one left is of commit %d",
			gone, evidence.Totals.Records, replay.First)
		return
	}
	if gone != 0 {
		finding := found(RecordsGone, "the store has %d records, by its totals it must have %d", replay.Records, evidence.Totals.Records)
		switch {
		case gone > 0 && dropped:
			finding.Message += ": records were deleted, unless old ones are dropped by usage.retention"
		case gone > 0:
			finding.Message += ": records were deleted, and not by usage.retention"
		}
		v.add(finding)
	}
	totals := comparison{left: "the store's totals", right: "its records", kind: TotalsDiffer}
	v.add(totals.figures(SumsOf(evidence.Totals).books(), replay.books())...)
}

// movements holds the number of the account's movements against that of the records: sums do not show that some are missing
// that make up for each other, as a unit that was given and taken back.
func (e Evidence) movements(replay *Replay) (finding Finding, missing int64) {
	if e.Account == nil || e.Account.ID != e.ID || e.Account.Movements == nil {
		return Finding{}, 0
	}
	counted, recorded := *e.Account.Movements, replay.Movements+e.Committed.Movements
	finding = found(MovementsDiffer, "the account has had %d movements of tokens and units, there are records of %d", counted, recorded)
	finding.Account, finding.Records = strconv.FormatInt(counted, 10), strconv.FormatInt(recorded, 10)
	return finding, counted - recorded
}

func (v *Verdict) note(format string, args ...any) {
	v.Notes = append(v.Notes, fmt.Sprintf(format, args...))
}
