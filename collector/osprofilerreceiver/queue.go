// SPDX-License-Identifier: Apache-2.0

package osprofilerreceiver

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"hash/fnv"
	"net"
	"time"

	amqp "github.com/rabbitmq/amqp091-go"

	"github.com/ostrace/ostrace/points"
)

const (
	// prefetch is the number of messages that RabbitMQ delivers before they are
	// acknowledged.
	prefetch = 2000
	// A batch ends at one of these limits, or when the queue is empty for
	// batchTime.
	batchMessages = 1000
	batchBytes    = 1 << 20
	batchTime     = 200 * time.Millisecond

	// RabbitMQ takes a consumer for dead after up to three times the time of a
	// heartbeat. Collectors that stand by look for consumers at each
	// standbyInterval. So one of them takes over within 10 seconds.
	heartbeat       = 2 * time.Second
	standbyInterval = time.Second
	connectTimeout  = 5 * time.Second
)

// errLocked is the error where another Collector has just taken the lock.
var errLocked = errors.New("another Collector reads the queue")

// queue is the queue of RabbitMQ to which OSProfiler's driver messaging:// sends.
type queue struct {
	name    string
	brokers []broker
	tls     *tls.Config // nil for a connection without TLS
	next    int         // the broker that is tried next
}

func (q *queue) String() string { return messagingScheme + q.brokers[q.next].address }

func (*queue) close() error { return nil }

func (q *queue) read(ctx context.Context, batches chan<- batch, report func(state)) error {
	b := q.brokers[q.next]
	conn, err := q.dial(ctx, b)
	if err != nil {
		q.next = (q.next + 1) % len(q.brokers)
		return fmt.Errorf("RabbitMQ at %s: %w", b.address, err)
	}
	defer conn.Close() //nolint:errcheck // what it had to say was an error of consume
	// This ends calls that wait for an answer, too.
	defer context.AfterFunc(ctx, func() { _ = conn.CloseDeadline(time.Now().Add(time.Second)) })()
	if err := q.consume(ctx, conn, batches, report); err != nil {
		return fmt.Errorf("RabbitMQ at %s: %w", b.address, err)
	}
	return nil
}

func (q *queue) dial(ctx context.Context, b broker) (*amqp.Connection, error) {
	ctx, cancel := context.WithTimeout(ctx, connectTimeout)
	defer cancel()
	connected := func() bool { return true }
	defer func() { _ = connected() }()
	scheme := "amqp"
	if q.tls != nil {
		scheme = "amqps"
	}
	properties := amqp.NewConnectionProperties()
	properties.SetClientConnectionName("OpenTelemetry Collector, receiver osprofiler")
	conn, err := amqp.DialConfig(scheme+"://"+b.address, amqp.Config{
		SASL:            []amqp.Authentication{&amqp.PlainAuth{Username: b.user, Password: b.password}},
		Vhost:           b.vhost,
		Heartbeat:       heartbeat,
		TLSClientConfig: q.tls.Clone(),
		Properties:      properties,
		Dial: func(network, address string) (net.Conn, error) {
			conn, err := new(net.Dialer).DialContext(ctx, network, address)
			if err == nil {
				connected = context.AfterFunc(ctx, func() { _ = conn.Close() }) // the handshake does not know ctx
			}
			return conn, err
		},
	})
	// The AMQP library reads an answer in TLS as a frame that is not valid.
	if failed, ok := errors.AsType[*amqp.Error](err); ok && failed.Code == amqp.FrameError && q.tls == nil {
		return nil, fmt.Errorf("no answer in AMQP came; if it expects TLS at this port, set tls: %w", err)
	}
	return conn, err
}

// lockSuffix is behind the name of the queue in the name of the lock.
const lockSuffix = ".osprofilerreceiver"

