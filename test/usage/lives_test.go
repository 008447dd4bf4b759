package usage

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"time"

	"github.com/licensing-operator/licensing-operator/pkg/client"
	v2 "github.com/licensing-operator/licensing-operator/pkg/client/v2"
)

// load is what clients do until enough was committed.
type load struct {
	shop    *shop
	license *license
	// enough is closed when enough was committed.
	enough chan struct{}
}

func (l *load) over() bool {
	select {
	case <-l.enough:
		return true
	default:
		return false
	}
}

// buyer makes one-off requests: of four one is refused, and one in part.
func (l *load) buyer(ctx context.Context, name int) error {
	for n := 0; !l.over(); n++ {
		items := [][]client.RequestedItem{{seat}, {photo, seat}, {unpriced, seat}, {priceless}}[n%4]
		if err := l.shop.buys(ctx, name+n, fmt.Sprintf("buyer-%d-%d", name, n), items...); err != nil {
			return fmt.Errorf("buyer %d, request %d: %w", name, n, err)
		}
	}
	return nil
}

// visitor uses one session after the other, for a moment each.
func (l *load) visitor(ctx context.Context, name int) error {
	for n := 0; !l.over(); n++ {
		key := func(step string) string { return fmt.Sprintf("visitor-%d-%d-%s", name, n, step) }
		session, err := l.shop.opens(ctx, name, key("open"))
		if err != nil {
			return fmt.Errorf("open a session: %w", err)
		}
		err = errors.Join(
			l.shop.uses(ctx, name+n, session, key("first"), photo),
			l.shop.uses(ctx, name+n+1, session, key("more"), photo, seat),
			l.shop.uses(ctx, name+n, session, key("too-much"), priceless),
			l.shop.beats(ctx, name, session),
			l.shop.uses(ctx, name+n, session, key("halt")),
			l.shop.uses(ctx, name+n, session, key("again"), seat),
			l.shop.closes(ctx, name+n+1, session, key("close")),
		)
		if err != nil && !hasEnded(err) {
			return fmt.Errorf("session %s: %w", session, err)
		}
	}
	return nil
}

// hasEnded tells of an error that the session has ended, or has been gone since. One whose server was down for long may have.
func hasEnded(err error) bool {
	refused := (*refusal)(nil)
	return errors.As(err, &refused) && (refused.status == http.StatusConflict || refused.status == http.StatusNotFound)
}

// holder keeps a session for as long as the load lasts, so that it is charged by the clock. One who is silent loses it, and
// begins again.
func (l *load) holder(ctx context.Context, name int, silent bool) error {
	for n := 0; !l.over(); n++ {
		session, err := l.shop.opens(ctx, name, fmt.Sprintf("holder-%d-%d", name, n))
		if err == nil {
			err = l.shop.uses(ctx, name, session, fmt.Sprintf("holder-%d-%d-uses", name, n), seat)
		}
		if err != nil {
			return fmt.Errorf("hold session %s: %w", session, err)
		}
		for beats := 0; !l.over() && (!silent || beats < 10); beats++ {
			select {
			case <-time.After(chargePeriod / 5):
			case <-l.enough:
			}
			if silent {
				continue
			}
			if err := l.shop.beats(ctx, name, session); err != nil {
				break // it has ended: another one
			}
		}
		err = l.shop.closes(ctx, name, session, fmt.Sprintf("holder-%d-%d-closes", name, n))
		if err != nil && !hasEnded(err) {
			return fmt.Errorf("close session %s: %w", session, err)
		}
	}
	return nil
}

// consumer consumes several values at once, of which one is too large, and gives one back.
func (l *load) consumer(ctx context.Context, name int) error {
	for n := 0; !l.over(); n++ {
		values := []v2.ConsumptionHeartbeatValueDto{l.license.value(meter, "2000000000", nil)}
		for range consumedAtOnce - 1 {
			values = append(values, l.license.value(meter, "0.5", nil))
		}
		ids, err := l.license.sends(ctx, name+n, fmt.Sprintf("consumer-%d-%d", name, n), values...)
		if err == nil {
			err = l.license.givesBack(ctx, name, meter, ids[0])
		}
		if err != nil {
			return fmt.Errorf("consumer %d, call %d: %w", name, n, err)
		}
	}
	return nil
}

// guest asks for a unit for a user, of which there are too few, and gives it back.
func (l *load) guest(ctx context.Context, name int) error {
	for n := 0; !l.over(); n++ {
		user := l.license.users[rand.IntN(len(l.license.users))] //nolint:gosec // which one must not matter
		ids, err := l.license.sends(ctx, name+n, fmt.Sprintf("guest-%d-%d", name, n), l.license.value(units, "1", &user))
		if err == nil && len(ids) > 0 {
			err = l.license.givesBack(ctx, name, units, ids[0])
		}
		if err != nil {
			return fmt.Errorf("guest %d, call %d: %w", name, n, err)
		}
	}
	return nil
}
