package users

import (
	"errors"
	"sync"
)

// together does something so many times at once.
func together(count int, do func(i int) error) error {
	var all sync.WaitGroup
	errs := make([]error, count)
	for i := range count {
		all.Go(func() { errs[i] = do(i) })
	}
	all.Wait()
	return errors.Join(errs...)
}
