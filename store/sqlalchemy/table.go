// SPDX-License-Identifier: Apache-2.0

package sqlalchemy

import (
	"context"
	"fmt"
)

// These are the columns that SQLAlchemy makes from the driver's definition,
// after the column id: texts that may be null, with an index on each, and the
// payload.
const columns = "timestamp VARCHAR(26), base_id VARCHAR(255), parent_id VARCHAR(255), trace_id VARCHAR(255), " +
	"project VARCHAR(255), host VARCHAR(255), service VARCHAR(255), name VARCHAR(255), data JSON"

// indexes returns the definition of each index. The format takes its name and
// its column.
func indexes(format string) []string {
	definitions := []string{"timestamp", "base_id", "parent_id", "trace_id", "project", "host", "service", "name"}
	for i, column := range definitions {
		definitions[i] = fmt.Sprintf(format, "ix_data_"+column, column)
	}
	return definitions
}

// createTable makes the table. Another program may make it at the same time,
// and its table is the same.
func (s *Store) createTable(ctx context.Context) error {
	tx, err := s.db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer func() { _ = tx.Rollback() }()
	for _, statement := range s.create {
		if _, err := tx.ExecContext(ctx, statement); err != nil {
			if s.exists(err) {
				return nil
			}
			return err
		}
	}
	return tx.Commit()
}
