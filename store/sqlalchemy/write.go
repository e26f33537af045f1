// SPDX-License-Identifier: Apache-2.0

package sqlalchemy

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"unicode/utf16"
	"unicode/utf8"

	"github.com/ostrace/ostrace/points"
)

// These limit the size of one statement. Servers accept up to 65,535
// parameters, and some of them no more than 16 MB.
const (
	maxRows  = 1000
	maxBytes = 4 << 20
)

// width is the width of a text column in characters.
const width = 255

// Write stores the notifications in one transaction. Like OSProfiler it makes
// the table if there is none. It stores only the member "info" of a payload,
// because there are columns for the other members. It cuts texts that are
// longer than their column.
func (s *Store) Write(ctx context.Context, notifications []points.Notification) error {
	if len(notifications) == 0 {
		return nil
	}
	statements, err := s.inserts(notifications)
	if err != nil {
		return s.where.Wrap(err)
	}
	if err = s.insert(ctx, statements); err != nil && s.noTable(err) {
		if err = s.createTable(ctx); err == nil {
			err = s.insert(ctx, statements)
		}
	}
	return s.where.Wrap(err)
}

// statement is one INSERT with its parameters.
type statement struct {
	text string
	args []any
}

func (s *Store) insert(ctx context.Context, statements []statement) error {
	tx, err := s.db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer func() { _ = tx.Rollback() }()
	for _, statement := range statements {
		if _, err := tx.ExecContext(ctx, statement.text, statement.args...); err != nil {
			return err
		}
	}
	return tx.Commit()
}

// inserts returns the statements that store the notifications.
func (s *Store) inserts(notifications []points.Notification) ([]statement, error) {
	const into = "INSERT INTO data (timestamp, base_id, parent_id, trace_id, project, host, service, name, data) VALUES "
	var statements []statement
	var values strings.Builder
	var args []any
	size, rows := 0, 0
	end := func() {
		statements = append(statements, statement{into + values.String(), args})
		values.Reset()
		args, size, rows = nil, 0, 0
	}
	for _, n := range notifications {
		if n.BaseID == "" {
			return nil, errors.New("a notification without a base_id can't be stored")
		}
		data, err := encode(n)
		if err != nil {
			return nil, err
		}
		if rows == maxRows || rows > 0 && size+len(data) > maxBytes {
			end()
		}
		size += len(data)
		rows++
		if rows > 1 {
			values.WriteString(", ")
		}
		values.WriteByte('(')
		for _, value := range []any{
			n.Timestamp.UTC().Format(points.TimestampFormat), n.BaseID, column(n.ParentID), column(n.TraceID),
			column(n.Project), column(n.Host), column(n.Service), column(n.Name),
		} {
			args = append(args, value)
			values.WriteString(s.parameter(len(args)) + ", ")
		}
		args = append(args, data)
		fmt.Fprintf(&values, s.asJSON, s.parameter(len(args)))
		values.WriteByte(')')
	}
	end()
	return statements, nil
}

// encode returns the value of the column data: the JSON text of the members
// that have no column, inside a JSON string. It is ASCII like Python's, so that
// the character set of the database does not matter.
func encode(n points.Notification) (string, error) {
	var payload struct {
		Info json.RawMessage `json:"info,omitempty"`
	}
	err := json.Unmarshal(n.Payload, &payload)
	var text, quoted []byte
	if err == nil {
		text, err = json.Marshal(payload)
	}
	if err == nil {
		quoted, err = json.Marshal(string(text))
	}
	if err != nil {
		return "", fmt.Errorf("the payload of the notification %s %s: %w", n.Name, n.TraceID, err)
	}
	return ascii(string(quoted)), nil
}

// ascii writes the characters of a JSON string that are not ASCII as escapes.
func ascii(quoted string) string {
	if !strings.ContainsFunc(quoted, func(r rune) bool { return r >= utf8.RuneSelf }) {
		return quoted
	}
	var b strings.Builder
	b.Grow(len(quoted))
	for _, r := range quoted {
		switch first, second := utf16.EncodeRune(r); {
		case r < utf8.RuneSelf:
			b.WriteRune(r)
		case first == utf8.RuneError:
			fmt.Fprintf(&b, `\u%04x`, r)
		default:
			fmt.Fprintf(&b, `\u%04x\u%04x`, first, second)
		}
	}
	return b.String()
}

// column returns a text in a form that a column can hold. It returns null for
// an empty text.
func column(text string) any {
	text = strings.ToValidUTF8(strings.ReplaceAll(text, "\x00", ""), "?")
	switch {
	case text == "":
		return nil
	case utf8.RuneCountInString(text) > width:
		return string([]rune(text)[:width])
	default:
		return text
	}
}
