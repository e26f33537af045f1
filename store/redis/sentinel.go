// SPDX-License-Identifier: Apache-2.0

package redis

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net"

	"github.com/redis/go-redis/v9"
	"github.com/redis/go-redis/v9/maintnotifications"

	"github.com/ostrace/ostrace/store/internal/connection"
)

// through returns a function that connects to the master that one of the
// Sentinels names, as Python's client does. The client closes a connection when
// the server answers that it is a replica now. The next connection goes to the
// new master.
func (d dialer) through(where connection.String) func(ctx context.Context, _, _ string) (net.Conn, error) {
	name, _ := where.Option("sentinel_service_name")
	name = cmp.Or(name, "mymaster")
	return func(ctx context.Context, _, _ string) (net.Conn, error) {
		var failures []error
		for _, address := range where.Addresses("26379") {
			master, err := d.askSentinel(ctx, address, name)
			if err == nil {
				return d.dial(ctx, "tcp", master)
			}
			failures = append(failures, err)
		}
		return nil, errors.Join(failures...)
	}
}

// askSentinel returns the address of the master of that name.
func (d dialer) askSentinel(ctx context.Context, address, name string) (string, error) {
	sentinel := redis.NewSentinelClient(&redis.Options{
		Addr:                     address,
		Dialer:                   d.dial,
		DialTimeout:              d.timeout,
		ReadTimeout:              d.timeout,
		WriteTimeout:             d.timeout,
		ContextTimeoutEnabled:    true,
		MaxRetries:               -1,
		DialerRetries:            1,
		Protocol:                 2,
		DisableIdentity:          true,
		MaintNotificationsConfig: &maintnotifications.Config{Mode: maintnotifications.ModeDisabled},
	})
	defer func() { _ = sentinel.Close() }()
	master, err := sentinel.GetMasterAddrByName(ctx, name).Result()
	switch {
	case errors.Is(err, redis.Nil):
		return "", fmt.Errorf("the Sentinel at %s knows no master %q (option sentinel_service_name)", address, name)
	case err != nil:
		return "", fmt.Errorf("the Sentinel at %s: %w", address, err)
	case len(master) != 2:
		return "", fmt.Errorf("the Sentinel at %s answered with %d values, not host and port", address, len(master))
	}
	return net.JoinHostPort(master[0], master[1]), nil
}
