package floating

import (
	"context"
	"errors"
	"strconv"
	"sync"

	"github.com/licensing-operator/licensing-operator/internal/licensing"
)

// memory is a Store whose writes can go wrong in every way.
type memory struct {
	mu        sync.Mutex
	registers map[License]licensing.FloatingRegister
	versions  map[License]int
	saves     int
	// fail is asked before each write for what is to go wrong.
	fail func(save int) writeFailure
}

type writeFailure int

const (
	none writeFailure = iota
	// lost is a write that was not done, answerLost one that was.
	lost
	answerLost
	// down is a store that does not answer at all.
	down
)

var errBroken = errors.New("connection reset by peer")

func newMemory() *memory {
	return &memory{
		registers: map[License]licensing.FloatingRegister{}, versions: map[License]int{}, fail: func(int) writeFailure { return none },
	}
}

func (m *memory) Load(_ context.Context, license License) (licensing.FloatingRegister, Version, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.fail(m.saves) == down {
		return licensing.FloatingRegister{}, "", errBroken
	}
	return m.registers[license], m.version(license), nil
}

func (m *memory) Save(_ context.Context, license License, register licensing.FloatingRegister, version Version) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.saves++
	failure := m.fail(m.saves)
	if failure == lost || failure == down {
		return errBroken
	}
	if version != m.version(license) {
		return ErrConflict
	}
	m.versions[license]++
	m.registers[license] = register
	if failure == answerLost {
		return errBroken
	}
	return nil
}

func (m *memory) Licenses(_ context.Context, namespace string) (licenses []License, err error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for license := range m.registers {
		if license.Namespace == namespace {
			licenses = append(licenses, license)
		}
	}
	return licenses, nil
}

func (m *memory) version(license License) Version {
	if m.versions[license] == 0 {
		return ""
	}
	return Version(strconv.Itoa(m.versions[license]))
}
