// SPDX-License-Identifier: Apache-2.0

// Service is an HTTP service in front of OpenStack: GET /v1/images answers with
// the names of the images that the caller may see. A request that is signed
// with one of the cloud's keys is traced, through this service and in the
// cloud's services. Nobody else can switch that on.
//
// With nothing set up it runs on a simulated cloud, inside the program, and
// prints two curl lines to try it with:
//
//	go run -C examples ./service
//
// With OS_AUTH_URL (and OS_REGION_NAME) it uses a real cloud, and takes the
// keys from OSProfiler's own variables:
//
//	OS_PROFILER__ENABLED=true OS_PROFILER__HMAC_KEYS=SECRET_KEY service -listen 127.0.0.1:8080
//	curl -H "X-Auth-Token: $(openstack token issue -f value -c id)" http://127.0.0.1:8080/v1/images
//
// OSTRACE_HMAC_DIGESTS has the digests that are accepted, such as sha256 alone.
// Without it both are accepted.
//
// OTEL_TRACES_EXPORTER and OpenTelemetry's other environment variables say
// where the service sends its spans. Without them it draws each trace on
// standard error.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"os/signal"
	"syscall"
	"time"

	"go.opentelemetry.io/otel"

	"github.com/ostrace/ostrace/hmac"
	"github.com/ostrace/ostrace/otelhttp"
	"github.com/ostrace/ostrace/propagation"
)

// shutdownTimeout limits the time in which requests, and after them the spans,
// must finish.
const shutdownTimeout = 5 * time.Second

func main() {
	listen := flag.String("listen", "127.0.0.1:8080", "the `ADDRESS` to listen on")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := run(ctx, *listen, os.Stderr)
	stop()
	if err != nil {
		fmt.Fprintf(os.Stderr, "service: %v\n", err)
		os.Exit(1)
	}
}

// run serves until the context ends.
func run(ctx context.Context, listen string, stderr io.Writer) (err error) {
	spans, err := newTelemetry(ctx, stderr)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, within(spans.provider.Shutdown)) }()
	otel.SetTracerProvider(spans.provider)
	otel.SetTextMapPropagator(propagation.New())

	images := &images{
		authURL: os.Getenv("OS_AUTH_URL"),
		region:  os.Getenv("OS_REGION_NAME"),
		log:     slog.New(slog.NewTextHandler(stderr, nil)),
	}
	keys, err := hmac.KeysFromEnv()
	if err != nil {
		return err
	}
	var cloud *simulated
	if images.authURL == "" {
		if cloud, err = startSimulated(ctx, spans); err != nil {
			return err
		}
		defer func() { err = errors.Join(err, cloud.Close()) }()
		images.authURL, keys = cloud.AuthURL(), hmac.Keys{cloud.key}
	}

	mux := http.NewServeMux()
	mux.HandleFunc("GET /v1/images", images.list)
	server := &http.Server{
		Handler:           otelhttp.NewHandler(mux, "registry", otelhttp.WithHMACKeys(keys...)),
		ReadHeaderTimeout: 10 * time.Second,
		ErrorLog:          slog.NewLogLogger(images.log.Handler(), slog.LevelWarn),
	}
	listener, err := net.Listen("tcp", listen)
	if err != nil {
		return err
	}
	fmt.Fprintf(stderr, "service: listening on http://%s\n", listener.Addr())
	if cloud != nil {
		cloud.explain(stderr, "http://"+listener.Addr().String())
	}
	served := make(chan error, 1)
	go func() { served <- server.Serve(listener) }()
	select {
	case err := <-served:
		return err
	case <-ctx.Done():
		return within(server.Shutdown)
	}
}

// within calls end with a context that has the time limit for the end.
func within(end func(context.Context) error) error {
	ctx, cancel := context.WithTimeout(context.Background(), shutdownTimeout)
	defer cancel()
	return end(ctx)
}
