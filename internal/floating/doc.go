// Package floating keeps count of the open sessions of floating licenses: one register per license, changed by
// compare-and-swap on one stored object. The rules are in package licensing.
//
// Requests for one license wait for their turn, and those that wait at the same time are decided together and stored with
// one write. All of them can be repeated by the session's id: a repeat finds the session opened or closed. A write whose
// outcome is unknown is therefore settled by reading the register and deciding again, and a client that was not answered
// asks again.
package floating
