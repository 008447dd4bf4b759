package licensing

import "testing"

// declares is what a controller does with a generation of a Session object.
func (l *timeline) declares(generation int64, digest string, items ...RequestedItem) Outcome {
	l.Helper()
	return l.request(Access{Items: items, RollbackOnDeny: true, Declared: Declaration{Generation: generation, Digest: digest}})
}

func TestDeclarationIsActedOnOnce(t *testing.T) {
	few, many := photoPrints("1"), photoPrints("1000")
	for _, test := range []struct {
		name   string
		script func(*timeline) []Outcome
		want   []Verdict
		used   string
	}{
		{"the same generation again", func(l *timeline) []Outcome {
			return []Outcome{l.declares(1, "A", few), l.declares(1, "A", few)}
		}, []Verdict{Granted, Unchanged}, "3"},
		{"a newer generation with the same items", func(l *timeline) []Outcome {
			return []Outcome{l.declares(1, "A", few), l.declares(2, "A", few)}
		}, []Verdict{Granted, Unchanged}, "3"},
		{"a newer generation with other items", func(l *timeline) []Outcome {
			return []Outcome{l.declares(1, "A", few), l.declares(2, "B", cadPrints("1"))}
		}, []Verdict{Granted, Granted}, "7"},
		{"A granted, B denied, back to A", func(l *timeline) []Outcome {
			return []Outcome{l.declares(1, "A", few), l.declares(2, "B", many), l.declares(3, "A", few)}
		}, []Verdict{Granted, Denied, Unchanged}, "3"},
		{"a denied declaration is tried again and granted when tokens were bought", func(l *timeline) []Outcome {
			first := l.declares(1, "A", many)
			l.lineItem(act01, func(item *LineItem) { item.Quantity = 5000 * Token })
			return []Outcome{first, l.declares(1, "A", many), l.declares(1, "A", many)}
		}, []Verdict{Denied, Granted, Unchanged}, "3000"},
		{"an older generation arrives late", func(l *timeline) []Outcome {
			return []Outcome{l.declares(2, "B", cadPrints("1")), l.declares(1, "A", few)}
		}, []Verdict{Granted, Unchanged}, "7"},
		{"an older generation arrives after a halt", func(l *timeline) []Outcome {
			return []Outcome{l.declares(1, "A", few), l.declares(2, "none"), l.declares(1, "A", few)}
		}, []Verdict{Granted, Granted, Unchanged}, "0"},
		{"A, halted, A again resumes", func(l *timeline) []Outcome {
			return []Outcome{l.declares(1, "A", few), l.declares(2, "none"), l.declares(3, "A", few)}
		}, []Verdict{Granted, Granted, Granted}, "3"},
		{"a call between two looks at the declaration stays in force", func(l *timeline) []Outcome {
			return []Outcome{l.declares(1, "A", few), l.put(cadPrints("1")), l.declares(1, "A", few)}
		}, []Verdict{Granted, Granted, Unchanged}, "7"},
		{"what was declared before a call is declared anew after it", func(l *timeline) []Outcome {
			return []Outcome{l.declares(1, "A", few), l.put(cadPrints("1")), l.declares(3, "A", few)}
		}, []Verdict{Granted, Granted, Granted}, "3"},
		{"calls without a declaration are acted on every time", func(l *timeline) []Outcome {
			return []Outcome{l.put(few), l.put(few)}
		}, []Verdict{Granted, Granted}, "3"},
	} {
		t.Run(test.name, func(t *testing.T) {
			l := newTimeline(t, purchase(act01, 1000*Token))
			for i, outcome := range test.script(l) {
				if outcome.Verdict != test.want[i] {
					t.Errorf("step %d: %s, want %s", i+1, outcome.Verdict, test.want[i])
				}
			}
			l.wantUsed(used(test.used))
		})
	}
}

func TestDeclarationOfATerminatedSessionIsDenied(t *testing.T) {
	l := newTimeline(t, purchase(act01, 1000*Token))
	l.declares(1, "A", photoPrints("1"))
	l.close()
	if got := l.declares(1, "A", photoPrints("1")); got.Verdict != Denied || got.Changed {
		t.Errorf("outcome %+v", got)
	}
}

func TestDenialWithoutRollbackRemembersTheDeclaration(t *testing.T) {
	l := newTimeline(t, purchase(act01, 1000*Token))
	declared := Declaration{Generation: 4, Digest: "B"}
	l.request(Access{Items: []RequestedItem{photoAlbum()}, Declared: declared})
	l.wantEnded(DeniedWithoutRollback)
	if l.session.Declared != declared {
		t.Errorf("declared %+v, want %+v", l.session.Declared, declared)
	}
}
