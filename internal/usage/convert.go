package usage

import (
	"encoding/json"
	"strconv"

	"github.com/licensing-operator/licensing-operator/internal/ledger"
	"github.com/licensing-operator/licensing-operator/internal/licensing"
)

// RecordsOf are the records of a transaction: one for each movement of tokens, then one for each movement of units, then one
// for each denial. They are the same whenever the transaction is converted.
func RecordsOf(account ledger.AccountID, transaction *ledger.Transaction) []Record {
	count := len(transaction.Entries) + len(transaction.Units) + len(transaction.Denials)
	if count == 0 {
		return nil
	}
	c := converter{common: commonOf(account, transaction), records: make([]Record, 0, count)}
	for _, entry := range transaction.Entries {
		c.tokens(transaction.Cause, entry)
	}
	for _, entry := range transaction.Units {
		c.units(transaction.Cause, entry)
	}
	for _, denial := range transaction.Denials {
		c.denial(denial)
	}
	for i, record := range c.records {
		record.MetaData = asKept(record.MetaData)
		c.records[i] = record.Sealed()
	}
	return c.records
}

// asKept is what callers sent as it reads when the account or a page has kept it: records are compared to the letter.
func asKept(metaData json.RawMessage) json.RawMessage {
	if len(metaData) == 0 {
		return nil
	}
	kept, err := json.Marshal(metaData)
	switch {
	case err != nil: // no JSON is let in, and none could be kept
		return metaData
	case string(kept) == "null":
		return nil
	}
	return kept
}

// converter makes one record after the other.
type converter struct {
	common  Record
	records []Record
}

// commonOf is what all records of the transaction say.
func commonOf(account ledger.AccountID, transaction *ledger.Transaction) Record {
	subject := transaction.Subject
	if transaction.About != nil {
		subject = *transaction.About
	}
	return Record{
		TransactionID: transaction.ID, Sequence: transaction.Sequence, CorrelationID: transaction.CorrelationID,
		Reason: string(transaction.Cause), Time: transaction.Time,
		Namespace: account.Namespace, Instance: account.Name,
		SubjectKind: string(subject.Kind), SubjectName: subject.Name, SubjectUID: subject.UID,
		RequesterType: transaction.Requester.Type, RequesterValue: transaction.Requester.Value, Caller: transaction.Caller,
	}
}

func (c *converter) tokens(cause licensing.Cause, entry licensing.Entry) {
	record := c.next(Charge)
	switch {
	case entry.Kind == licensing.EntryRefund:
		record.Kind = Refund
	case cause == licensing.CauseAutomaticCharge:
		record.Kind = AutomaticCharge
	}
	record.ActivationID, record.ActionID = entry.ActivationID, entry.ActionID
	record.Item, record.Version, record.Count = entry.Item, entry.Version, entry.Count
	record.Rate, record.RateTable, record.Series = entry.Rate, entry.RateTable, entry.Series
	record.Tokens, record.MetaData = entry.Tokens, entry.MetaData
}

func (c *converter) units(cause licensing.Cause, entry ledger.UnitEntry) {
	record := c.next(kindOfUnits(cause, entry.Units))
	record.ActivationID, record.LimitationID, record.Units = entry.ActivationID, entry.LimitationID, entry.Units
	record.Period, record.PeriodStart = entry.Period, entry.LastReset
}

// denial moves nothing, so that what was asked for of a limitation is its count.
func (c *converter) denial(denial ledger.Denial) {
	record := c.next(Denial)
	record.Reason, record.Message = denial.Reason, denial.Message
	record.Item, record.Version, record.Count, record.MetaData = denial.Item, denial.Version, denial.Count, denial.MetaData
	record.ActivationID, record.LimitationID = denial.ActivationID, denial.LimitationID
	if denial.LimitationID == "" {
		record.Tokens = denial.Required
	}
}

// kindOfUnits tells what moves units. A seat that moves from one group to another is given and taken back by one
// transaction.
func kindOfUnits(cause licensing.Cause, units licensing.Tokens) Kind {
	switch cause { //nolint:exhaustive // the others give and take back
	case licensing.CauseConsumed:
		return Consumption
	case licensing.CauseRolledBack:
		return Rollback
	case licensing.CauseRecounted, licensing.CauseReset:
		return Correction
	}
	if units < 0 {
		return Revoke
	}
	return Provision
}

func (c *converter) next(kind Kind) *Record {
	record := c.common
	record.ID = record.TransactionID + "/" + strconv.Itoa(len(c.records))
	record.Kind = kind
	c.records = append(c.records, record)
	return &c.records[len(c.records)-1]
}
