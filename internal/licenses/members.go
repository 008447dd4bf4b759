package licenses

import (
	"context"

	"golang.org/x/sync/errgroup"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/utils/lru"

	"github.com/licensing-operator/licensing-operator/api/v1alpha1"
	"github.com/licensing-operator/licensing-operator/internal/ledger"
)

// memberNamed is the user of an object; nil if it is gone. The object has to be read after the account. While nothing
// happens on an account, that it was seen before the call as it is found now is as good, and both are read at once.
func (l *Licenses) memberNamed(ctx context.Context, account ledger.AccountID, name string) (*member, error) {
	var (
		committed ledger.Committed
		object    *v1alpha1.UserProvisioning
		reading   errgroup.Group
		before    = l.sights.before(account)
	)
	reading.Go(func() (err error) {
		committed, err = l.Ledger.Committed(ctx, account)
		return err
	})
	if before.quiet {
		reading.Go(func() (err error) {
			object, err = l.liveUser(ctx, name)
			return err
		})
	}
	if err := reading.Wait(); err != nil {
		return nil, l.failed(err, nil)
	}
	l.sights.saw(account, before, committed.Sequence)
	if !before.quiet || before.sequence != committed.Sequence {
		var err error
		if object, err = l.liveUser(ctx, name); err != nil {
			return nil, l.failed(err, nil)
		}
	}
	if object == nil {
		return nil, nil
	}
	found := memberOf(committed, object)
	return &found, nil
}

// liveUser is nil for one that is gone.
func (l *Licenses) liveUser(ctx context.Context, name string) (*v1alpha1.UserProvisioning, error) {
	var object v1alpha1.UserProvisioning
	err := l.Live.Get(ctx, l.key(name), &object)
	if apierrors.IsNotFound(err) {
		return nil, nil
	}
	return &object, err
}

// sights remember at which sequence accounts were last seen. It is safe for concurrent use.
type sights struct{ last *lru.Cache }

// sight is a look at an account. A quiet one found it as the look before.
type sight struct {
	sequence int64
	quiet    bool
}

const accountsInSight = 4096

func newSights() sights { return sights{last: lru.New(accountsInSight)} }

func (s sights) before(account ledger.AccountID) sight {
	last, _ := s.last.Get(account)
	known, _ := last.(sight)
	return known
}

func (s sights) saw(account ledger.AccountID, before sight, sequence int64) {
	s.last.Add(account, sight{sequence: sequence, quiet: before.sequence == sequence})
}
