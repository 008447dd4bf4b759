package allotment

import (
	"sync"
	"time"

	"sigs.k8s.io/controller-runtime/pkg/client"
)

const (
	// LookAgain is how soon a license is looked at again whose objects do not show yet what the account says.
	LookAgain = time.Second
	// longestDoubt is how long a difference is put down to objects that are still being written.
	longestDoubt = 5 * time.Second
)

// Doubts remember since when what the objects of a license hold has not been what the account says. The zero value is
// ready. It is safe for concurrent use.
type Doubts struct {
	mu   sync.Mutex
	from map[client.ObjectKey]time.Time
}

// Justified tells whether it is time to recount. As long as transactions are on their way to the objects, a difference is
// most likely theirs: to recount then would be to list all objects for nothing, again and again while they arrive.
func (d *Doubts) Justified(license client.ObjectKey, underWay bool, now time.Time) bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	from, known := d.from[license]
	if !underWay || (known && now.Sub(from) >= longestDoubt) {
		delete(d.from, license)
		return true
	}
	if !known {
		if d.from == nil {
			d.from = map[client.ObjectKey]time.Time{}
		}
		d.from[license] = now
	}
	return false
}

// Dispel is called when there is no difference.
func (d *Doubts) Dispel(license client.ObjectKey) {
	d.mu.Lock()
	defer d.mu.Unlock()
	delete(d.from, license)
}
