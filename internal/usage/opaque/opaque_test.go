package opaque_test

import (
	"bytes"
	"math/rand/v2"
	"testing"

	"github.com/licensing-operator/licensing-operator/internal/usage/opaque"
)

func positionsOf(t *testing.T, key byte) *opaque.Positions {
	t.Helper()
	positions, err := opaque.New(bytes.Repeat([]byte{key}, opaque.KeyBytes))
	if err != nil {
		t.Fatal(err)
	}
	return positions
}

func TestEveryPositionIsFoundAgainAndNoTwoAreHiddenAsOne(t *testing.T) {
	positions := positionsOf(t, 1)
	random := rand.New(rand.NewPCG(1, 2)) //nolint:gosec // it must be the same each time
	seen := map[int64]int64{}
	check := func(position int64) {
		hidden := positions.Hide(position)
		if found, ok := positions.Find(hidden); !ok || found != position || !opaque.Is(hidden) || opaque.Is(position) {
			t.Fatalf("position %d is hidden as %d, which is found as %d, %t", position, hidden, found, ok)
		}
		if other, twice := seen[hidden]; twice && other != position {
			t.Fatalf("positions %d and %d are both hidden as %d", other, position, hidden)
		}
		seen[hidden] = position
	}
	for n := range int64(50_000) {
		check(n + 1)
		check(1 + random.Int64N(1<<52-1))
	}
	check(1<<52 - 1)
	// Both ways are of the same numbers: what is hidden is a permutation of what can be.
	for range 50_000 {
		hidden := 1<<52 + random.Int64N(1<<52)
		if found, ok := positions.Find(hidden); !ok || positions.Hide(found) != hidden {
			t.Fatalf("%d is found as %d, %t, which is hidden as %d", hidden, found, ok, positions.Hide(found))
		}
	}
}

func TestHiddenPositionsSayNothingOfOrderAndDistance(t *testing.T) {
	positions := positionsOf(t, 1)
	const n = 50_000
	up, distances, high := 0, map[int64]bool{}, 0
	for position := range int64(n) {
		distance := positions.Hide(position+2) - positions.Hide(position+1)
		if distance > 0 {
			up++
		}
		distances[distance] = true
		if positions.Hide(position+1)>>51&1 == 1 {
			high++
		}
	}
	if len(distances) != n || up < n*49/100 || up > n*51/100 || high < n*49/100 || high > n*51/100 {
		t.Errorf("of %d steps %d go up, with %d distances; %d positions are in the upper half", n, up, len(distances), high)
	}
}

// Customers keep hidden positions for as long as they want to: what they stand for must never change.
func TestHiddenPositionsStayWhatTheyAre(t *testing.T) {
	for _, test := range []struct {
		key              byte
		position, hidden int64
	}{
		{1, 1, 8508916251821434}, {1, 2, 8112464302877703}, {1, 1 << 40, 4769741925962034}, {2, 1, 5969752701678656},
	} {
		if hidden := positionsOf(t, test.key).Hide(test.position); hidden != test.hidden {
			t.Errorf("position %d is hidden as %d with key %d, was %d", test.position, hidden, test.key, test.hidden)
		}
	}
	if hidden := positionsOf(t, 1).Hide(0); hidden != 0 {
		t.Errorf("the beginning is hidden as %d", hidden)
	}
}

func TestWhatIsNoHiddenPositionIsNotFound(t *testing.T) {
	for _, number := range []int64{-1, 0, 1, 1<<52 - 1, 1 << 53, 1<<63 - 1} {
		if position, ok := positionsOf(t, 1).Find(number); ok {
			t.Errorf("%d is found as %d", number, position)
		}
	}
	for _, key := range [][]byte{nil, make([]byte, 16), make([]byte, 33)} {
		if _, err := opaque.New(key); err == nil {
			t.Errorf("a key of %d bytes is taken", len(key))
		}
	}
}
