package export

import (
	"encoding/binary"
	"math"
	"slices"

	"github.com/parquet-go/parquet-go"
	"github.com/parquet-go/parquet-go/format"
)

// Amount is one in a Parquet file: millionths in two's complement, the most significant byte first. A decimal in 64 bits may
// have 18 digits only, and amounts have up to 19.
type Amount [16]byte

func amountOf(micros int64) (a Amount) {
	binary.BigEndian.PutUint64(a[:8], uint64(micros>>63)) //nolint:gosec // the sign, in all bits
	binary.BigEndian.PutUint64(a[8:], uint64(micros))     //nolint:gosec // the bits
	return a
}

// Micros are the millionths.
func (a Amount) Micros() int64 { return int64(binary.BigEndian.Uint64(a[8:])) } //nolint:gosec // the bits

// amounts are the columns of amounts.
var amounts = []string{"count", "rate", "tokens", "units"}

// schema is that of Row. Bounds of amounts are written as wide as they can be: the library compares bytes, by which -1 is
// larger than 1, and a reader that believes such bounds passes over what it looks for.
func schema() *parquet.Schema {
	of := parquet.SchemaOf(Row{})
	fields := of.Fields()
	for i, field := range fields {
		if slices.Contains(amounts, field.Name()) {
			fields[i] = amountField{field}
		}
	}
	return parquet.NewSchema(of.Name(), inOrder{of, fields})
}

// inOrder has the fields in the order of Row.
type inOrder struct {
	parquet.Node

	fields []parquet.Field
}

// Fields implements parquet.Node.
func (n inOrder) Fields() []parquet.Field { return n.fields }

type amountField struct{ parquet.Field }

// Type implements parquet.Node.
func (f amountField) Type() parquet.Type { return amountType{f.Field.Type()} }

type amountType struct{ parquet.Type }

// NewColumnIndexer implements parquet.Type.
func (amountType) NewColumnIndexer(int) parquet.ColumnIndexer { return &wideBounds{} }

// wideBounds tells of each page that there may be anything in it.
type wideBounds struct{ pages int }

// Reset implements parquet.ColumnIndexer.
func (w *wideBounds) Reset() { w.pages = 0 }

// IndexPage implements parquet.ColumnIndexer.
func (w *wideBounds) IndexPage(int64, int64, parquet.Value, parquet.Value) { w.pages++ }

// ColumnIndex implements parquet.ColumnIndexer.
func (w *wideBounds) ColumnIndex() format.ColumnIndex {
	least, most := amountOf(math.MinInt64), amountOf(math.MaxInt64)
	index := format.ColumnIndex{
		NullPages: make([]bool, w.pages), NullCounts: make([]int64, w.pages),
		MinValues: make([][]byte, w.pages), MaxValues: make([][]byte, w.pages),
	}
	for i := range w.pages {
		index.MinValues[i], index.MaxValues[i] = least[:], most[:]
	}
	return index
}
