package outbox

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"

	"github.com/licensing-operator/licensing-operator/internal/ledger"
	"github.com/licensing-operator/licensing-operator/internal/licensing"
	"github.com/licensing-operator/licensing-operator/internal/usage"
)

var acme = ledger.AccountID{Namespace: "shop", Name: "acme"}

func records(count, bytes int) (made []usage.Record) {
	for n := range count {
		meta := make([]byte, bytes)
		for i := range meta {
			meta[i] = byte('a' + rand.IntN(26))
		}
		made = append(made, usage.Record{
			ID: fmt.Sprintf("t-%d/0", n+1), TransactionID: fmt.Sprintf("t-%d", n+1), Sequence: int64(n + 1), Kind: usage.Charge,
			Time: time.Date(2026, 3, 1, 12, 0, n, 0, time.UTC), Namespace: acme.Namespace, Instance: acme.Name,
			MetaData: []byte(`"` + string(meta) + `"`),
		})
	}
	return made
}

func TestAPageGivesBackWhatItWasMadeOf(t *testing.T) {
	want := records(3, 10)
	page, content, err := newPage(acme, want, "")
	if err != nil {
		t.Fatal(err)
	}
	got, err := recordsOf(page, content)
	if diff := cmp.Diff(want, got); diff != "" || err != nil {
		t.Errorf("%v (-want +got)\n%s", err, diff)
	}
	if page.First != 1 || page.Last != 3 || !page.Oldest.Equal(want[0].Time) || page.Records != 3 {
		t.Errorf("the page says %+v", page)
	}
}

func TestTheSameRecordsMakeTheSamePageUnlessItIsMarked(t *testing.T) {
	of := records(3, 10)
	plain, _, _ := newPage(acme, of, "")
	again, _, _ := newPage(acme, of, "")
	marked, content, err := newPage(acme, of, "a mark")
	if plain.Hash != again.Hash || plain.Hash == marked.Hash || err != nil {
		t.Errorf("hashes %s, %s, marked %s: %v", plain.Hash, again.Hash, marked.Hash, err)
	}
	if got, err := recordsOf(marked, content); err != nil || len(got) != 3 {
		t.Errorf("a marked page has %d records: %v", len(got), err)
	}
}

func TestAPageThatDoesNotSayWhatItPromisesIsRefused(t *testing.T) {
	page, content, err := newPage(acme, records(2, 10), "")
	if err != nil {
		t.Fatal(err)
	}
	other := records(2, 10)
	other[1].Instance = "somebody-else"
	foreign, foreignContent, err := newPage(acme, other, "")
	if err != nil {
		t.Fatal(err)
	}
	short := page
	short.Records = 3
	for name, test := range map[string]struct {
		page    Page
		content []byte
		want    string
	}{
		"another content":        {page, foreignContent, "was altered"},
		"half of it":             {page, content[:len(content)/2], "was altered"},
		"nothing":                {page, nil, "was altered"},
		"a record of another":    {foreign, foreignContent, "has one of shop/somebody-else"},
		"fewer than it is to be": {short, content, "has 2 and not 3"},
	} {
		t.Run(name, func(t *testing.T) {
			if _, err := recordsOf(test.page, test.content); err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("got %v, want %q", err, test.want)
			}
		})
	}
}

func TestWhatIsTooLargeForAPageBecomesSeveralInOrder(t *testing.T) {
	o := New(Options{PageBytes: 4 << 10})
	defer o.Close()
	want := records(40, 1000)
	pages, err := o.pagesOf(acme, want, "")
	if err != nil {
		t.Fatal(err)
	}
	var got []usage.Record
	for _, page := range pages {
		if len(page.content) > 4<<10 {
			t.Errorf("a page has %d bytes", len(page.content))
		}
		part, err := recordsOf(page.Page, page.content)
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, part...)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
}

