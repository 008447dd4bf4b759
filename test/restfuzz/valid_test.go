package restfuzz

import (
	"testing"

	"github.com/licensing-operator/licensing-operator/test/restfuzz/attack"
)

// TestValidRequests makes requests that are valid by the description, and wants each operation to grant one at least.
func TestValidRequests(t *testing.T) {
	var w *world
	for number, o := range operations() {
		t.Run(o.String(), func(t *testing.T) {
			granted := 0
			w = standing(t, w)
			for round := range 2 * rounds {
				m := o.request()
				if o.Body() != nil {
					m = m.JSON(attack.MustJSON(attack.Draw(o.Body(), known, 1000*number+round)))
				}
				if e := w.ask(m); e.status < 300 {
					granted++
				}
			}
			if granted > 0 {
				return
			}
			w = standing(t, w)
			m := o.request()
			if o.Body() != nil {
				m = m.JSON(attack.MustJSON(o.sampleBody()))
			}
			if e := w.ask(m); e.status >= 400 && e.status != 409 && e.status != 404 {
				t.Errorf("nothing was granted\n%s", e)
			}
		})
	}
}
