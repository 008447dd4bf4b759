// Package opaque hides positions of usage records from those who may see single accounts only. Positions count the records
// of all accounts: two of them would tell how many records of others lie between.
//
// A hidden position is the position itself, encrypted by a Feistel network of ten rounds of AES, as FF1 has (NIST SP 800-38G).
// Without the key nobody can tell order or distance of two of them, or make one. All are of 16 digits, and exact in JSON.
package opaque

import (
	"crypto/aes"
	"crypto/cipher"
	"encoding/binary"
	"fmt"
)

// KeyBytes is how long a key is.
const KeyBytes = 32

const (
	// Hidden positions begin at 2^52, so that they are never taken for others, and end before 2^53.
	lowest = 1 << 52
	// A position has two halves. At a million records a second the 52 bits are enough for 142 years.
	halfBits = 26
	halfMask = 1<<halfBits - 1
	rounds   = 10
)

// Positions are hidden and found with one key. It is safe for concurrent use.
type Positions struct{ block cipher.Block }

// New takes a key of KeyBytes.
func New(key []byte) (*Positions, error) {
	if len(key) != KeyBytes {
		return nil, fmt.Errorf("the key of positions has %d bytes, must have %d", len(key), KeyBytes)
	}
	block, err := aes.NewCipher(key)
	return &Positions{block}, err
}

// Is tells a hidden position from one that is not.
func Is(number int64) bool { return number >= lowest && number < 2*lowest }

// Hide gives the same for the same position each time. 0, which is before all of them, stays.
func (p *Positions) Hide(position int64) int64 {
	if position == 0 {
		return 0
	}
	left, right := halves(position)
	for round := range rounds {
		left, right = right, left^p.mixed(round, right)
	}
	return lowest | int64(left)<<halfBits | int64(right)
}

// Find is the other way round. A number that was never given out is a position at random, or none.
func (p *Positions) Find(hidden int64) (position int64, ok bool) {
	if !Is(hidden) {
		return 0, false
	}
	left, right := halves(hidden)
	for round := rounds - 1; round >= 0; round-- {
		left, right = right^p.mixed(round, left), left
	}
	position = int64(left)<<halfBits | int64(right)
	return position, position > 0
}

func halves(number int64) (left, right uint32) {
	return uint32(number >> halfBits & halfMask), uint32(number & halfMask) //nolint:gosec // of 26 bits
}

// mixed is what a round adds to one half for the other one.
func (p *Positions) mixed(round int, half uint32) uint32 {
	var block [aes.BlockSize]byte
	block[0] = byte(round)
	binary.BigEndian.PutUint32(block[1:], half)
	p.block.Encrypt(block[:], block[:])
	return binary.BigEndian.Uint32(block[:]) & halfMask
}
