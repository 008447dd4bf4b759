// Package ledger keeps one account per Instance and makes every movement of tokens exactly once.
//
// Requests for one account queue up; a worker evaluates the whole queue against the account with the pure functions of
// package licensing and commits the result as one compare-and-swap on one stored object (group commit). Nobody hears
// "granted" before that write succeeded. What was committed but is not yet in the status of the Session or
// UserProvisioning it is about, and not yet in the usage record, stays in the account's open list, from which any
// replica finishes it after a crash.
//
// Any replica may commit; the store's compare-and-swap is the only arbiter. Four rules make that exact:
//
//   - after a foreign commit a replica forgets what it knew of the account's subjects, and reads a subject live, after
//     the account, before its next transaction on it;
//   - writing through is conditional on the revision that the transaction was based on;
//   - a transaction leaves the open list only after its subject was seen at or past it;
//   - what a replica knows of a subject is the state seen through the open list, never an older one.
//
// The package knows a Store, not Kubernetes.
package ledger