// Pages of another replica may come between any two, and records of one transaction have to stand one behind the other.
func TestATransactionIsOnOnePage(t *testing.T) {
	o := New(Options{PageBytes: 4 << 10})
	defer o.Close()
	// Two of them are larger than a page.
	for _, perTransaction := range [][]int{{3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3}, {1, 1, 1, 9, 1}, {9, 1, 2, 1}, {1, 2, 9}, {9}, {9, 9}} {
		var want []usage.Record
		for transaction, count := range perTransaction {
			for place, record := range records(count, 500) {
				record.TransactionID, record.Sequence = fmt.Sprintf("t-%d", transaction), int64(transaction/2+1)
				record.ID = fmt.Sprintf("%s/%d", record.TransactionID, place)
				want = append(want, record)
			}
		}
		pages, err := o.pagesOf(acme, want, "")
		if err != nil {
			t.Fatal(err)
		}
		var got []usage.Record
		pageOf := map[string]int{}
		for i, page := range pages {
			part, err := recordsOf(page.Page, page.content)
			if err != nil {
				t.Fatal(err)
			}
			transactions := map[string]bool{}
			for _, record := range part {
				if before, found := pageOf[record.TransactionID]; found && before != i {
					t.Errorf("%v: transaction %s is on page %d and on page %d", perTransaction, record.TransactionID, before, i)
				}
				pageOf[record.TransactionID], transactions[record.TransactionID] = i, true
			}
			if len(page.content) > 4<<10 && len(transactions) > 1 {
				t.Errorf("%v: a page of %d transactions has %d bytes", perTransaction, len(transactions), len(page.content))
			}
			got = append(got, part...)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%v (-want +got)\n%s", perTransaction, diff)
		}
	}
}

// The open transactions of an account are not bounded one by one, but they are in one object, as text.
func TestATransactionThatFitsAnAccountFitsAPage(t *testing.T) {
	const object = 1 << 20
	for name, entry := range map[string]func() licensing.Entry{
		"many small ones": func() licensing.Entry {
			return licensing.Entry{Kind: licensing.EntryCharge, Item: "P", Rate: 1_000_000, ActivationID: uuid.NewString(), Tokens: licensing.Tokens(rand.Int64N(1e12))}
		},
		"noise in all of them": func() licensing.Entry {
			return licensing.Entry{Kind: licensing.EntryCharge, Item: "P", MetaData: records(1, 4096)[0].MetaData}
		},
	} {
		t.Run(name, func(t *testing.T) {
			transaction := &ledger.Transaction{ID: uuid.NewString(), Sequence: 1, Time: time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)}
			for text := 0; text < object; {
				next := entry()
				transaction.Entries = append(transaction.Entries, next)
				line, err := json.Marshal(next)
				if err != nil {
					t.Fatal(err)
				}
				text += len(line) + len(",")
			}
			_, content, err := newPage(acme, usage.RecordsOf(acme, transaction), "")
			if err != nil {
				t.Fatal(err)
			}
			t.Logf("%d entries make a page of %d bytes", len(transaction.Entries), len(content))
			if len(content)+objectBytes > object {
				t.Errorf("%d entries make a page of %d bytes, want no more than %d", len(transaction.Entries), len(content), object-objectBytes)
			}
		})
	}
}

func TestSmallPagesInARowAreWorthMerging(t *testing.T) {
	pages := func(bytes ...int64) (made []Page) {
		for i, size := range bytes {
			made = append(made, Page{Account: acme, First: int64(i + 1), Last: int64(i + 1), Records: 1, Bytes: size})
		}
		return made
	}
	repeat := func(n int, size int64) (bytes []int64) {
		for range n {
			bytes = append(bytes, size)
		}
		return bytes
	}
	for name, test := range map[string]struct {
		bytes []int64
		want  []int
	}{
		"none":                           {nil, nil},
		"too few":                        {repeat(15, 1000), nil},
		"enough":                         {repeat(16, 1000), []int{16}},
		"large ones stay":                {repeat(40, 100<<10), nil},
		"a large one lies between":       {append(append(repeat(16, 1000), 100<<10), repeat(17, 1000)...), []int{16, 17}},
		"more than are read into memory": {repeat(80, 60<<10), []int{68}},
	} {
		t.Run(name, func(t *testing.T) {
			var got []int
			for _, run := range smallRuns(pages(test.bytes...), nil) {
				got = append(got, len(run))
			}
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("(-want +got)\n%s", diff)
			}
		})
	}
}
