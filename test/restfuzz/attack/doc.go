// Package attack makes requests from an OpenAPI document, valid ones and such as nobody should send, and holds answers
// against the document. What there is to attack, and with whose rights, is for the tests that use it.
package attack
