// Package ledgertest is what tests of the ledger and of everything on top of it share: a store in memory, faults for any
// store, the contract that every store fulfills, and the invariants that hold after every scenario.
package ledgertest
