package licenses

import (
	"context"
	"errors"

	"github.com/licensing-operator/licensing-operator/api/v1alpha1"
	"github.com/licensing-operator/licensing-operator/internal/ledger"
	"github.com/licensing-operator/licensing-operator/internal/licensing"
)

// Rollback takes a consumption back, or a user's unit, once. Licenses that have expired take back as well.
func (l *Licenses) Rollback(ctx context.Context, limitationID, transactionID string) (Consumption, error) {
	switch {
	case limitationID == "":
		return Consumption{}, errorf(ValueMissing, "limitation_id: is missing but it is required")
	case transactionID == "":
		return Consumption{}, errorf(ValueMissing, "transaction_id: is missing but it is required")
	}
	for _, try := range []func(context.Context, string, string) (*Consumption, error){
		l.revokeShown, l.rollbackRecorded, l.rollbackCommitted, l.revokeNew,
	} {
		if done, err := try(ctx, limitationID, transactionID); done != nil || err != nil {
			return valueOf(done), l.failed(err, nil)
		}
	}
	exists, err := l.limitationExists(ctx, limitationID)
	switch {
	case err != nil:
		return Consumption{}, l.failed(err, nil)
	case !exists:
		return Consumption{}, errorf(LimitationUnknown, "there is no limitation %.64s", limitationID)
	}
	return Consumption{}, errorf(TransactionUnknown, "limitation %.64s has no transaction %.64s, or no longer", limitationID, transactionID)
}

func valueOf(consumption *Consumption) Consumption {
	if consumption == nil {
		return Consumption{}
	}
	return *consumption
}

// meterNamed is the limitation of a license that the caller may ask about; nil if it has no such limitation.
func (l *Licenses) meterNamed(license *license, limitationID string) (*meter, error) {
	limitation, found := license.terms.Limitation(limitationID)
	if !found {
		return nil, nil
	}
	return &meter{license: license, limitation: limitation}, l.admit(license)
}

// revoke takes the transaction's unit of the limitation from the user of the object; nil if it has none.
func (l *Licenses) revoke(ctx context.Context, object *v1alpha1.UserProvisioning, limitationID, transactionID string) (*Consumption, error) {
	license, err := l.licenseNamed(ctx, object.Spec.LineItemRef.Name)
	if err != nil || license == nil {
		return nil, err
	}
	meter, err := l.meterNamed(license, limitationID)
	if err != nil || meter == nil {
		return nil, err
	}
	member, err := l.memberNamed(ctx, l.accountOf(license), object.Name)
	if err != nil || member == nil {
		return nil, err
	}
	holding, holds := member.Holding(limitationID)
	if !holds || holding.TransactionID != transactionID {
		return nil, nil
	}
	if holding.Origin == licensing.DeclaredHolding {
		return nil, errorf(DeclaredElsewhere, "user %q is declared to hold limitation %s in Kubernetes (%s/%s): take it off the list there",
			member.UserID, limitationID, member.object.Namespace, member.object.Name)
	}
	named := seatOf(license, member.object)
	named.Limitation, named.TransactionID = meter.limitation.Limitation, transactionID
	answer, err := l.Ledger.Revoke(ctx, l.accountOf(license), member.Subject, named)
	if errors.Is(err, ledger.ErrSubjectGone) || (err == nil && !answer.Changed) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	l.awaitWritten(ctx, displayPatience, answer.Written)
	return l.standing(ctx, meter)
}

// rollback takes the record's consumption back.
func (l *Licenses) rollback(ctx context.Context, record licensing.Consumption, limitationID, transactionID string) (*Consumption, error) {
	license, err := l.find(ctx, record.LicenseID)
	if err != nil || license == nil || record.LimitationID != limitationID {
		return nil, err
	}
	meter, err := l.meterNamed(license, limitationID)
	if err != nil || meter == nil {
		return nil, err
	}
	answer, err := l.Ledger.RollbackConsumption(ctx, l.accountOf(license), ledger.RollbackRequest{Meter: meter.ledgers(), TransactionID: transactionID})
	if err != nil {
		return nil, l.refusedByLedger(err)
	}
	l.awaitWritten(ctx, displayPatience, answer.Written)
	return &Consumption{
		LicenseID: license.terms.LicenseID, ProductID: license.terms.ProductID, Limitation: meter.limitation, Standing: answer.Standing,
	}, nil
}

// standing are the figures of a limitation as they are now.
func (l *Licenses) standing(ctx context.Context, m *meter) (*Consumption, error) {
	figures, err := l.figures(ctx, m.license)
	for i := range figures {
		if figures[i].Limitation.ID == m.limitation.ID {
			return &figures[i], nil
		}
	}
	return nil, err
}
