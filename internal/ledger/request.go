package ledger

import (
	"context"
	"errors"
	"fmt"
)

// Request is one thing that can be asked of an account together with others: a Provisioning, Waiting, Revocation,
// Release, Seating, Unseating, ConsumptionRequest or RollbackRequest.
type Request interface {
	command(id AccountID) *command
}

// Result is what became of a request of a batch: that of a user's, or that of a consumption's.
type Result struct {
	User        UserAnswer
	Consumption ConsumptionAnswer
	// Err is why there is no answer.
	Err error
}

// outcome is the answer of a request before its transaction is followed.
type outcome struct {
	Result
	transaction *Transaction
}

// Batch asks for everything at once. The requests are decided in order, each on what those before it left, each by itself:
// one that is refused or fails does not keep the others from being done. They share commits, so that ten thousand users
// are not ten thousand commits. When the ledger cannot decide, what is left is not asked.
func (l *Ledger) Batch(ctx context.Context, id AccountID, requests []Request) []Result {
	results := make([]Result, 0, len(requests))
	for len(results) < len(requests) {
		rest := requests[len(results):]
		taken := l.together(ctx, id, rest[:min(len(rest), maxBatch)])
		results = append(results, taken...)
		for _, result := range taken {
			if errors.Is(result.Err, ErrUnavailable) {
				for len(results) < len(requests) {
					results = append(results, Result{Err: result.Err})
				}
				break
			}
		}
	}
	return results
}

func (l *Ledger) one(ctx context.Context, id AccountID, request Request) Result {
	return l.together(ctx, id, []Request{request})[0]
}

// together queues all the requests before anything else gets between them.
func (l *Ledger) together(ctx context.Context, id AccountID, requests []Request) []Result {
	ctx, cancel := context.WithTimeout(ctx, l.options.Patience)
	defer cancel()
	commands := make([]*command, len(requests))
	for i, request := range requests {
		commands[i] = request.command(id)
		commands[i].ctx, commands[i].caller, commands[i].done = ctx, callerFrom(ctx), make(chan error, 1)
	}
	results := make([]Result, len(requests))
	if err := l.enqueue(id, commands...); err != nil {
		for i := range results {
			results[i].Err = err
		}
		return results
	}
	for i, command := range commands {
		results[i] = l.await(ctx, id, command)
	}
	return results
}

func (l *Ledger) await(ctx context.Context, id AccountID, command *command) Result {
	select {
	case err := <-command.done:
		return l.resultOf(id, command, err)
	case <-ctx.Done():
	}
	select { // what was decided in time is not forgotten because others were waited for
	case err := <-command.done:
		return l.resultOf(id, command, err)
	default:
		return Result{Err: fmt.Errorf("%w: %w", ErrUnavailable, context.Cause(ctx))}
	}
}

func (l *Ledger) resultOf(id AccountID, command *command, err error) Result {
	if err != nil {
		return Result{Err: err}
	}
	answer, _ := command.answer.(outcome)
	if answer.transaction != nil {
		written := l.written(id, answer.transaction)
		if answer.transaction.State.Consumption != nil {
			answer.Consumption.Written = written
		} else {
			answer.User.Written = written
		}
	}
	return answer.Result
}
