package namedusers

import (
	"hash/fnv"
	"math/rand/v2"
	"net/url"
	"slices"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/google/uuid"

	"github.com/licensing-operator/licensing-operator/test/restfuzz/attack"
)

// attacker sends one request after the other, and draws what is random.
type attacker struct {
	*rand.Rand
	connection connection
	kit        kit
}

// dice are what an attack is drawn from. They are the same for each run with the seed.
func dice(of string) *rand.Rand {
	hash := fnv.New64()
	_, _ = hash.Write([]byte(of)) // never fails
	return rand.New(rand.NewPCG(seed, hash.Sum64()))
}

// few are so many of the list, or more where more rounds are asked for, in the order of the list.
func few[T any](a *attacker, most int, list []T) (drawn []T) {
	most = most * rounds / defaultRounds
	for i, element := range list {
		if left := len(list) - i; a.IntN(left) < most-len(drawn) {
			drawn = append(drawn, element)
		}
	}
	return drawn
}

func pick[T any](a *attacker, from []T) T { return from[a.IntN(len(from))] }

// matches tells whether the path is one of the pattern.
func matches(pattern, path string) bool {
	parts, segments := strings.Split(pattern, "/"), strings.Split(path, "/")
	return slices.EqualFunc(parts, segments, func(part, segment string) bool { return part == segment || strings.HasPrefix(part, "{") })
}

func (a *attacker) uuid() string {
	var id uuid.UUID
	for i := range id {
		id[i] = byte(a.IntN(256)) //nolint:gosec // a byte
	}
	id[6], id[8] = id[6]&0x0f|0x40, id[8]&0x3f|0x80
	return id.String()
}

// request is the operation's, without a body.
func (a *attacker) request(o *attack.Operation, known attack.Known) *exchange {
	path := strings.ReplaceAll(o.Path, "{isv_id}", vendor.VendorID)
	for _, parameter := range o.Parameters {
		if parameter.In == "path" && parameter.Name != "isv_id" {
			value, _ := known(parameter.Name)
			text, _ := value.(string)
			path = strings.ReplaceAll(path, "{"+parameter.Name+"}", url.PathEscape(text))
		}
	}
	return &exchange{Message: attack.Message{Method: o.Method, Target: path}, operation: o, caller: admin}
}

// usualRequest is one that means something to the license, with a body if the operation takes one.
func (a *attacker) usualRequest(o *attack.Operation, l *license) *exchange {
	known := a.of(l, o, false)
	e := a.request(o, known)
	if o.Body() != nil {
		e.Message = e.JSON(attack.MustJSON(a.sample(o, known)))
	}
	return e
}

// sample is a whole body.
func (a *attacker) sample(o *attack.Operation, known attack.Known) any {
	if o.Body().Type.Is(openapi3.TypeArray) {
		return []any{"lisa"}
	}
	return attack.Sample(o.Body(), known)
}
