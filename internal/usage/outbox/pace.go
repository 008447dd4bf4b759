package outbox

import (
	"context"
	"errors"

	"github.com/licensing-operator/licensing-operator/internal/ledger"
	"github.com/licensing-operator/licensing-operator/internal/usage"
)

// pace is how many records of the account whose turn it is were on pages that were made before, and were moved since.
type pace struct {
	account     ledger.AccountID
	made, moved int64
}

// An account makes three records at most while four of it are moved: else what waits would grow, and with it all the room
// be taken in the end, although the store is there.
const madeOf, movedOf = 3, 4

// outpaces tells that an account makes more than that.
func (p pace) outpaces(way *lane) bool { return (way.records.Load()-p.made)*movedOf > p.moved*madeOf }

func (p *pace) count(pages []Page) {
	for _, page := range pages {
		p.moved += int64(page.Records)
	}
}

// atOnce is how many of the pages are moved while recording waits: of no more than so many records. A single page of more is
// tried, unless less took too long.
func atOnce(pages []Page, most int) int {
	if pages[0].Records > most && most < mostTogether {
		return 0
	}
	count, records := 1, pages[0].Records
	for ; count < min(together(pages), fewPages); count++ {
		if records += pages[count].Records; records > most {
			break
		}
	}
	return count
}

// smaller has less be moved at once than what has taken longer than recording may wait, unless that was little already.
func (t *turns) smaller(tried []Page) bool {
	records := 0
	for _, page := range tried {
		records += page.Records
	}
	half := min(records, t.atOnce) / 2
	if half < few {
		return false
	}
	t.atOnce = half
	return true
}

// moveInPace moves pages together. Those of an account that makes more than are moved are moved while its recording waits:
// it makes a page between two moves, of all that has come until then.
func (o *Outbox) moveInPace(ctx context.Context, pages []Page, t *turns) error {
	account := pages[0].Account
	if pages[len(pages)-1].Account != account {
		return o.moveTogether(ctx, pages, t)
	}
	way := o.lane(account)
	if t.pace.account != account {
		t.pace = pace{account: account, made: way.records.Load()}
	}
	for !t.stuck[account] && t.pace.outpaces(way) {
		count := atOnce(pages, t.atOnce)
		if count == 0 {
			break
		}
		err := o.moveHeld(ctx, way, account, pages[:count])
		switch {
		case err == nil:
		case errors.Is(err, usage.ErrUnavailable):
			return err
		case errors.Is(err, context.DeadlineExceeded) && t.smaller(pages[:count]):
			continue
		default:
			return o.moveTogether(ctx, pages, t)
		}
		o.setUp(nil)
		t.moved += count
		t.pace.count(pages[:count])
		if pages = pages[count:]; len(pages) == 0 {
			return nil
		}
	}
	if err := o.moveTogether(ctx, pages, t); err != nil || t.stuck[account] {
		return err
	}
	t.pace.count(pages)
	return nil
}

// moveHeld moves pages of an account while its recording waits, for as long as the store may take for an answer.
func (o *Outbox) moveHeld(ctx context.Context, way *lane, account ledger.AccountID, pages []Page) error {
	way.mu.Lock()
	defer way.mu.Unlock()
	ctx, cancel := context.WithTimeout(ctx, o.options.Patience)
	defer cancel()
	return o.moveAll(ctx, account, pages)
}
