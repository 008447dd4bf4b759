package outbox

import (
	"cmp"
	"fmt"

	"github.com/licensing-operator/licensing-operator/internal/ledger"
)

// In percent of a bound. A page that does not fit leaves some room.
const (
	pressedAt    = 50
	nearlyFullAt = 80
	fullAt       = 99
)

// refusedShare is how much of the bound the pages of refused accounts may take together, in percent. Theirs stay until
// somebody sees to it; the rest is for the next outage of the others, of which a single one may take everything.
const refusedShare = 50

// room is what pages take of what they may.
type room struct {
	bytes, maxBytes int64
	// wanted are the bytes of a page that did not fit.
	wanted int64
}

func (r room) fits(bytes int64) bool { return r.bytes+bytes <= r.maxBytes }

func (r room) taken(percent int64) bool { return r.bytes >= r.maxBytes*percent/100 }

// full also finds what another replica has filled.
func (r room) full() bool { return r.wanted > 0 || r.taken(fullAt) }

// wanted are the bytes of a page for which there was no room: among all, and among those of refused accounts.
type wanted struct{ all, refused int64 }

// left is the room of all pages but those of refused accounts, which do not make room: what they leave.
func (s *summary) left() room {
	return room{s.all.Bytes - s.refusedBytes, s.maxBytes - s.refusedBytes, s.wanted.all}
}

// ofRefused is the room of the pages of refused accounts.
func (s *summary) ofRefused() room {
	return room{s.refusedBytes, s.maxBytes * refusedShare / 100, s.wanted.refused}
}

// makeRoom forgets a page for which there was no room, if there is now.
func (s *summary) makeRoom() {
	if s.left().fits(s.wanted.all) {
		s.wanted.all = 0
	}
	if s.ofRefused().fits(s.wanted.refused) {
		s.wanted.refused = 0
	}
}

// reserve tells whether there is room for more bytes of an account.
func (o *Outbox) reserve(account ledger.AccountID, bytes int64) error {
	o.mu.Lock()
	defer o.mu.Unlock()
	if cause, refused := o.sum.refused[account]; refused {
		if of := o.sum.ofRefused(); !of.fits(bytes) {
			o.sum.wanted.refused = bytes
			return fmt.Errorf("%w: the store does not take those of this instance (%s), and the pages of all such instances take %d bytes of the %d that they may, %d more are needed",
				ledger.ErrRecordFull, cause, of.bytes, of.maxBytes, bytes)
		}
		o.sum.wanted.refused = 0
	}
	if !o.sum.left().fits(bytes) {
		o.sum.wanted.all = bytes
		return fmt.Errorf("%w: the store does not take them (%s), and the pages on the API server take %d bytes of %d, %d more are needed",
			ledger.ErrRecordFull, o.sum.whyNot(account), o.sum.all.Bytes, o.sum.maxBytes, bytes)
	}
	o.sum.wanted.all = 0
	return nil
}

// whyNot tells why the store does not take an account's records now.
func (s *summary) whyNot(account ledger.AccountID) string {
	return cmp.Or(s.cause, s.refused[account], "what waits is being moved there, and comes first")
}

// lacks tells whether the records of an account want room of which too much is taken. Those that go straight to the store
// want none, unless it refuses them. It wants the lock.
func (o *Outbox) lacks(account ledger.AccountID, tooMuch func(room) bool) bool {
	_, refused := o.sum.refused[account]
	if refused && tooMuch(o.sum.ofRefused()) {
		return true
	}
	way := o.lanes[account]
	return (refused || o.down.Load() || way != nil && way.spilled.Load()) && tooMuch(o.sum.left())
}

// Pressed tells that the room that an account's records want should be left to those that move tokens or units.
func (o *Outbox) Pressed(account ledger.AccountID) bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.lacks(account, func(r room) bool { return r.taken(pressedAt) })
}
