package main

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"syscall"
	"time"
)

// measureSync gives the median time that the disk takes to make 4 KiB durable: no commit can be faster.
func measureSync(dir string) (time.Duration, error) {
	file, err := os.Create(filepath.Join(dir, "fdatasync"))
	if err != nil {
		return 0, err
	}
	defer func() {
		_ = file.Close()
		_ = os.Remove(file.Name())
	}()
	block := make([]byte, 4096)
	times := make([]time.Duration, 100)
	for i := range times {
		if _, err := file.Write(block); err != nil {
			return 0, err
		}
		started := time.Now()
		if err := syscall.Fdatasync(int(file.Fd())); err != nil {
			return 0, fmt.Errorf("fdatasync: %w", err)
		}
		times[i] = time.Since(started)
	}
	slices.Sort(times)
	return times[len(times)/2], nil
}
