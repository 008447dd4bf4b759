package ledger

import (
	"crypto/sha256"
	"encoding/json"
	"hash"
	"io"
	"strconv"
	"strings"

	"github.com/google/uuid"

	"github.com/licensing-operator/licensing-operator/internal/licensing"
)

// Denial is an item, or are units, that somebody asked for and did not get. It moves nothing: it is in a transaction so that
// it is recorded.
type Denial struct {
	Item    string          `json:"item,omitempty"`
	Version string          `json:"version,omitempty"`
	Count   licensing.Count `json:"count,omitzero"`
	// ActivationID and LimitationID are set where units were refused.
	ActivationID string `json:"activationId,omitempty"`
	LimitationID string `json:"limitationId,omitempty"`
	// Reason is a word, Message a sentence.
	Reason  string `json:"reason"`
	Message string `json:"message,omitempty"`
	// Required and Available are tokens, or units of the limitation.
	Required  licensing.Tokens `json:"required,omitzero"`
	Available licensing.Tokens `json:"available,omitzero"`
	MetaData  json.RawMessage  `json:"metaData,omitempty"`
}

// Reasons for which units are refused. Items are refused for their status.
const (
	DeniedByLimit      = "LimitReached"
	DeniedByUserLimit  = "UserLimitReached"
	DeniedByGroupLimit = "GroupLimitReached"
	DeniedByTokenLimit = "TokenLimitReached"
)

// IsDenial tells whether the transaction says only what was refused.
func (t *Transaction) IsDenial() bool { return t.Cause == licensing.CauseRefused }

// refusedItems are those that were not granted, for what they are. An item that was fine is not among them although the
// request failed as a whole.
func refusedItems(results []licensing.ItemResult) (denials []Denial) {
	for _, result := range results {
		if result.Status == licensing.ItemGranted || result.Status == licensing.ItemNotCharged {
			continue
		}
		denials = append(denials, Denial{
			Item: result.Item.Name, Version: result.Item.Version, Count: result.Item.Count, MetaData: result.Item.MetaData,
			Reason: string(result.Status), Message: result.Message, Required: result.Required, Available: result.Available,
		})
	}
	return denials
}

// refusedUnits is the refusal of units for lack of quota.
func refusedUnits(activationID, limitationID, message string, asked licensing.Tokens, standing licensing.Standing) Denial {
	denial := Denial{
		ActivationID: activationID, LimitationID: limitationID, Count: licensing.Count(asked),
		Reason: DeniedByLimit, Message: message, Required: asked,
	}
	switch {
	case limitationID == licensing.SeatID:
		denial.Reason = DeniedByUserLimit
	case limitationID == licensing.TokenID:
		denial.Reason = DeniedByTokenLimit
	case strings.HasPrefix(limitationID, licensing.GroupSeatID("")):
		denial.Reason = DeniedByGroupLimit
	}
	if standing.Remaining != nil {
		denial.Available = max(0, *standing.Remaining)
	}
	return denial
}

// deny makes a transaction of what was refused. A call is a denial of its own, which its idempotency key makes one with its
// repetitions. What an object asks for is asked again until its status says that it was refused: it is the same denial, by
// its id, as long as nothing has changed.
func (v *view) deny(c *command, requester licensing.Requester, denials ...Denial) *Transaction {
	denial := &Transaction{
		ID: uuid.NewString(), Sequence: v.account.Sequence + 1, Time: v.now, Key: c.once.Key, Cause: licensing.CauseRefused,
		Caller: c.caller, Requester: licensing.Requester{Type: requester.Type, Value: requester.Value}, Denials: denials,
	}
	if about := c.subject; about != (Subject{}) {
		denial.About = &about
	}
	if denial.mayBeRepeated() {
		denial.ID = v.sameID(c, denial)
	}
	return denial
}

// mayBeRepeated tells that an object asks.
func (t *Transaction) mayBeRepeated() bool {
	return t.Cause == licensing.CauseRefused && t.Caller == Kubernetes && t.About != nil
}

// denialSpace is the name space of ids that are made of what they are about.
var denialSpace = uuid.MustParse("6c1f2d0e-7c58-4b0c-9d6a-4f0b6f2b7c11")

// sameID is made of what was asked for, and why it was refused, but not of figures.
func (v *view) sameID(c *command, denial *Transaction) string {
	texts := texts{sha256.New()}
	texts.add(v.account.ID.Namespace, v.account.ID.Name, string(c.subject.Kind), c.subject.UID)
	texts.add(strconv.FormatInt(v.state.Revision(), 10), strconv.FormatInt(c.generation, 10))
	for _, item := range c.items {
		texts.add("item", item.Name, item.Version, item.Count.String())
	}
	for _, refused := range denial.Denials {
		texts.add("refused", refused.Reason, refused.ActivationID, refused.LimitationID, refused.Count.String())
	}
	return uuid.NewSHA1(denialSpace, texts.Sum(nil)).String()
}

// texts is a hash of texts of which each has its length in front, so that they are kept apart.
type texts struct{ hash.Hash }

func (t texts) add(all ...string) {
	for _, text := range all {
		_, _ = io.WriteString(t, strconv.Itoa(len(text))+":"+text) // a hash never fails to take bytes
	}
}
