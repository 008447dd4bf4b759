package licensing

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
)

// manyWithMetaData are items of which each has that many characters that are written as six.
func manyWithMetaData(number, characters int) (items []RequestedItem) {
	for n := range number {
		one := item(fmt.Sprint("item ", n), "", "1")
		one.MetaData = json.RawMessage(`"` + strings.Repeat("<", characters) + `"`)
		items = append(items, one)
	}
	return items
}

func TestValidateItemsNamesFieldAskedAndPossible(t *testing.T) {
	manyVariables := photoPrints("1")
	manyVariables.Variables = map[string]Tokens{}
	for i := range MaxVariables + 1 {
		manyVariables.Variables[fmt.Sprintf("v%d", i)] = Token
	}
	largeMetaData := photoPrints("1")
	largeMetaData.MetaData = json.RawMessage(strings.Repeat(" ", MaxMetaDataBytes+1))
	sameVariable := photoPrints("1")
	sameVariable.Variables = map[string]Tokens{"Users": Token, "users": 2 * Token, "size": Token}
	for _, test := range []struct {
		name  string
		items []RequestedItem
		want  []string
	}{
		{"an empty list halts a session", nil, nil},
		{"one item", []RequestedItem{photoPrints("0.000001")}, nil},
		{"the same item in two versions", []RequestedItem{photoPrints("1"), item(photoPrint, "2.0", "1"), item(photoPrint, "", "1")}, nil},
		{"as many items as possible", differentItems(MaxRequestedItems), nil},
		{"too many items", differentItems(MaxRequestedItems + 1),
			[]string{"requestedItems: 65 items, at most 64 are possible in one request"}},
		{"count zero", []RequestedItem{photoPrints("0")},
			[]string{"requestedItems[0].count: 0 for item PhotoPrint 1.0, must be more than 0"}},
		{"negative count", []RequestedItem{item(photoPrint, "", "-0.5")},
			[]string{"requestedItems[0].count: -0.5 for item PhotoPrint, must be more than 0"}},
		{"no name", []RequestedItem{cadPrints("1"), item("", "", "1")},
			[]string{"requestedItems[1].item: is required"}},
		{"the same item twice", []RequestedItem{photoPrints("1"), cadPrints("1"), photoPrints("2")},
			[]string{"requestedItems[2]: PhotoPrint 1.0 is already requested in requestedItems[0]; name it once, with the sum of the counts"}},
		{"too many variables", []RequestedItem{manyVariables},
			[]string{"requestedItems[0].variables: 33 variables, at most 32 are possible"}},
		{"one variable in two spellings", []RequestedItem{sameVariable},
			[]string{"requestedItems[0].variables: Users and users are the same variable, give it once"}},
		{"too much metadata", []RequestedItem{largeMetaData},
			[]string{"requestedItems[0].metaData: 4097 bytes, at most 4096 are possible"}},
		{"too much metadata in all items", manyWithMetaData(3, 4000),
			[]string{"requestedItems: metaData of 72006 bytes in all items together, with <, > and & counted as 6, at most 65536 are possible"}},
		{"as much metadata as is possible", manyWithMetaData(16, 680), nil},
		{"everything wrong is reported at once", []RequestedItem{item("", "", "0"), item("", "", "1")}, []string{
			"requestedItems[0].item: is required",
			"requestedItems[0].count: 0 for item , must be more than 0",
			"requestedItems[1].item: is required",
			"requestedItems[1]:  is already requested in requestedItems[0]; name it once, with the sum of the counts",
		}},
	} {
		t.Run(test.name, func(t *testing.T) {
			var got string
			if err := ValidateItems(test.items); err != nil {
				got = err.Error()
			}
			if want := strings.Join(test.want, "\n"); got != want {
				t.Errorf("got\n%s\nwant\n%s", got, want)
			}
		})
	}
}

func differentItems(n int) []RequestedItem {
	items := make([]RequestedItem, n)
	for i := range items {
		items[i] = item(fmt.Sprintf("Item%d", i), "", "1")
	}
	return items
}
