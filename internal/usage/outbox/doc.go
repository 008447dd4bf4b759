// Package outbox takes what the ledger has committed into the usage store, and keeps it on the API server while the store
// cannot take it: charging never waits for the store.
//
// Records leave the ledger in one of two ways. As long as the store answers, they are appended to it, those of several
// accounts together. When it does not, the records of an account become a page, an object of the API server. From then on
// all that the account has to say becomes pages, so that order is kept, until whoever reaches the store has moved them
// there: read, appended, and only then deleted. A page that is there twice, or is moved twice, does no harm, because the
// store knows records by their ids.
package outbox
