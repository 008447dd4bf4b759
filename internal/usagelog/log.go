// Package usagelog keeps usage records in a file: a line of JSON for each transaction.
package usagelog

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"sync"
	"syscall"

	"github.com/licensing-operator/licensing-operator/internal/ledger"
)

// Line is what the log says of a transaction. The state of its subject is left out: it is in that object's status, and the
// entries alone explain every balance.
type Line struct {
	Account ledger.AccountID `json:"account"`
	ledger.Transaction
}

// Log appends to a file. A line that was acknowledged survives a power cut. A transaction may be there twice, after a
// crash between the write and its acknowledgement: its id tells. It is safe for concurrent use.
type Log struct {
	mu   sync.Mutex
	file *os.File
	// size is the end of the last whole line.
	size int64
}

var _ ledger.Recorder = (*Log)(nil)

// Open opens the log, or begins a new one. One process at a time may have it open.
func Open(path string) (*Log, error) {
	file, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, fmt.Errorf("usage log: %w", err)
	}
	log := &Log{file: file}
	if err := log.recover(); err != nil {
		return nil, errors.Join(fmt.Errorf("usage log %s: %w", path, err), file.Close())
	}
	return log, nil
}

func (l *Log) recover() error {
	if err := syscall.Flock(int(l.file.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		return fmt.Errorf("another process has it open: give each replica a file of its own: %w", err)
	}
	end, err := endOfLastLine(l.file)
	if err != nil {
		return err
	}
	l.size = end
	// What comes after it was torn by a crash. It was not acknowledged, so that it is recorded again.
	if err := l.file.Truncate(end); err != nil {
		return err
	}
	// The name of a new file is to survive a power cut as well.
	directory, err := os.Open(filepath.Dir(l.file.Name()))
	if err != nil {
		return err
	}
	return errors.Join(directory.Sync(), directory.Close())
}

// endOfLastLine looks for it from the end: a log may be long.
func endOfLastLine(file *os.File) (int64, error) {
	end, err := file.Seek(0, io.SeekEnd)
	if err != nil {
		return 0, err
	}
	block := make([]byte, 64<<10)
	for end > 0 {
		start := max(0, end-int64(len(block)))
		part := block[:end-start]
		if _, err := file.ReadAt(part, start); err != nil {
			return 0, err
		}
		if newline := bytes.LastIndexByte(part, '\n'); newline >= 0 {
			return start + int64(newline) + 1, nil
		}
		end = start
	}
	return 0, nil
}

// Record appends the transactions and returns when the disk has them. It appends all of them or none.
func (l *Log) Record(_ context.Context, account ledger.AccountID, transactions []*ledger.Transaction) error {
	var lines bytes.Buffer
	encoder := json.NewEncoder(&lines)
	for _, transaction := range transactions {
		line := Line{Account: account, Transaction: *transaction}
		line.State = ledger.State{}
		if err := encoder.Encode(line); err != nil {
			return fmt.Errorf("usage log: %w", err)
		}
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	_, err := l.file.WriteAt(lines.Bytes(), l.size)
	if err == nil {
		err = l.file.Sync()
	}
	if err != nil {
		// Half a line must not stay in front of the next one.
		return fmt.Errorf("usage log: %w", errors.Join(err, l.file.Truncate(l.size)))
	}
	l.size += int64(lines.Len())
	return nil
}

// Close closes the file. Everything acknowledged is on the disk already.
func (l *Log) Close() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.file.Close()
}
