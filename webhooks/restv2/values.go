package restv2

import (
	"fmt"
	"math"
	"time"

	"github.com/google/uuid"
	"github.com/oapi-codegen/nullable"

	"github.com/licensing-operator/licensing-operator/api/openapi/decimal"
)

// optional is null for what is zero.
func optional[T comparable](value T) *T {
	var zero T
	if value == zero {
		return nil
	}
	return &value
}

// value is what a pointer points to, and zero without one.
func value[T any](pointer *T) T {
	if pointer == nil {
		var zero T
		return zero
	}
	return *pointer
}

// given is what a request says of an attribute that may be null: nothing (not given), null (given, nil) or a value.
func given[T any](attribute nullable.Nullable[T]) (said bool, value *T) {
	if !attribute.IsSpecified() {
		return false, nil
	}
	if got, err := attribute.Get(); err == nil {
		return true, &got
	}
	return true, nil
}

// moment is null for a time that is not set.
func moment(at time.Time) *time.Time {
	if at.IsZero() {
		return nil
	}
	return new(at.UTC())
}

func number[N fmt.Stringer](value N) decimal.Decimal { return decimal.Decimal(value.String()) }

// optionalNumber is null for a number that is not there.
func optionalNumber[N fmt.Stringer](value *N) *decimal.Decimal {
	if value == nil {
		return nil
	}
	return new(number(*value))
}

// whole is a limit as clients read it, who have 32 bits for it.
func whole(limit *int64) *int32 {
	if limit == nil {
		return nil
	}
	return new(int32(min(*limit, math.MaxInt32)))
}

// noLimit is what clients read where the contract has no null. It is the most that can be declared, so that a client which
// sends it back changes nothing.
const noLimit = 1_000_000

func limitOr(limit *int32) int32 {
	if limit == nil {
		return noLimit
	}
	return *limit
}

// nameable tells whether clients can name something by the id: they read UUIDs only.
func nameable(id string) bool { return uuid.Validate(id) == nil }

// each converts a list, and gives an empty one rather than none: that is what JSON shows.
func each[From, To any](values []From, convert func(From) To) []To {
	converted := make([]To, 0, len(values))
	for _, value := range values {
		converted = append(converted, convert(value))
	}
	return converted
}
