package standing

import (
	"context"
	"errors"

	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/licensing-operator/licensing-operator/api/v1alpha1"
	"github.com/licensing-operator/licensing-operator/internal/kubestore"
	"github.com/licensing-operator/licensing-operator/internal/licensing"
)

func (r *Reader) lineItem(ctx context.Context, object *v1alpha1.LineItem, books books) (LineItem, error) {
	activationID := kubestore.ActivationID(object)
	shown := LineItem{
		ActivationID: activationID, Name: object.Name, State: string(object.Spec.State),
		Start: object.Spec.Start.Time, End: object.Spec.End.Time,
		Used: Figure{Value: books.used[activationID], Source: books.source},
	}
	if books.halted {
		shown.Used = Figure{Value: parsed(object.Status.Used), Source: at(object, ".status.used")}
	}
	terms, err := kubestore.LineItem(object)
	if err != nil {
		return LineItem{}, err
	}
	shown.Entitled = Figure{Value: terms.Quantity, Source: at(object, ".spec.quantity")}
	if terms.Overdraft.Type != licensing.OverdraftUnlimited {
		shown.Available = &Figure{Value: terms.Available(shown.Used.Value), Source: "entitled and spec.overdraft, without used"}
	}
	shown.Limitations, err = r.limitations(ctx, object)
	return shown, err
}

// limitations are those of a license, and its seats. A line item that is no license has none.
func (r *Reader) limitations(ctx context.Context, object *v1alpha1.LineItem) ([]Limitation, error) {
	if object.Spec.EditionRef == nil && object.Spec.Product == "" {
		return nil, nil
	}
	terms, err := r.Store.LicenseTerms(ctx, object, false)
	var unclear *kubestore.TermsError
	if err != nil && !errors.As(err, &unclear) { // its controller says what is unclear
		return nil, err
	}
	var shown []Limitation
	if users := object.Status.Users; users != nil {
		seats := Limitation{ID: licensing.SeatID, Name: "Active users", Used: count(users.Active, object, ".status.users.active")}
		if terms.UserLimit != nil {
			limit := count(terms.UserLimit, object, ".spec.userLimit, or that of its edition")
			seats.Limit, seats.Available = &limit, &Figure{Value: max(0, limit.Value-seats.Used.Value), Source: "limit without used"}
		}
		shown = append(shown, seats)
	}
	names := map[string]string{}
	for _, limitation := range terms.Limitations {
		names[limitation.ID] = limitation.Name
	}
	for _, status := range object.Status.Limitations {
		where := at(object, ".status.limitations, id "+status.ID)
		limitation := Limitation{ID: status.ID, Name: names[status.ID], Used: Figure{Value: parsed(status.Used), Source: where + ", used"}}
		if status.Limit != nil {
			limit, err := licensing.WholeTokens(*status.Limit)
			if err != nil {
				return nil, err
			}
			limitation.Limit = &Figure{Value: limit, Source: where + ", limit"}
			limitation.Available = &Figure{Value: parsed(status.Remaining), Source: where + ", remaining"}
		}
		shown = append(shown, limitation)
	}
	return shown, nil
}

// at says where a field of an object is.
func at(object client.Object, field string) string {
	resource := "lineitems"
	if _, ok := object.(*v1alpha1.Instance); ok {
		resource = "instances"
	}
	return resource + "." + v1alpha1.GroupVersion.Group + "/" + object.GetName() + " " + field
}

func count(n *int32, object client.Object, field string) Figure {
	figure := Figure{Source: at(object, field)}
	if n != nil {
		figure.Value = licensing.Tokens(*n) * licensing.Token
	}
	return figure
}

// parsed is a number that the operator wrote; what is no number is nothing.
func parsed(text v1alpha1.Decimal) licensing.Tokens {
	value, _ := licensing.ParseTokens(string(text))
	return value
}
