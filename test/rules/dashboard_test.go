package rules

import (
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"testing"
)

type dashboard struct {
	UID        string  `json:"uid"`
	Title      string  `json:"title"`
	Panels     []panel `json:"panels"`
	Templating struct {
		List []struct {
			Name string `json:"name"`
			Type string `json:"type"`
		} `json:"list"`
	} `json:"templating"`
}

type panel struct {
	ID          int        `json:"id"`
	Type        string     `json:"type"`
	Title       string     `json:"title"`
	Description string     `json:"description"`
	Datasource  datasource `json:"datasource"`
	Targets     []struct {
		Datasource datasource `json:"datasource"`
		Expr       string     `json:"expr"`
	} `json:"targets"`
	Position struct{ X, Y, W, H int } `json:"gridPos"`
}

type datasource struct {
	UID string `json:"uid"`
}

func read(t *testing.T) (boards []dashboard) {
	t.Helper()
	for _, path := range glob(t, filepath.Join(root, "config/monitoring/grafana/*.json")) {
		content, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		var board dashboard
		if err := json.Unmarshal(content, &board); err != nil {
			t.Fatalf("%s: %v", path, err)
		}
		if board.UID == "" || board.Title == "" || len(board.Panels) == 0 {
			t.Fatalf("%s has no uid, title or panels", path)
		}
		boards = append(boards, board)
	}
	return boards
}

func TestPanelsCanBeToldApart(t *testing.T) {
	for _, board := range read(t) {
		ids, titles := map[int]string{}, map[string]bool{}
		for _, panel := range board.Panels {
			if other, taken := ids[panel.ID]; taken || panel.ID == 0 {
				t.Errorf("%q has the id %d, as has %q", panel.Title, panel.ID, other)
			}
			if titles[panel.Title] || panel.Title == "" {
				t.Errorf("the title %q is empty or there twice", panel.Title)
			}
			ids[panel.ID], titles[panel.Title] = panel.Title, true
		}
	}
}

func TestPanelsSayWhatTheyShow(t *testing.T) {
	for _, board := range read(t) {
		for _, panel := range board.Panels {
			if panel.Type != "row" && (panel.Description == "" || len(panel.Targets) == 0) {
				t.Errorf("%q has no description or shows nothing", panel.Title)
			}
		}
	}
}

func TestPanelsAskTheChosenDataSource(t *testing.T) {
	const chosen = "${datasource}"
	for _, board := range read(t) {
		var types []string
		for _, variable := range board.Templating.List {
			types = append(types, variable.Name+" "+variable.Type)
		}
		if !slices.Contains(types, "datasource datasource") {
			t.Errorf("the variables are %v: none of them chooses the data source", types)
		}
		for _, panel := range board.Panels {
			if panel.Type != "row" && panel.Datasource.UID != chosen {
				t.Errorf("%q asks %q, want %q", panel.Title, panel.Datasource.UID, chosen)
			}
			for _, target := range panel.Targets {
				if target.Datasource.UID != chosen {
					t.Errorf("%q asks %q, want %q", panel.Title, target.Datasource.UID, chosen)
				}
			}
		}
	}
}

func TestPanelsReadSeriesThatExist(t *testing.T) {
	names := known(t)
	for _, board := range read(t) {
		for _, panel := range board.Panels {
			for _, target := range panel.Targets {
				for _, series := range seriesOf(target.Expr) {
					if !names[series] {
						t.Errorf("%q reads %s, which does not exist", panel.Title, series)
					}
				}
			}
		}
	}
}

func TestPanelsDoNotLieOnEachOther(t *testing.T) {
	const columns = 24
	for _, board := range read(t) {
		covered := map[[2]int]string{}
		for _, panel := range board.Panels {
			if panel.Position.X+panel.Position.W > columns {
				t.Errorf("%q is wider than the page", panel.Title)
			}
			for x := range panel.Position.W {
				for y := range panel.Position.H {
					place := [2]int{panel.Position.X + x, panel.Position.Y + y}
					if other, taken := covered[place]; taken {
						t.Fatalf("%q lies on %q", panel.Title, other)
					}
					covered[place] = panel.Title
				}
			}
		}
	}
}
