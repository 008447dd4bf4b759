// Package licensing holds the rules of software licensing as pure functions over values: which price applies, which
// line item pays, when a session is charged, refunded or ended, who may hold a unit of a limitation.
//
// It imports the standard library only, reads no clock and does no input or output. Every function takes the state it
// decides on, the terms and the time, and returns the next state; the ledger makes that state durable.
package licensing
