// SPDX-License-Identifier: Apache-2.0

package receiver_test

import (
	"bytes"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"os/exec"
	"strconv"
	"strings"
	"testing"

	amqp "github.com/rabbitmq/amqp091-go"

	"github.com/ostrace/ostrace/points"
)

// releases are OSProfiler's releases, with the folder of Python packages for those
// that are not Debian's.
var releases = map[string]string{
	"OSProfiler 3.4": "",
	"OSProfiler 4.4": "/var/cache/ostrace-receiver/osprofiler-4.4",
}

// writePoints does the work of some services with OSProfiler's own profiler and
// driver, and returns the notifications that the driver got.
func writePoints(t testing.TB, packages, config string, requests int) []points.Notification {
	t.Helper()
	return startWriting(t, packages, config, requests)()
}

// startWriting does the same in the background. The function that it returns waits for
// the end.
func startWriting(t testing.TB, packages, config string, requests int) (written func() []points.Notification) {
	t.Helper()
	python := exec.CommandContext(t.Context(), "/usr/bin/python3", "writer.py", writeFile(t, "service.conf", config), strconv.Itoa(requests))
	python.Env = environment(t.TempDir(), "PYTHONPATH="+packages)
	var stdout, stderr bytes.Buffer
	python.Stdout, python.Stderr = &stdout, &stderr
	if err := python.Start(); err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- python.Wait() }()
	return func() []points.Notification {
		t.Helper()
		if err := <-ended; err != nil {
			t.Fatalf("%v\n%s", err, &stderr)
		}
		return notificationsOf(t, stdout.String(), stderr.String())
	}
}

// notificationsOf reads the notifications that writer.py has printed.
func notificationsOf(t testing.TB, stdout, stderr string) (written []points.Notification) {
	t.Helper()
	for line := range strings.Lines(stdout) {
		n, err := points.ParseNotification([]byte(line))
		if err != nil {
			t.Fatalf("%v: %s", err, line)
		}
		written = append(written, n)
	}
	if len(written) == 0 {
		t.Fatalf("Python wrote nothing:\n%s", stderr)
	}
	return written
}

// serviceConfig is the configuration of a service that sends its points to a queue.
// options are those of the connection to RabbitMQ.
func serviceConfig(transportURL, options string) string {
	return "[DEFAULT]\ntransport_url = " + transportURL + "\n" + profilerConfig("messaging://") +
		"[oslo_messaging_rabbit]\n" + options
}

func profilerConfig(connection string) string {
	return "[profiler]\nenabled = True\nhmac_keys = SECRET_KEY\nconnection_string = " + connection + "\n"
}

// template is the start and the stop of a point, as OSProfiler's driver has sent
// them.
type template struct {
	start, stop     []byte
	baseID, traceID []byte
}

// newTemplate makes the queue with OSProfiler's driver, which declares it with
// these options, and takes a point out of it.
func newTemplate(t testing.TB, r *rabbitMQ, options string) template {
	t.Helper()
	writePoints(t, "", serviceConfig(r.transportURL(), options), 1)
	channel := r.channel(t)
	var found template
	for {
		message, ok, err := channel.Get(queueName, true)
		if err != nil {
			t.Fatal(err)
		}
		if !ok {
			break
		}
		n, err := points.ParseMessage(message.Body)
		if err != nil {
			t.Fatal(err)
		}
		switch {
		case n.Name == "db-start" && found.start == nil:
			found.start, found.baseID, found.traceID = message.Body, []byte(n.BaseID), []byte(n.TraceID)
		case n.Name == "db-stop" && n.TraceID == string(found.traceID):
			found.stop = message.Body
		}
	}
	if found.start == nil || found.stop == nil {
		t.Fatal("the driver has sent no db point")
	}
	return found
}

// point returns the messages of the point with a number. A hundred points have one
// trace.
func (m template) point(number int) (start, stop []byte) {
	id := func(kind byte, n int) []byte {
		var b [16]byte
		b[0], b[8] = kind, 1
		binary.BigEndian.PutUint32(b[12:], uint32(n))
		text := hex.EncodeToString(b[:])
		return fmt.Appendf(nil, "%s-%s-%s-%s-%s", text[:8], text[8:12], text[12:16], text[16:20], text[20:])
	}
	replace := func(body []byte) []byte {
		body = bytes.ReplaceAll(body, m.traceID, id('p', number))
		return bytes.ReplaceAll(body, m.baseID, id('t', number/100))
	}
	return replace(m.start), replace(m.stop)
}

// publisher sends many points to the queue.
type publisher struct {
	t         testing.TB
	channel   *amqp.Channel
	confirmed chan amqp.Confirmation
	template  template
}

func newPublisher(t testing.TB, r *rabbitMQ, m template) *publisher {
	t.Helper()
	channel := r.channel(t)
	if err := channel.Confirm(false); err != nil {
		t.Fatal(err)
	}
	return &publisher{t, channel, channel.NotifyPublish(make(chan amqp.Confirmation, 1000)), m}
}

// nesting is the number of points that are open at once.
const nesting = 10

// publish sends the points from first to end, and returns when RabbitMQ has them.
// As in a trace, the last of some open points stops first.
func (p *publisher) publish(first, end int) {
	p.t.Helper()
	var bodies [][]byte
	for ; first < end; first += nesting {
		var stops [][]byte
		for number := first; number < min(first+nesting, end); number++ {
			start, stop := p.template.point(number)
			bodies, stops = append(bodies, start), append(stops, stop)
		}
		for i := range stops {
			bodies = append(bodies, stops[len(stops)-1-i])
		}
		if len(bodies) >= 1000 || first+nesting >= end {
			p.send(bodies...)
			bodies = bodies[:0]
		}
	}
}

// send sends up to a thousand messages, or some more, as oslo.messaging does.
func (p *publisher) send(bodies ...[]byte) {
	p.t.Helper()
	done := make(chan bool)
	go func() {
		all := true
		for range bodies {
			confirmation, more := <-p.confirmed
			all = all && more && confirmation.Ack
		}
		done <- all
	}()
	for _, body := range bodies {
		err := p.channel.PublishWithContext(p.t.Context(), "", queueName, false, false, amqp.Publishing{
			ContentType: "application/json", ContentEncoding: "utf-8", DeliveryMode: amqp.Persistent, Body: body,
		})
		if err != nil {
			p.t.Fatal(err)
		}
	}
	if !<-done {
		p.t.Fatal("RabbitMQ has not confirmed a message")
	}
}
