package allotment

// Refusal says why something is not given.
type Refusal struct {
	Reason, Message string
	// Passing is one that time will end, or somebody else.
	Passing bool
}
