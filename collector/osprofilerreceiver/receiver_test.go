// SPDX-License-Identifier: Apache-2.0

package osprofilerreceiver

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/alicebob/miniredis/v2"
	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/collector/component/componenttest"
	"go.opentelemetry.io/collector/config/configopaque"
	"go.opentelemetry.io/collector/consumer"
	"go.opentelemetry.io/collector/consumer/consumererror"
	"go.opentelemetry.io/collector/consumer/consumertest"
	"go.opentelemetry.io/collector/pdata/ptrace"
	"go.opentelemetry.io/collector/pipeline"
	"go.opentelemetry.io/collector/receiver"
	"go.opentelemetry.io/collector/receiver/receivertest"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/sdk/metric/metricdata"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"

	"github.com/ostrace/ostrace/collector/osprofilerreceiver/internal/metadata"
	"github.com/ostrace/ostrace/points"
	"github.com/ostrace/ostrace/store/redis"
)

// The receiver starts although nothing answers, and ends, with a queue and with
// each kind of store.
func TestLifecycle(t *testing.T) {
	for _, connection := range []string{
		"messaging://", "redis://127.0.0.1:1", "mysql://127.0.0.1:1/db", "postgresql://127.0.0.1:1/db",
		"mongodb://127.0.0.1:1/?serverSelectionTimeoutMS=100", "elasticsearch://127.0.0.1:1",
	} {
		t.Run(strings.SplitN(connection, ":", 2)[0], func(t *testing.T) {
			config := testConfig(connection)
			for range 2 {
				r, err := NewFactory().CreateTraces(t.Context(), receivertest.NewNopSettings(metadata.Type), config, consumertest.NewNop())
				require.NoError(t, err)
				require.NoError(t, r.Start(t.Context(), newMemoryStorage()))
				require.NoError(t, r.Shutdown(t.Context()))
			}
		})
	}
}

func testConfig(connection string) *Config {
	config := createDefaultConfig().(*Config)
	config.ConnectionString = "messaging://"
	if connection != "" {
		config.ConnectionString = configopaque.String(connection)
	}
	if config.readsQueue() {
		config.TransportURL = "rabbit://127.0.0.1:1/"
	}
	config.Storage = &storageID
	config.PollInterval = 10 * time.Millisecond
	return config
}

func TestShutdownWithoutStart(t *testing.T) {
	r, err := NewFactory().CreateTraces(t.Context(), receivertest.NewNopSettings(metadata.Type), testConfig(""), consumertest.NewNop())
	require.NoError(t, err)
	require.NoError(t, r.Shutdown(t.Context()))
}

// A storage that is not there, or stores nothing, is an error at the start.
func TestStartErrors(t *testing.T) {
	for name, test := range map[string]struct {
		host component.Host
		want string
	}{
		"no extension":      {componenttest.NewNopHost(), "there is no extension memory_storage; it must stand in service::extensions"},
		"another extension": {otherExtension{}, "does not store anything"},
		"another version":   {damaged(acceptedKey), "was written by another version, or is damaged"},
		"damaged progress":  {damaged(progressKey), "was written by another version, or is damaged"},
		"damaged slots":     {damaged(slotsKey), "was written by another version, or is damaged"},
	} {
		r, err := NewFactory().CreateTraces(t.Context(), receivertest.NewNopSettings(metadata.Type), testConfig(""), consumertest.NewNop())
		require.NoError(t, err)
		if err := r.Start(t.Context(), test.host); err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s: %v, want %s", name, err, test.want)
		}
		require.NoError(t, r.Shutdown(t.Context()))
	}
}

type otherExtension struct{}

func (otherExtension) Start(context.Context, component.Host) error { return nil }
func (otherExtension) Shutdown(context.Context) error              { return nil }
func (o otherExtension) GetExtensions() map[component.ID]component.Component {
	return map[component.ID]component.Component{storageID: o}
}

func damaged(key string) component.Host {
	s := newMemoryStorage()
	s.values[key] = []byte{7, 1, 2, 3}
	return s
}

// The receiver keeps the contract of the Collector between a receiver and its
// consumer: what is refused comes again, what is refused for good does not.
func TestConsumeContract(t *testing.T) {
	server := miniredis.RunT(t)
	s, err := redis.Open("redis://" + server.Addr())
	require.NoError(t, err)
	defer s.Close()
	receivertest.CheckConsumeContract(receivertest.CheckConsumeContractParams{
		T:             t,
		Factory:       withStorage(server),
		Signal:        pipeline.SignalTraces,
		Config:        testConfig("redis://" + server.Addr()),
		Generator:     &generator{t: t, writer: s},
		GenerateCount: 200,
	})
}

