package tenant

import (
	"fmt"
	"regexp"
	"strconv"
	"time"

	"github.com/licensing-operator/licensing-operator/internal/kubestore"
)

var periodText = regexp.MustCompile(`^PT(?:([0-9]{1,4})H)?(?:([0-9]{1,4})M)?$`)

// parsePeriod reads an ISO 8601 duration of hours and minutes: PT1H, PT30M, PT1H30M.
func parsePeriod(text string) (time.Duration, error) {
	parts := periodText.FindStringSubmatch(text)
	if parts == nil || parts[1]+parts[2] == "" {
		return 0, fmt.Errorf("%.32q, must be a duration of hours and minutes: PTnH, PTnM or PTnHnM, as in PT1H30M", text)
	}
	hours, _ := strconv.Atoi(parts[1]) // digits, or none, which is 0
	minutes, _ := strconv.Atoi(parts[2])
	period := time.Duration(hours)*time.Hour + time.Duration(minutes)*time.Minute
	if period < kubestore.ShortestPeriod || period > kubestore.LongestPeriod {
		return 0, fmt.Errorf("%s, must be %s to %s", text, formatPeriod(kubestore.ShortestPeriod), formatPeriod(kubestore.LongestPeriod))
	}
	return period, nil
}

// formatPeriod is the inverse of parsePeriod. Only an operator in development has a period with seconds.
func formatPeriod(period time.Duration) string {
	text := "PT"
	for _, unit := range []struct {
		length time.Duration
		letter string
	}{{time.Hour, "H"}, {time.Minute, "M"}, {time.Second, "S"}} {
		if n := period / unit.length; n > 0 {
			text += strconv.FormatInt(int64(n), 10) + unit.letter
		}
		period %= unit.length
	}
	if text == "PT" {
		return "PT0S"
	}
	return text
}
