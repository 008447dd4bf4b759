package ledger

import "context"

// Kubernetes is the caller of what an object asks for. The API server authenticated whoever wrote that.
const Kubernetes = "kubernetes"

type callerKey struct{}

// WithCaller is the context of requests by the caller, as authenticated. Their transactions name it; it decides nothing,
// which is why it is no part of the requests.
func WithCaller(ctx context.Context, caller string) context.Context {
	return context.WithValue(ctx, callerKey{}, caller)
}

func callerFrom(ctx context.Context) string {
	if caller, said := ctx.Value(callerKey{}).(string); said {
		return caller
	}
	return Kubernetes
}
