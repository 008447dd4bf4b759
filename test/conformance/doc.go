// Package conformance examines a licensing server from outside, over HTTP alone, as an unmodified client of the published
// API would see it: the test vectors, every status code, and what this server adds to the API. It shares no code with the
// server and knows nothing of Kubernetes.
//
// Each case makes what it needs under new names, so that a system with data in it can be examined, and most cases run at
// once. Expected amounts are computed from the times that the server reports, and a case whose own clock ran away from it
// on a busy machine is told again from the start.
package conformance