// lock takes the lock for the queue, which is a queue that only one connection can
// have. RabbitMQ deletes it when that connection ends. A consumer alone is no lock,
// because RabbitMQ lets a quorum queue have several exclusive consumers.
func (q *queue) lock(channel *amqp.Channel) error {
	name := q.name + lockSuffix
	_, err := channel.QueueDeclare(name, false, true, true, false, nil)
	if failed, ok := errors.AsType[*amqp.Error](err); ok {
		switch failed.Code {
		case amqp.ResourceLocked:
			return errLocked
		case amqp.AccessRefused:
			return fmt.Errorf("the user must have the permission to configure the queue %s, with which Collectors agree on one reader: %w", name, err)
		}
	}
	return err
}

// standBy returns when the queue has no consumer. It asks for their number, and
// does not try to become one, because RabbitMQ logs each consumer that it refuses.
func (q *queue) standBy(ctx context.Context, channel *amqp.Channel, report func(state)) error {
	for first := true; ; first = false {
		found, err := channel.QueueDeclarePassive(q.name, false, false, false, false, nil)
		if failed, ok := errors.AsType[*amqp.Error](err); ok && failed.Code == amqp.NotFound {
			return fmt.Errorf("there is no queue %s yet; OSProfiler makes it with its first point: %w", q.name, err)
		}
		if err != nil || found.Consumers == 0 {
			return err
		}
		if first {
			report(standingBy)
		}
		if !wait(ctx, standbyInterval) {
			return ctx.Err()
		}
	}
}

// consume reads the queue as its only consumer, because a point's start and its
// stop are two messages. The queue is not declared: only oslo.messaging knows with
// which arguments.
func (q *queue) consume(ctx context.Context, conn *amqp.Connection, batches chan<- batch, report func(state)) error {
	channel, err := conn.Channel()
	if err != nil {
		return err
	}
	if err := q.standBy(ctx, channel, report); err != nil {
		return err
	}
	if err := q.lock(channel); err != nil {
		return err
	}
	if err := channel.Qos(prefetch, 0, false); err != nil {
		return err
	}
	closed := channel.NotifyClose(make(chan *amqp.Error, 1))
	deliveries, err := channel.Consume(q.name, "", false, true, false, false, nil)
	if err != nil {
		return err
	}
	report(reading)
	for {
		b, more := collect(ctx, channel, deliveries)
		if len(b.notifications)+len(b.unreadable) > 0 {
			select {
			case batches <- b:
			case <-ctx.Done():
				return ctx.Err()
			}
		}
		switch {
		case ctx.Err() != nil:
			return ctx.Err()
		case more:
		default:
			select {
			case err := <-closed:
				if err != nil {
					return err
				}
			default:
			}
			return errors.New("RabbitMQ has cancelled the consumer, because the queue was deleted or moved")
		}
	}
}

// collect returns the messages that come next, until there are enough for a batch
// or none comes for some time. It returns false when the deliveries have ended.
func collect(ctx context.Context, channel *amqp.Channel, deliveries <-chan amqp.Delivery) (batch, bool) {
	var b batch
	var last uint64
	size, count := 0, 0
	b.accepted = func() {
		if last > 0 {
			_ = channel.Ack(last, true) // without a connection they are delivered again
		}
	}
	var timeout <-chan time.Time
	for {
		select {
		case d, more := <-deliveries:
			if !more {
				return b, false
			}
			size, count = size+len(d.Body), count+1
			n, err := points.ParseMessage(d.Body)
			if err != nil {
				b.unreadable = append(b.unreadable, err)
				_ = d.Reject(false) // to the dead letters, if the queue has them
			} else {
				last = d.DeliveryTag
				b.notifications = append(b.notifications, n)
				b.hashes = append(b.hashes, hashOf(d.Body))
				b.redelivered = append(b.redelivered, d.Redelivered)
			}
			if count == batchMessages || size >= batchBytes {
				return b, true
			}
			if timeout == nil {
				timeout = time.After(batchTime)
			}
		case <-timeout:
			return b, true
		case <-ctx.Done():
			return b, true
		}
	}
}

// hashOf returns a hash that is the same in each run.
func hashOf(body []byte) uint64 {
	h := fnv.New64a()
	_, _ = h.Write(body) // it returns no error
	return h.Sum64()
}
