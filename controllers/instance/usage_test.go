package instance

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/licensing-operator/licensing-operator/controllers/status"
	"github.com/licensing-operator/licensing-operator/internal/usage/outbox"
)

func TestUsageRecordedSaysWhereTheRecordsAre(t *testing.T) {
	const bound = 256 << 20
	waiting := outbox.Figures{Pages: 2, Records: 30, Bytes: 4096, Oldest: now.Add(-time.Minute)}
	all := func(bytes int64) outbox.Figures { return outbox.Figures{Pages: 9, Records: 900, Bytes: bytes} }
	const own = "; 30 records of this instance wait on the API server, the oldest since 2026-03-01T11:59:00Z"
	for name, test := range map[string]struct {
		state outbox.State
		want  string
	}{
		"nothing waits": {
			outbox.State{MaxBytes: bound},
			"True Recorded: what was charged is in the usage store, or on its way there",
		},
		"a store that is down does not matter to an instance that charges nothing": {
			outbox.State{MaxBytes: bound, Down: "no route"},
			"True Recorded: what was charged is in the usage store, or on its way there",
		},
		"records wait for the store": {
			outbox.State{Waiting: waiting, All: all(64 << 20), MaxBytes: bound, Down: "no route"},
			"False StoreUnavailable: the usage store does not take records; charging goes on" + own + "; those of all instances take 64.0 MiB of the 256.0 MiB that they may: no route",
		},
		"the store is back": {
			outbox.State{Waiting: waiting, All: all(240 << 20), MaxBytes: bound},
			"False StoreCatchingUp: the usage store is taking what has waited" + own,
		},
		"the store takes everybody else's": {
			outbox.State{
				Waiting: waiting, All: all(2 << 20), MaxBytes: bound, RefusedBytes: 1 << 20, RefusedMaxBytes: bound / 2,
				Refused: "another usage record has this id",
			},
			"False StoreRefuses: the usage store does not take the records of this instance: another usage record has this id" + own +
				"; those of all instances that it refuses take 1.0 MiB of the 128.0 MiB that they may, those of all instances 2.0 MiB of 256.0 MiB",
		},
		"soon it takes no more of an instance that it refuses": {
			outbox.State{
				Waiting: waiting, All: all(105 << 20), MaxBytes: bound, RefusedBytes: 104 << 20, RefusedMaxBytes: bound / 2,
				Refused: "another usage record has this id",
			},
			"False SpillNearlyFull: the room for usage records that wait for the store is nearly full" + own +
				"; those of all instances that it refuses take 104.0 MiB of the 128.0 MiB that they may, those of all instances 105.0 MiB of 256.0 MiB: another usage record has this id",
		},
		"an instance that is refused takes what it may": {
			outbox.State{
				Waiting: waiting, All: all(bound / 2), MaxBytes: bound, RefusedBytes: bound / 2, RefusedMaxBytes: bound / 2, Full: true,
				Refused: "another usage record has this id",
			},
			"False SpillFull: charging stops: neither the usage store nor the API server takes more records" + own +
				"; those of all instances that it refuses take 128.0 MiB of the 128.0 MiB that they may, those of all instances 128.0 MiB of 256.0 MiB: another usage record has this id",
		},
		"others take all that they may, and an instance goes straight to the store": {
			outbox.State{All: all(bound), MaxBytes: bound, RefusedBytes: bound, RefusedMaxBytes: bound / 2},
			"True Recorded: what was charged is in the usage store, or on its way there",
		},
		"soon it is too late": {
			outbox.State{Waiting: waiting, All: all(205 << 20), MaxBytes: bound, Down: "no route"},
			"False SpillNearlyFull: the room for usage records that wait for the store is nearly full" + own + "; those of all instances take 205.0 MiB of the 256.0 MiB that they may: no route",
		},
		"charging stops": {
			outbox.State{All: all(bound), MaxBytes: bound, Full: true, Down: "no route"},
			"False SpillFull: charging stops: neither the usage store nor the API server takes more records; those of all instances take 256.0 MiB of the 256.0 MiB that they may: no route",
		},
		"records are lost": {
			outbox.State{All: all(bound), MaxBytes: bound, Full: true, Continues: true, Lost: 12, Down: "no route"},
			"False SpillFull: records are lost: neither the usage store nor the API server takes them, and usage.whenFull is Continue; 12 were lost by this replica; those of all instances take 256.0 MiB of the 256.0 MiB that they may: no route",
		},
	} {
		t.Run(name, func(t *testing.T) {
			conditions := status.NewConditions(nil, 1, now)
			usageCondition(conditions, test.state)
			got := conditions.List()[0]
			if diff := cmp.Diff("UsageRecorded "+test.want, got.Type+" "+string(got.Status)+" "+got.Reason+": "+got.Message); diff != "" {
				t.Errorf("(-want +got)\n%s", diff)
			}
		})
	}
}

func TestWhereNoRecordsAreKeptNothingIsSaidOfThem(t *testing.T) {
	for _, condition := range Status(Input{Instance: instanceOf("a", 0, nil), Now: now}).Conditions {
		if condition.Type == "UsageRecorded" {
			t.Errorf("got %v", condition)
		}
	}
}
