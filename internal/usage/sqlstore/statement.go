package sqlstore

import (
	"fmt"
	"slices"
	"strings"
)

// statement is a query under construction.
type statement struct {
	strings.Builder

	dialect dialect
	args    []any
}

// arg adds an argument, and gives its placeholder.
func (s *statement) arg(value any) string {
	s.args = append(s.args, value)
	return fmt.Sprintf("$%d", len(s.args))
}

// where writes the conditions. Only the branch that leads may use an index: two at a time are never better than the best,
// and the databases do not always find that.
func (s *statement) where(selection selection, lead []clause, after int64) {
	fmt.Fprintf(s, " WHERE position > %s AND position <= %s", s.arg(max(after, selection.first-1)), s.arg(selection.last))
	if !selection.from.IsZero() {
		fmt.Fprintf(s, " AND time >= %s", s.arg(s.dialect.instant(selection.from)))
	}
	if !selection.to.IsZero() {
		fmt.Fprintf(s, " AND time < %s", s.arg(s.dialect.instant(selection.to)))
	}
	for i, c := range lead {
		s.WriteString(" AND ")
		s.clause(c, i > 0)
	}
	for _, c := range selection.others {
		s.WriteString(" AND ")
		s.clause(c, true)
	}
	for _, choice := range selection.choices {
		s.WriteString(" AND (")
		for i, branch := range choice {
			if i > 0 {
				s.WriteString(" OR ")
			}
			s.clause(branch[0], true)
		}
		s.WriteString(")")
	}
}

func (s *statement) clause(c clause, residual bool) {
	column := c.column
	if residual {
		column = s.dialect.residual(column)
	}
	list := make([]string, len(c.values))
	for i, value := range c.values {
		list[i] = s.arg(value)
	}
	switch {
	case c.not:
		fmt.Fprintf(s, "%s NOT IN (%s)", column, strings.Join(list, ", "))
	case c.long && !residual:
		s.isOneLong(c, list)
	default:
		s.isOne(column, list)
	}
	if c.when != "" && !residual {
		s.WriteString(" AND " + c.when)
	}
}

// isOne wants a value of a list.
func (s *statement) isOne(column string, list []string) {
	if len(list) == 1 {
		fmt.Fprintf(s, "%s = %s", column, list[0])
	} else {
		fmt.Fprintf(s, "%s IN (%s)", column, strings.Join(list, ", "))
	}
}

// isOneLong wants the beginnings, which are in the index. Those of short texts are enough: with a second condition, the database
// expects hardly any records, and sorts them all instead of reading a page of them in their order.
func (s *statement) isOneLong(c clause, list []string) {
	column, whole := s.dialect.beginning(c.column)
	if !slices.ContainsFunc(c.values, func(value any) bool { text, ok := value.(string); return !ok || len(text) >= whole }) {
		s.isOne(column, list)
		return
	}
	s.isOne(c.column, list)
	beginnings := make([]string, len(list))
	for i := range list {
		beginnings[i], _ = s.dialect.beginning(list[i])
	}
	s.WriteString(" AND ")
	s.isOne(column, beginnings)
}

// page selects the first records after a position, in order. What is read for it is bounded by the limit, however much is
// selected: each value of the choice that leads is looked up by itself, in the order of its positions.
func (s *statement) page(selection selection, after int64, limit int) {
	selection, branches := selection.lead(fewValues)
	if len(branches) == 0 {
		fmt.Fprintf(s, "SELECT %s FROM usage_records", selected)
		s.where(selection, nil, after)
	}
	for i, branch := range branches {
		if i > 0 {
			s.WriteString(" UNION ALL ")
		}
		fmt.Fprintf(s, "SELECT * FROM (SELECT %s FROM usage_records", selected)
		s.where(selection, branch, after)
		fmt.Fprintf(s, " ORDER BY position LIMIT %s) AS part%d", s.arg(limit), i)
	}
	fmt.Fprintf(s, " ORDER BY position LIMIT %s", s.arg(limit))
}

// fewValues is how many parts a page has at most.
const fewValues = 16

// lead takes the first choice out whose branches have few values together, and gives the branches, each with one value.
func (s selection) lead(most int) (rest selection, branches [][]clause) {
	for i, choice := range s.choices {
		values := 0
		for _, branch := range choice {
			values += len(branch[0].values)
		}
		if choice[0][0].column == "position" {
			return s.without(i), choice
		}
		if values > most {
			continue
		}
		for _, branch := range choice {
			for _, value := range branch[0].values {
				one := branch[0]
				one.values = []any{value}
				branches = append(branches, append([]clause{one}, branch[1:]...))
			}
		}
		return s.without(i), branches
	}
	return s, nil
}

func (s selection) without(i int) selection {
	rest := make([]choice, 0, len(s.choices))
	s.choices = append(append(rest, s.choices[:i]...), s.choices[i+1:]...)
	return s
}
