// Package allotment is what controllers share that give the units of a license to objects, the oldest first: seats and
// limitations to users, tokens to clients.
package allotment
