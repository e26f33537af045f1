// SPDX-License-Identifier: Apache-2.0

package osprofilerreceiver

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/collector/component/componentstatus"
	"go.opentelemetry.io/collector/consumer"
	"go.opentelemetry.io/collector/consumer/consumererror"
	"go.opentelemetry.io/collector/extension/xextension/storage"
	"go.opentelemetry.io/collector/receiver"
	"go.opentelemetry.io/collector/receiver/receiverhelper"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/metric"
	"go.uber.org/zap"

	"github.com/ostrace/ostrace/collector/osprofilerreceiver/internal/metadata"
	"github.com/ostrace/ostrace/points"
)

const (
	// retrySource is the time after which a source that failed is tried again.
	retrySource = 2 * time.Second
	// What the next consumer or the storage refused is tried again after a time
	// that doubles from the first of these to the second.
	firstRetry = 100 * time.Millisecond
	lastRetry  = 5 * time.Second

	// expiryInterval is the time between two looks for points that have waited too
	// long.
	expiryInterval = time.Second

	storingFailed = "Storing failed, and is tried again"

	// dataFormat is the name of what is received, in the metrics of the Collector.
	dataFormat = "osprofiler"
)

// osprofilerReceiver reads a source, and sends spans. One goroutine reads, and
// another one stores and sends, so that both halves of the work overlap.
type osprofilerReceiver struct {
	config    *Config
	settings  receiver.Settings
	logger    *zap.Logger
	next      consumer.Traces
	obsreport *receiverhelper.ObsReport
	telemetry *metadata.TelemetryBuilder

	// from makes the source, which is read from a cursor on.
	from func(ctx context.Context, cursor []byte) (source, error)

	host    component.Host
	client  storage.Client
	journal *journal
	open    *openPoints
	source  source
	cancel  context.CancelFunc // nil before the start
	running sync.WaitGroup
	// unreadable is the number of errors about single notifications that were
	// logged.
	unreadable int
}

func newReceiver(set receiver.Settings, config *Config, next consumer.Traces) (*osprofilerReceiver, error) {
	obsreport, err := receiverhelper.NewObsReport(receiverhelper.ObsReportSettings{
		ReceiverID: set.ID, Transport: config.transport(), ReceiverCreateSettings: set,
	})
	if err != nil {
		return nil, err
	}
	telemetry, err := metadata.NewTelemetryBuilder(set.TelemetrySettings)
	if err != nil {
		return nil, err
	}
	r := &osprofilerReceiver{
		config: config, settings: set, logger: set.Logger, next: next, obsreport: obsreport, telemetry: telemetry,
	}
	r.from = r.newSource
	return r, nil
}

// Start reads what an earlier run has left in the storage extension. It does not
// wait for a connection.
func (r *osprofilerReceiver) Start(ctx context.Context, host component.Host) error {
	r.host = host
	client, err := r.storageClient(ctx, host)
	if err != nil {
		return err
	}
	journal, stored, left, err := openJournal(ctx, client)
	if err != nil {
		return errors.Join(fmt.Errorf("storage %s: %w", r.config.Storage, err), client.Close(ctx))
	}
	source, err := r.from(ctx, journal.read.cursor)
	if err != nil {
		return errors.Join(err, client.Close(ctx))
	}
	r.source, r.client, r.journal, r.open = source, client, journal, newOpenPoints(stored)
	if len(stored)+len(left) > 0 {
		r.logger.Info("Found what an earlier run has left",
			zap.Int("open points", len(stored)), zap.Int("notifications to send again", len(left)))
	}
	background, cancel := context.WithCancel(context.WithoutCancel(ctx))
	r.cancel = cancel
	batches := make(chan batch)
	r.running.Go(func() { r.readAlways(background, batches) })
	r.running.Go(func() { r.sendAlways(background, left, batches) })
	return nil
}

// Shutdown ends the reading and the sending. What the next consumer has not taken
// stays in the storage extension.
func (r *osprofilerReceiver) Shutdown(ctx context.Context) error {
	if r.cancel == nil {
		return nil
	}
	r.cancel()
	r.running.Wait()
	return errors.Join(r.source.close(), r.client.Close(ctx))
}

func (r *osprofilerReceiver) newSource(ctx context.Context, cursor []byte) (source, error) {
	if !r.config.readsQueue() {
		s, err := openStore(string(r.config.ConnectionString))
		if err != nil {
			return nil, err
		}
		return &growingStore{store: s, interval: r.config.PollInterval, cursor: cursor}, nil
	}
	brokers, err := parseTransportURL(string(r.config.TransportURL))
	if err != nil {
		return nil, err
	}
	q := &queue{name: r.config.Queue, brokers: brokers}
	if r.config.TLS.HasValue() {
		if q.tls, err = r.config.TLS.Get().LoadTLSConfig(ctx); err != nil {
			return nil, fmt.Errorf("tls: %w", err)
		}
	}
	return q, nil
}

func (r *osprofilerReceiver) storageClient(ctx context.Context, host component.Host) (storage.Client, error) {
	extension, found := host.GetExtensions()[*r.config.Storage]
	if !found {
		return nil, fmt.Errorf("storage: there is no extension %s; it must stand in service::extensions", r.config.Storage)
	}
	store, ok := extension.(storage.Extension)
	if !ok {
		return nil, fmt.Errorf("storage: the extension %s does not store anything; name one such as file_storage", r.config.Storage)
	}
	client, err := store.GetClient(ctx, component.KindReceiver, r.settings.ID, "")
	if err != nil {
		return nil, fmt.Errorf("storage %s: %w", r.config.Storage, err)
	}
	return client, nil
}

