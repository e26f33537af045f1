// SPDX-License-Identifier: Apache-2.0

package redis

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/redis/go-redis/v9"

	"github.com/ostrace/ostrace/points"
)

// Write stores the payloads of all the notifications, or none. After an error
// of the network or the context either can be the case. It marks a trace as
// failed if one of its notifications says that something failed.
func (s *Store) Write(ctx context.Context, notifications []points.Notification) error {
	if len(notifications) == 0 {
		return nil
	}
	marks := make(map[string]string)
	for _, n := range notifications {
		if n.BaseID == "" {
			return s.where.Errorf("a notification without a base_id can't be stored")
		}
		var payload struct {
			Info struct {
				EType any `json:"etype"`
			} `json:"info"`
		}
		if err := json.Unmarshal(n.Payload, &payload); err != nil {
			return s.where.Wrap(fmt.Errorf("the payload of the notification %s %s: %w", n.Name, n.TraceID, err))
		}
		if payload.Info.EType != nil {
			text, err := json.Marshal(mark{n.BaseID, n.Timestamp.UTC().Format(points.TimestampFormat)})
			if err != nil {
				return s.where.Wrap(err)
			}
			marks[n.BaseID] = string(text)
		}
	}
	_, err := await(ctx, func() (struct{}, error) {
		_, err := s.client.TxPipelined(ctx, func(p redis.Pipeliner) error {
			for _, n := range notifications {
				p.LPush(ctx, listPrefix+n.BaseID, []byte(n.Payload))
			}
			for baseID, text := range marks {
				p.Set(ctx, errorPrefix+baseID, text, 0)
			}
			return nil
		})
		return struct{}{}, err
	})
	return s.where.Wrap(err)
}
