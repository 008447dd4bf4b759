package v1alpha1_test

import (
	"encoding/json"
	"testing"
	"time"

	"k8s.io/apimachinery/pkg/runtime"

	"github.com/licensing-operator/licensing-operator/api/v1alpha1"
)

func TestTimeJSON(t *testing.T) {
	cases := map[string]struct {
		in   string
		want int64 // microseconds of POSIX time
		out  string
	}{
		"whole seconds":                {`"2023-11-01T14:44:12Z"`, 1698849852000000, `"2023-11-01T14:44:12Z"`},
		"milliseconds":                 {`"9999-12-31T23:59:59.999Z"`, 253402300799999000, `"9999-12-31T23:59:59.999Z"`},
		"microseconds":                 {`"2023-11-01T14:44:12.000250Z"`, 1698849852000250, `"2023-11-01T14:44:12.00025Z"`},
		"an offset is written as UTC":  {`"2023-11-01T15:44:12+01:00"`, 1698849852000000, `"2023-11-01T14:44:12Z"`},
		"a moment before POSIX began":  {`"1969-12-31T23:59:59Z"`, -1000000, `"1969-12-31T23:59:59Z"`},
		"the fraction's zeros go away": {`"2023-11-01T14:44:12.000000Z"`, 1698849852000000, `"2023-11-01T14:44:12Z"`},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			var moment v1alpha1.Time
			if err := json.Unmarshal([]byte(tc.in), &moment); err != nil {
				t.Fatal(err)
			}
			if got := moment.UnixMicro(); got != tc.want {
				t.Errorf("read %s as %d, want %d", tc.in, got, tc.want)
			}
			out, err := json.Marshal(moment)
			if err != nil {
				t.Fatal(err)
			}
			if string(out) != tc.out {
				t.Errorf("wrote %s, want %s", out, tc.out)
			}
		})
	}
}

func TestTimeThatIsNoneIsAnError(t *testing.T) {
	for _, in := range []string{`"soon"`, `"2023-11-01"`, `1698849852`, `"2023-11-01t14:44:12z"`, `""`} {
		var moment v1alpha1.Time
		if err := json.Unmarshal([]byte(in), &moment); err == nil {
			t.Errorf("read %s as %v, want an error", in, moment)
		}
	}
}

func TestTimeIsWrittenTheSameThroughUnstructured(t *testing.T) {
	moment := v1alpha1.NewTime(time.UnixMicro(1698849852000250))
	session := v1alpha1.Session{Spec: v1alpha1.SessionSpec{HeartbeatTime: &moment}}
	content, err := runtime.DefaultUnstructuredConverter.ToUnstructured(&session)
	if err != nil {
		t.Fatal(err)
	}
	got := content["spec"].(map[string]any)["heartbeatTime"]
	if want := "2023-11-01T14:44:12.00025Z"; got != want {
		t.Errorf("heartbeatTime is %v, want %v", got, want)
	}
	var back v1alpha1.Session
	if err := runtime.DefaultUnstructuredConverter.FromUnstructured(content, &back); err != nil {
		t.Fatal(err)
	}
	if !back.Spec.HeartbeatTime.Equal(moment.Time) {
		t.Errorf("read back %v, want %v", back.Spec.HeartbeatTime, moment)
	}
}

func TestNewTimeKeepsWhatTheSchemaAdmits(t *testing.T) {
	got, err := json.Marshal(v1alpha1.NewTime(time.Unix(1698849852, 123456789)))
	if err != nil {
		t.Fatal(err)
	}
	if want := `"2023-11-01T14:44:12.123456Z"`; string(got) != want {
		t.Errorf("wrote %s, want %s", got, want)
	}
}