// withStorage makes receivers that get a new storage extension at their start,
// and an empty Redis, although the host has none.
func withStorage(server *miniredis.Miniredis) receiver.Factory {
	return receiver.NewFactory(metadata.Type, createDefaultConfig, receiver.WithTraces(
		func(ctx context.Context, set receiver.Settings, config component.Config, next consumer.Traces) (receiver.Traces, error) {
			server.FlushAll()
			r, err := createTraces(ctx, set, config, next)
			return storing{r}, err
		}, metadata.TracesStability))
}

type storing struct{ receiver.Traces }

func (s storing) Start(ctx context.Context, _ component.Host) error {
	return s.Traces.Start(ctx, newMemoryStorage())
}

// generator stores spans as OSProfiler's points.
type generator struct {
	t      *testing.T
	writer points.Writer
	last   atomic.Int64
}

func (*generator) Start() {}
func (*generator) Stop()  {}

func (g *generator) Generate() []receivertest.UniqueIDAttrVal {
	id := receivertest.UniqueIDAttrVal(fmt.Sprint("span-", g.last.Add(1)))
	recorder := tracetest.NewSpanRecorder()
	provider := sdktrace.NewTracerProvider(sdktrace.WithSpanProcessor(recorder))
	_, span := provider.Tracer("test").Start(context.Background(), "work")
	span.SetAttributes(attribute.String(receivertest.UniqueIDAttrName, string(id)))
	span.End()
	if err := g.writer.Write(g.t.Context(), points.NotificationsFromSpan(recorder.Ended()[0])); err != nil {
		g.t.Error(err)
	}
	return []receivertest.UniqueIDAttrVal{id}
}

// queueOf is a source that delivers messages as RabbitMQ does: those that were not
// acknowledged come again, marked, before the others.
type queueOf struct {
	mu           sync.Mutex
	messages     []points.Notification
	acknowledged int
	delivered    int // the most that were ever delivered
	size         int // of a batch
	// deafFrom is the number of acknowledged messages from which on
	// acknowledgements are lost on their way.
	deafFrom int
}

func (*queueOf) String() string { return "test" }
func (*queueOf) close() error   { return nil }

func (q *queueOf) read(ctx context.Context, batches chan<- batch, report func(state)) error {
	report(reading)
	for at := q.acknowledgements(); at < len(q.messages); at += q.size {
		end := min(at+q.size, len(q.messages))
		b := batch{accepted: func() {
			q.mu.Lock()
			defer q.mu.Unlock()
			if end <= q.deafFrom {
				q.acknowledged = end
			}
		}}
		for i := at; i < end; i++ {
			b.notifications = append(b.notifications, q.messages[i])
			b.hashes = append(b.hashes, hashOf(q.messages[i].Payload))
			b.redelivered = append(b.redelivered, i < q.delivered)
		}
		select {
		case batches <- b:
			q.delivered = max(q.delivered, end)
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	<-ctx.Done()
	return ctx.Err()
}

func (q *queueOf) acknowledgements() int {
	q.mu.Lock()
	defer q.mu.Unlock()
	return q.acknowledged
}

// sink takes spans, and can refuse them.
type sink struct {
	consumertest.Consumer
	mu         sync.Mutex
	spans      map[string]int
	incomplete int
	most       int // the number of spans at which changed is closed
	changed    chan struct{}
	refuse     func() error
}

func newSink(most int) *sink {
	return &sink{Consumer: consumertest.NewNop(), spans: map[string]int{}, most: most, changed: make(chan struct{}), refuse: func() error { return nil }}
}

func (s *sink) ConsumeTraces(_ context.Context, traces ptrace.Traces) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := s.refuse(); err != nil {
		return err
	}
	before := len(s.spans)
	for _, of := range traces.ResourceSpans().All() {
		for _, scope := range of.ScopeSpans().All() {
			for _, span := range scope.Spans().All() {
				s.spans[span.SpanID().String()]++
				if _, missing := span.Attributes().Get("osprofiler.missing"); missing {
					s.incomplete++
				}
			}
		}
	}
	if before < s.most && len(s.spans) >= s.most {
		close(s.changed)
	}
	return nil
}

// nested are the notifications of points, some of which are open at once.
func nested(t testing.TB, n int) []points.Notification {
	t.Helper()
	var all []points.Notification
	notification := func(i int, kind string) {
		n, err := points.ParseNotification(fmt.Appendf(nil, `{"name": "db-%s", "base_id": "6ba7b810-9dad-11d1-80b4-00c04fd430c8", "parent_id": "6ba7b810-9dad-11d1-80b4-00c04fd430c8",
"trace_id": "00000000-0000-4000-8000-%012d", "timestamp": "2026-01-31T23:59:59.%06d", "project": "nova", "service": "api", "info": {"host": "h"}}`, kind, i, i))
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, n)
	}
	for first := 1; first <= n; first += 4 {
		last := min(first+3, n)
		for i := first; i <= last; i++ {
			notification(i, "start")
		}
		for i := last; i >= first; i-- {
			notification(i, "stop")
		}
	}
	return all
}

