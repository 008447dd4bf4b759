// Package namedusers examines the v2 REST API of a licensing server from outside, over HTTP alone, as an unmodified
// published client would see it: every test vector, who may do what, every error id, and what clients take for granted of
// a server. It verifies the signatures of every answer over the exact bytes, and gives requests in turn to all replicas.
//
// It shares no code with the server and knows nothing of Kubernetes. What has to be there before clients call, the
// products, editions and licenses, comes from a Shop. Each case is about licenses of its own.
package namedusers
