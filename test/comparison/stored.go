// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	databasesql "database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/go-sql-driver/mysql"
	"github.com/redis/go-redis/v9"
)

// stores are the stores that OSProfiler's drivers write.
type stores struct {
	redis *redis.Client
	sql   *databasesql.DB // nil unless the points go there
}

// openStores opens the stores of the running cloud.
func openStores(state string, s setup) (*stores, error) {
	opened := &stores{redis: redis.NewClient(&redis.Options{Addr: "127.0.0.1:6379"})}
	if s.parameters[0] != "TRACING=sql" {
		return opened, nil
	}
	password, err := os.ReadFile(filepath.Join(state, "current/password"))
	if err != nil {
		return nil, errors.Join(err, opened.redis.Close())
	}
	config := mysql.NewConfig()
	config.User, config.Passwd, config.DBName = "openstack", strings.TrimSpace(string(password)), "osprofiler"
	config.Net, config.Addr = "tcp", "127.0.0.1:3306"
	connector, err := mysql.NewConnector(config)
	if err != nil {
		return nil, errors.Join(err, opened.redis.Close())
	}
	opened.sql = databasesql.OpenDB(connector)
	return opened, nil
}

func (s *stores) close() error {
	err := s.redis.Close()
	if s.sql != nil {
		err = errors.Join(err, s.sql.Close())
	}
	return err
}

// empty removes all points. Keystone's cache is in another database of Redis.
func (s *stores) empty(ctx context.Context) error {
	err := s.redis.FlushDB(ctx).Err()
	if s.sql != nil {
		_, failure := s.sql.ExecContext(ctx, "truncate table data")
		err = errors.Join(err, failure)
	}
	return err
}

// recorded counts the points that the stores have.
func (s *stores) recorded(ctx context.Context) (recorded, error) {
	got := recorded{Spans: map[string]spans{}}
	err := s.countRedis(ctx, &got)
	if err == nil && s.sql != nil {
		err = s.countSQL(ctx, &got)
	}
	return got, err
}

// countRedis reads the lists osprofiler_opt:BASE_ID. Each of their entries is a
// notification, in JSON (osprofiler/drivers/redis_driver.py).
func (s *stores) countRedis(ctx context.Context, got *recorded) error {
	keys := s.redis.Scan(ctx, 0, "osprofiler_opt:*", 1000).Iterator()
	for keys.Next(ctx) {
		entries, err := s.redis.LRange(ctx, keys.Val(), 0, -1).Result()
		if err != nil {
			return err
		}
		for _, entry := range entries {
			var n struct{ Name, Service, Project string }
			if err := json.Unmarshal([]byte(entry), &n); err != nil {
				return fmt.Errorf("%s: %w", keys.Val(), err)
			}
			got.notification(n.Project, n.Service, n.Name, 1, int64(len(entry)))
		}
	}
	return keys.Err()
}

// countSQL reads the table data (osprofiler/drivers/sqlalchemy_driver.py).
func (s *stores) countSQL(ctx context.Context, got *recorded) (err error) {
	rows, err := s.sql.QueryContext(ctx, "select project, service, name, count(*), sum(length(timestamp) + length(base_id) + length(parent_id) + "+
		"length(trace_id) + length(project) + length(host) + length(service) + length(name) + length(data)) from data group by project, service, name")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	for rows.Next() {
		var project, service, name databasesql.NullString
		var n int
		var size databasesql.NullFloat64
		if err := rows.Scan(&project, &service, &name, &n, &size); err != nil {
			return err
		}
		got.notification(project.String, service.String, name.String, n, int64(size.Float64))
	}
	return rows.Err()
}

// notification counts notifications of one name. A point has two, at its start and
// at its stop.
func (r *recorded) notification(project, service, name string, n int, size int64) {
	r.Bytes += size
	point, isStart := strings.CutSuffix(name, "-start")
	if !isStart {
		return
	}
	service = serviceOf(project + "-" + service)
	of := r.Spans[service]
	of[layerOfPoint(point)] += n
	r.Spans[service] = of
}