// Wherever the process is killed, and whether or not acknowledgements were lost
// before, all spans arrive whole, and only those of one batch come twice.
func TestKilledAnywhere(t *testing.T) {
	const spans, size = 21, 5
	messages := nested(t, spans)
	for _, deafFrom := range []int{0, size, len(messages)} {
		for left, finished := 0, false; !finished; left++ {
			storage := newMemoryStorage()
			q := &queueOf{messages: messages, size: size, deafFrom: deafFrom}
			s := newSink(spans)
			r := newTestReceiver(t, s)
			killed := make(chan struct{})
			storage.left, storage.killed = left, sync.OnceFunc(func() { close(killed) })
			startWith(t, r, q, storage)
			select {
			case <-killed:
			case <-s.changed:
				finished = true
			case <-time.After(time.Minute):
				t.Fatal("neither killed nor finished")
			}
			require.NoError(t, r.Shutdown(t.Context()))
			storage.mu.Lock()
			storage.left, storage.killed = -1, func() {}
			storage.mu.Unlock()
			q.deafFrom = len(messages)
			again := newTestReceiver(t, s)
			startWith(t, again, q, storage)
			eventually(t, func() bool { return q.acknowledgements() == len(messages) })
			select {
			case <-s.changed:
			case <-time.After(time.Minute):
				t.Fatalf("killed after %d operations: %d spans of %d", left, len(s.spans), spans)
			}
			require.NoError(t, again.Shutdown(t.Context()))
			twice := 0
			for _, times := range s.spans {
				twice += times - 1
			}
			if s.incomplete > 0 || again.open.len() > 0 || twice > size {
				t.Errorf("acknowledged up to %d, killed after %d operations: %d spans are incomplete, %d points are open, and %d spans came again",
					deafFrom, left, s.incomplete, again.open.len(), twice)
			}
		}
	}
}

func eventually(t *testing.T, condition func() bool) {
	t.Helper()
	require.Eventually(t, condition, time.Minute, time.Millisecond)
}

func newTestReceiver(t *testing.T, next consumer.Traces) *osprofilerReceiver {
	t.Helper()
	r, err := newReceiver(receivertest.NewNopSettings(metadata.Type), testConfig(""), next)
	require.NoError(t, err)
	return r
}

// startWith starts a receiver with another source.
func startWith(t *testing.T, r *osprofilerReceiver, from source, host component.Host) {
	t.Helper()
	r.from = func(context.Context, []byte) (source, error) { return from, nil }
	require.NoError(t, r.Start(t.Context(), host))
}

// A consumer that refuses spans gets them again until it takes them, and those that
// it refuses for good are counted.
func TestRefused(t *testing.T) {
	s := newSink(8)
	calls := 0
	s.refuse = func() error {
		calls++
		switch calls {
		case 1, 2:
			return errors.New("busy")
		case 3:
			return consumererror.NewPermanent(errors.New("never"))
		}
		return nil
	}
	telemetry := componenttest.NewTelemetry()
	defer func() { _ = telemetry.Shutdown(context.WithoutCancel(t.Context())) }()
	set := receivertest.NewNopSettings(metadata.Type)
	set.TelemetrySettings = telemetry.NewTelemetrySettings()
	r, err := newReceiver(set, testConfig(""), s)
	require.NoError(t, err)
	startWith(t, r, &queueOf{messages: nested(t, 12), size: 8, deafFrom: 24}, newMemoryStorage())
	select {
	case <-s.changed:
	case <-time.After(time.Minute):
		t.Fatal("the spans do not arrive")
	}
	require.NoError(t, r.Shutdown(t.Context()))
	for name, want := range map[string]int64{
		"otelcol_receiver_accepted_spans":           8,
		"otelcol_osprofiler_receiver_dropped_spans": 4,
		"otelcol_osprofiler_receiver_notifications": 24,
	} {
		got, err := telemetry.GetMetric(name)
		require.NoError(t, err)
		if sum := sumOf(got); sum != want {
			t.Errorf("%s is %d, want %d", name, sum, want)
		}
	}
}

func sumOf(m metricdata.Metrics) (sum int64) {
	for _, point := range m.Data.(metricdata.Sum[int64]).DataPoints {
		sum += point.Value
	}
	return sum
}
