// SPDX-License-Identifier: Apache-2.0

package redis

import (
	"context"
	"crypto/tls"
	"fmt"
	"net"
	"time"
)

// dialer connects within a time, and with TLS if there is a configuration for
// it.
type dialer struct {
	timeout time.Duration
	tls     *tls.Config
}

func (d dialer) dial(ctx context.Context, network, address string) (net.Conn, error) {
	ctx, cancel := context.WithTimeout(ctx, d.timeout)
	defer cancel()
	dial := new(net.Dialer).DialContext
	if d.tls != nil {
		dial = (&tls.Dialer{Config: d.tls}).DialContext
	}
	conn, err := dial(ctx, network, address)
	if err != nil && ctx.Err() != nil {
		return nil, fmt.Errorf("no connection to %s in %v", address, d.timeout)
	}
	return conn, err
}
