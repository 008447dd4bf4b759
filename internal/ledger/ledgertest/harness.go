package ledgertest

import (
	"testing"

	"github.com/licensing-operator/licensing-operator/internal/ledger"
)

// Harness is a store with the means to do what its users, and the other parts of the operator, do to what it keeps.
// Every effect is visible to the store when a method returns; what cannot be done fails the test.
type Harness interface {
	Store() ledger.Store

	// CreateInstance makes an Instance that has no account yet, and names its account. The anchor is zero.
	CreateInstance(t testing.TB) ledger.AccountID
	// SetAnchor sets what the Instance remembers of its account.
	SetAnchor(t testing.TB, id ledger.AccountID, anchor ledger.Anchor)
	// TamperAccount edits one part (ledger.PartUsage, …) of the stored account behind the ledger's back.
	TamperAccount(t testing.TB, id ledger.AccountID, part string, edit func(string) string)
	// DeleteAccount deletes the account behind the ledger's back.
	DeleteAccount(t testing.TB, id ledger.AccountID)
	// TamperReceiptPage edits the text of a stored page of receipts behind the ledger's back.
	TamperReceiptPage(t testing.TB, id ledger.AccountID, hash string, edit func(string) string)
	// DeleteReceiptPage deletes a page of receipts.
	DeleteReceiptPage(t testing.TB, id ledger.AccountID, hash string)

	// CreateSession makes a session of the instance that no transaction has touched.
	CreateSession(t testing.TB, id ledger.AccountID) ledger.Subject
	// CreateUser makes an active user of the line item with the activation id, which exists from then on, who holds
	// nothing. The user id is unique.
	CreateUser(t testing.TB, id ledger.AccountID, activationID, userID string) ledger.Subject
	// CreateActivation makes a client of the line item with the activation id, which exists from then on, that holds nothing.
	// The client id is unique.
	CreateActivation(t testing.TB, id ledger.AccountID, activationID, clientID string) ledger.Subject
	// Recreate deletes a subject for good and makes another one under the same name.
	Recreate(t testing.TB, subject ledger.Subject) ledger.Subject
	// Delete deletes a subject for good, whatever finalizer it has.
	Delete(t testing.TB, subject ledger.Subject)
	// Renew renews a session in its spec, as its holder does.
	Renew(t testing.TB, session ledger.Subject)
}
