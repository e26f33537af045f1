// SPDX-License-Identifier: Apache-2.0

package gateway

import (
	"crypto/tls"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"

	sdkmetric "go.opentelemetry.io/otel/sdk/metric"
)

// quiet is the log of servers whose upstream ends the connection.
var quiet = slog.NewLogLogger(slog.DiscardHandler, slog.LevelError)

// tlsClient returns the client's side of a connection to a server, for HTTP/1.1.
func tlsClient(server *httptest.Server, conn net.Conn) net.Conn {
	config := server.Client().Transport.(*http.Transport).TLSClientConfig.Clone()
	config.ServerName, config.NextProtos = "example.com", []string{"http/1.1"}
	return tls.Client(conn, config)
}

// metered makes a gateway count with the metrics SDK.
func metered() Option {
	return WithMeterProvider(sdkmetric.NewMeterProvider(sdkmetric.WithReader(sdkmetric.NewManualReader())))
}