// readAlways reads the source again after each failure.
func (r *osprofilerReceiver) readAlways(ctx context.Context, batches chan<- batch) {
	said := ""
	report := func(now state) {
		said = ""
		switch now {
		case reading:
			r.logger.Info("Reading", zap.Stringer("source", r.source))
		case standingBy:
			r.logger.Info("Standing by, because another consumer reads the queue", zap.Stringer("source", r.source))
		}
		componentstatus.ReportStatus(r.host, componentstatus.NewEvent(componentstatus.StatusOK))
	}
	for {
		err := r.source.read(ctx, batches, report)
		if ctx.Err() != nil {
			return
		}
		if said != err.Error() { // the same message every few seconds says nothing new
			said = err.Error()
			r.logger.Warn("Reading failed, and is tried again", zap.Error(err))
			componentstatus.ReportStatus(r.host, componentstatus.NewRecoverableErrorEvent(err))
		}
		if !wait(ctx, retrySource) {
			return
		}
	}
}

// sendAlways sends what an earlier run has left, then the batches, and from time
// to time the points that have waited too long. It ends when ctx does.
func (r *osprofilerReceiver) sendAlways(ctx context.Context, left []points.Notification, batches <-chan batch) {
	if !r.send(ctx, left) {
		return
	}
	tick := time.NewTicker(expiryInterval)
	defer tick.Stop()
	for more := true; more; {
		select {
		case b := <-batches:
			more = r.accept(ctx, b)
		case <-tick.C:
			more = r.send(ctx, nil)
		case <-ctx.Done():
			return
		}
	}
}

// accept stores a batch, acknowledges it, and sends the spans that it completes.
// It returns false when ctx has ended.
func (r *osprofilerReceiver) accept(ctx context.Context, b batch) bool {
	fresh, again := b.withoutRecent(r.journal.read.recent)
	r.count(ctx, len(fresh.notifications), metadata.AttributeOutcomeAccepted)
	r.count(ctx, again, metadata.AttributeOutcomeRedelivered)
	r.count(ctx, len(b.unreadable), metadata.AttributeOutcomeUnreadable)
	r.logUnreadable(b.unreadable)
	if len(fresh.notifications) > 0 || fresh.cursor != nil {
		halves := r.open.halves(fresh.notifications)
		if !r.always(ctx, storingFailed, func() error { return r.journal.accept(ctx, fresh, halves) }) {
			return false
		}
	}
	if b.accepted != nil {
		b.accepted()
	}
	return r.send(ctx, fresh.notifications)
}

// send sends the spans that the notifications complete, and those that have
// waited too long, and stores which points are still open. It returns false when
// ctx has ended.
func (r *osprofilerReceiver) send(ctx context.Context, notifications []points.Notification) bool {
	now := time.Now()
	var whole []points.Notification
	for _, n := range notifications {
		whole = append(whole, r.open.add(n, now)...)
	}
	whole = append(whole, r.open.expired(now.Add(-r.config.UnfinishedAfter))...)
	if len(whole) > 0 && !r.deliver(ctx, whole) {
		return false
	}
	r.telemetry.OsprofilerReceiverOpenPoints.Record(ctx, int64(r.open.len()))
	changes := r.open.changes()
	if !r.journal.pending && changes.none() {
		return true
	}
	if !r.always(ctx, storingFailed, func() error { return r.journal.settle(ctx, changes) }) {
		return false
	}
	r.open.stored()
	return true
}

// deliver passes spans to the next consumer until it takes them or refuses them
// for good. It returns false when ctx has ended.
func (r *osprofilerReceiver) deliver(ctx context.Context, notifications []points.Notification) bool {
	return r.always(ctx, "The next consumer refused spans, and gets them again", func() error {
		// The consumer may have changed those that it refused.
		traces, incomplete := tracesOf(notifications)
		spans := traces.SpanCount()
		operation := r.obsreport.StartTracesOp(ctx)
		err := r.next.ConsumeTraces(operation, traces)
		r.obsreport.EndTracesOp(operation, dataFormat, spans, err)
		if consumererror.IsPermanent(err) {
			r.logger.Error("The next consumer refused spans for good, and they are dropped", zap.Int("spans", spans), zap.Error(err))
			r.telemetry.OsprofilerReceiverDroppedSpans.Add(ctx, int64(spans))
			return nil
		}
		if err == nil {
			r.telemetry.OsprofilerReceiverIncompleteSpans.Add(ctx, int64(incomplete))
		}
		return err
	})
}

// always calls f until it returns no error. It returns false when ctx has ended.
func (r *osprofilerReceiver) always(ctx context.Context, message string, f func() error) bool {
	for retry := firstRetry; ; retry = min(2*retry, lastRetry) {
		err := f()
		if err == nil {
			return true
		}
		if ctx.Err() == nil {
			r.logger.Warn(message, zap.Error(err), zap.Duration("after", retry))
		}
		if !wait(ctx, retry) {
			return false
		}
	}
}

func (r *osprofilerReceiver) count(ctx context.Context, notifications int, outcome metadata.AttributeOutcome) {
	if notifications > 0 {
		r.telemetry.OsprofilerReceiverNotifications.Add(ctx, int64(notifications),
			metric.WithAttributes(attribute.String("outcome", outcome.String())))
	}
}

// logUnreadable logs the first errors about single notifications, and then one of
// a thousand, because a source can be full of them.
func (r *osprofilerReceiver) logUnreadable(errs []error) {
	for _, err := range errs {
		r.unreadable++
		if r.unreadable <= 10 || r.unreadable%1000 == 0 {
			r.logger.Warn("A notification can't be used, and is left out", zap.Error(err), zap.Int("so far", r.unreadable))
		}
	}
}

// wait returns true after the time, or false when ctx has ended.
func wait(ctx context.Context, d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-ctx.Done():
		return false
	}
}
