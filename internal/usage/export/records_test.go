package export

import (
	"encoding/json"
	"fmt"
	"math"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/licensing-operator/licensing-operator/internal/licensing"
	"github.com/licensing-operator/licensing-operator/internal/usage"
)

// hostile are texts that some reader takes for something else.
var hostile = []string{
	"", "PhotoPrint", "=1+1", "=cmd|' /C calc'!A0", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "\n=1", " =1", "'=1", "'", "''", "＝1", "−1",
	"\u200b=1", "\ufeff=1", "a,b", `a"b`, `"`, "a;b", "a\nb", "a\r\nb", "\r", "<script>", "&amp;", "null", "NaN", "1e5", "0001",
	"日本語", "😀", "e\u0301", "\u2028", "\x00", "a\x00=b", strings.Repeat("x", 3_000), `\N`, `{"a":1}`, " ", "\\", "%s",
	"x;=cmd|'/C calc'!A0", "a;'=1", "a; =1;", `a;"=1`, `a;""=1`, `";=1`, "a\n=1", "a\r\n+1", "a\t@x", "a\t'", ";;-1", "a,;=1", "\n\t=1", ";", "\t;'",
}

var extremes = []int64{0, 1, -1, 29_333_333, 999_999_999_999_999_999, -999_999_999_999_999_999, math.MaxInt64, math.MinInt64, 1_000_000, 10}

// records are n of them, with everything that can be in one.
func records(n int) []usage.Record {
	random := rand.New(rand.NewPCG(1, 2)) //nolint:gosec // it must be the same each time
	text := func() string { return hostile[random.IntN(len(hostile))] }
	tokens := func() licensing.Tokens { return licensing.Tokens(extremes[random.IntN(len(extremes))]) }
	at := func() time.Time {
		return time.UnixMilli(1_700_000_000_000 + random.Int64N(100_000_000_000)).UTC()
	}
	made := make([]usage.Record, n)
	for i := range made {
		made[i] = usage.Record{
			ID: fmt.Sprintf("%d/%s", i, text()), Position: int64(i)*3 + 1, TransactionID: text(), Sequence: random.Int64(), CorrelationID: text(),
			Kind: usage.Kinds()[random.IntN(len(usage.Kinds()))], Reason: text(), Time: at(), Namespace: text(), Instance: text(),
			SubjectKind: text(), SubjectName: text(), SubjectUID: text(), RequesterType: text(), RequesterValue: text(), Caller: text(),
			ActivationID: text(), Item: text(), Version: text(), Count: licensing.Count(tokens()), Rate: tokens(), RateTable: text(), Series: text(),
			ActionID: text(), Tokens: tokens(), LimitationID: text(), Units: tokens(), Message: text(),
		}
		if i%2 == 0 {
			made[i].Period, made[i].PeriodStart = random.Int64N(100)+1, at()
		}
		if i%3 == 0 {
			made[i].MetaData = metaData(text())
		}
		made[i] = made[i].Sealed()
	}
	return made
}

func metaData(text string) json.RawMessage {
	encoded, err := json.Marshal(map[string]any{"text": text, "number": json.Number("12345678901234567890.000001")})
	if err != nil {
		panic(err)
	}
	return encoded
}

// recordOf is the record that the document was made of.
func recordOf[Decimal string | json.Number](t *testing.T, d Document[Decimal]) usage.Record {
	t.Helper()
	r := usage.Record{
		ID: d.ID, Position: d.Position, TransactionID: d.TransactionID, Sequence: d.Sequence, CorrelationID: d.CorrelationID,
		Kind: d.Kind, Reason: d.Reason, Time: parseTime(t, d.Time), Namespace: d.Namespace, Instance: d.Instance,
		SubjectKind: d.SubjectKind, SubjectName: d.SubjectName, SubjectUID: d.SubjectUID,
		RequesterType: d.RequesterType, RequesterValue: d.RequesterValue, Caller: d.Caller,
		ActivationID: d.ActivationID, Item: d.Item, Version: d.Version, Count: licensing.Count(parseTokens(t, string(d.Count))), Rate: parseTokens(t, string(d.Rate)),
		RateTable: d.RateTable, Series: d.Series, ActionID: d.ActionID, Tokens: parseTokens(t, string(d.Tokens)),
		LimitationID: d.LimitationID, Units: parseTokens(t, string(d.Units)), Period: d.Period, PeriodStart: parseTime(t, d.PeriodStart),
		Message: d.Message, MetaData: d.MetaData, Seal: d.Seal,
	}
	return r
}

func parseTokens(t *testing.T, text string) licensing.Tokens {
	t.Helper()
	tokens, err := licensing.ParseTokens(text)
	if err != nil {
		t.Fatal(err)
	}
	return tokens
}

func parseTime(t *testing.T, text string) time.Time {
	t.Helper()
	if text == "" {
		return time.Time{}
	}
	at, err := time.Parse(time.RFC3339, text)
	if err != nil {
		t.Fatal(err)
	}
	if !strings.HasSuffix(text, "Z") || len(text) != len("2026-01-31T12:00:00.000Z") {
		t.Errorf("the time %q is not in UTC with milliseconds", text)
	}
	return at
}
