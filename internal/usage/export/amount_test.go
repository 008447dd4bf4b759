package export

import (
	"bytes"
	"errors"
	"io"
	"math"
	"math/big"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/parquet-go/parquet-go"
	"github.com/parquet-go/parquet-go/format"

	"github.com/licensing-operator/licensing-operator/internal/licensing"
	"github.com/licensing-operator/licensing-operator/internal/usage"
)

// wholeAmount is that of bytes as other programs read them.
func wholeAmount(bytes []byte) *big.Int {
	amount := new(big.Int).SetBytes(bytes)
	if len(bytes) > 0 && bytes[0]&0x80 != 0 {
		amount.Sub(amount, new(big.Int).Lsh(big.NewInt(1), uint(8*len(bytes)))) //nolint:gosec // a few bytes
	}
	return amount
}

// readAmounts gives the decimals of a column, as it is in the file.
func readAmounts(t *testing.T, column *parquet.Column) (amounts []string) {
	t.Helper()
	decimal, ok := column.Type().LogicalType().Value.(*format.DecimalType)
	if !ok {
		t.Fatalf("%s is %s", column.Name(), column.Type())
	}
	bound := new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(decimal.Precision)), nil)
	pages := column.Pages()
	defer pages.Close()
	for {
		page, err := pages.ReadPage()
		if errors.Is(err, io.EOF) {
			return amounts
		}
		if err != nil {
			t.Fatal(err)
		}
		values := make([]parquet.Value, page.NumValues())
		if _, err := page.Values().ReadValues(values); err != nil && !errors.Is(err, io.EOF) {
			t.Fatal(err)
		}
		for _, value := range values {
			var amount *big.Int
			if value.Kind() == parquet.Int64 {
				amount = big.NewInt(value.Int64())
			} else {
				amount = wholeAmount(value.ByteArray())
			}
			if amount.CmpAbs(bound) >= 0 {
				t.Errorf("%s: %s has more than %d digits", column.Name(), amount, decimal.Precision)
			}
			amounts = append(amounts, amount.String())
		}
	}
}

func TestTheLargestAmountsAreWrittenAsDecimals(t *testing.T) {
	var given []usage.Record
	want := map[string][]string{}
	for _, micros := range []int64{int64(licensing.MaxTokens), -int64(licensing.MaxTokens), math.MinInt64, 1_000_000_000_000_000_000, 3_000_000_000_000_000_000, -1, 0, 1} {
		tokens := licensing.Tokens(micros)
		given = append(given, usage.Record{ID: "t/0", Count: licensing.Count(tokens), Rate: tokens, Tokens: tokens, Units: tokens})
		for _, name := range amounts {
			want[name] = append(want[name], big.NewInt(micros).String())
		}
	}
	text := exported(t, Parquet, given)
	file, err := parquet.OpenFile(bytes.NewReader(text), int64(len(text)))
	if err != nil {
		t.Fatal(err)
	}
	got := map[string][]string{}
	for _, name := range amounts {
		got[name] = readAmounts(t, file.Root().Column(name))
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-written +read):\n%s", diff)
	}
}

// A reader that looks for what is below zero must not be told that there is nothing.
func TestBoundsOfAmountsHideNothing(t *testing.T) {
	text := exported(t, Parquet, []usage.Record{{Units: 2}, {Units: -1}, {Units: 1}})
	file, err := parquet.OpenFile(bytes.NewReader(text), int64(len(text)))
	if err != nil {
		t.Fatal(err)
	}
	decimals := 0
	for i, chunk := range file.Metadata().RowGroups[0].Columns {
		if _, ok := file.Root().Columns()[i].Type().LogicalType().Value.(*format.DecimalType); !ok {
			continue
		}
		decimals++
		if statistics := chunk.MetaData.Statistics; len(statistics.MinValue)+len(statistics.MaxValue)+len(statistics.Min)+len(statistics.Max) > 0 {
			t.Errorf("%v has bounds, which the library takes from bytes", chunk.MetaData.PathInSchema)
		}
		index := file.ColumnIndexes()[i]
		if len(index.MinValues) != 1 || len(index.MaxValues) != 1 || wholeAmount(index.MinValues[0]).Cmp(big.NewInt(-1)) > 0 || wholeAmount(index.MaxValues[0]).Cmp(big.NewInt(2)) < 0 {
			t.Errorf("%v: the index says %x to %x", chunk.MetaData.PathInSchema, index.MinValues, index.MaxValues)
		}
	}
	if decimals != len(amounts) {
		t.Errorf("%d columns are decimals, want %d", decimals, len(amounts))
	}
}
