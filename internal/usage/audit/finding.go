package audit

import (
	"fmt"
	"slices"
)

// Kind says what is wrong.
type Kind string

// The kinds of findings.
const (
	// AccountMissing, AccountAltered, AccountForeign, AccountBehind and AccountForked are about the account as a whole: it is
	// gone, its content does not match its hash, it is another Instance's, it is older than what was seen or recorded, it
	// does not follow from the commit that was seen.
	AccountMissing Kind = "AccountMissing"
	AccountAltered Kind = "AccountAltered"
	AccountForeign Kind = "AccountForeign"
	AccountBehind  Kind = "AccountBehind"
	AccountForked  Kind = "AccountForked"
	// UsedDiffers, AllocationDiffers, BalanceDiffers and PeriodDiffers are figures on which account and records disagree.
	UsedDiffers       Kind = "UsedDiffers"
	AllocationDiffers Kind = "AllocationDiffers"
	BalanceDiffers    Kind = "BalanceDiffers"
	PeriodDiffers     Kind = "PeriodDiffers"
	// OpenDiffers is an open transaction of which the records say something else.
	OpenDiffers Kind = "OpenDiffers"
	// RecordAltered is a record that does not match its seal, RecordMisplaced one that cannot be where it is, RecordsGone are
	// records that were stored and are not there any more.
	RecordAltered   Kind = "RecordAltered"
	RecordMisplaced Kind = "RecordMisplaced"
	RecordsGone     Kind = "RecordsGone"
	// RecordsIncomplete is something that was charged, by what the Instance and its line items remember, and is not recorded.
	RecordsIncomplete Kind = "RecordsIncomplete"
	// MovementsDiffer is a number of movements on which account and records disagree although all figures agree.
	MovementsDiffer Kind = "MovementsDiffer"
	// TotalsDiffer are sums of the store on which it disagrees with its own records.
	TotalsDiffer Kind = "TotalsDiffer"
	// SumsDiffer are sums that bills and dashboards are read from on which the store disagrees with its own records, or with
	// its totals.
	SumsDiffer Kind = "SumsDiffer"
)

// Finding is one thing that is not as it must be.
type Finding struct {
	Kind Kind `json:"kind"`
	// What it is about, as far as it is about one of these.
	ActivationID  string `json:"activationId,omitempty"`
	ActionID      string `json:"actionId,omitempty"`
	LimitationID  string `json:"limitationId,omitempty"`
	TransactionID string `json:"transactionId,omitempty"`
	RecordID      string `json:"recordId,omitempty"`
	// Account and Records are what the one and the other say.
	Account string `json:"account,omitempty"`
	Records string `json:"records,omitempty"`
	// Message says it in a sentence.
	Message string `json:"message"`
}

func found(kind Kind, format string, args ...any) Finding {
	return Finding{Kind: kind, Message: fmt.Sprintf(format, args...)}
}

// mostFindings are listed of one sort; who has more has one cause for them.
const mostFindings = 100

// add keeps the first findings, and counts the others.
func (f *findings) add(finding Finding) {
	if len(f.list) >= mostFindings {
		f.more++
		return
	}
	f.list = append(f.list, finding)
}

type findings struct {
	list []Finding
	more int
}

func (f findings) all() []Finding {
	if f.more == 0 {
		return f.list
	}
	return append(slices.Clip(f.list), found(f.list[len(f.list)-1].Kind, "%d more of these are not listed", f.more))
}
