// SPDX-License-Identifier: Apache-2.0

package receiver_test

import (
	"os/exec"
	"strings"
	"syscall"
	"testing"

	amqp "github.com/rabbitmq/amqp091-go"
)

const queueName = "profiler.info"

// rabbitMQ is a running RabbitMQ on free ports of 127.0.0.1.
type rabbitMQ struct {
	t                    testing.TB
	dir, config          string
	port, dist, epmdPort string
	process              *process
}

// startRabbitMQ starts a RabbitMQ with these lines in its configuration.
func startRabbitMQ(t testing.TB, config ...string) *rabbitMQ {
	t.Helper()
	r := &rabbitMQ{
		t: t, dir: t.TempDir(), config: writeFile(t, "rabbitmq.conf", strings.Join(config, "\n")+"\n"),
		port: freePort(t), dist: freePort(t), epmdPort: freePort(t),
	}
	epmd := exec.Command("epmd", "-address", "127.0.0.1", "-port", r.epmdPort)
	epmd.Env = environment(r.dir)
	start(t, epmd).listens("127.0.0.1:" + r.epmdPort)
	r.start()
	return r
}

func (r *rabbitMQ) start() {
	r.t.Helper()
	server := exec.Command("/usr/lib/rabbitmq/bin/rabbitmq-server")
	server.Dir = r.dir
	server.Env = environment(r.dir,
		"ERL_EPMD_PORT="+r.epmdPort, "ERL_EPMD_ADDRESS=127.0.0.1",
		"RABBITMQ_NODENAME=ostrace-receiver@localhost",
		"RABBITMQ_NODE_IP_ADDRESS=127.0.0.1", "RABBITMQ_NODE_PORT="+r.port, "RABBITMQ_DIST_PORT="+r.dist,
		"RABBITMQ_MNESIA_BASE="+r.dir+"/data", "RABBITMQ_LOG_BASE="+r.dir, "RABBITMQ_LOGS=-",
		"RABBITMQ_ENABLED_PLUGINS_FILE="+r.dir+"/no-plugins", "RABBITMQ_CONF_ENV_FILE=/dev/null",
		"RABBITMQ_CONFIG_FILE="+r.config,
		"RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS=+sbwt none -kernel inet_dist_use_interface {127,0,0,1}",
	)
	r.process = start(r.t, server)
	r.process.listens("127.0.0.1:" + r.port)
	eventually(r.t, "RabbitMQ accepts a client", func() bool {
		conn, err := amqp.Dial(r.amqp())
		if err == nil {
			conn.Close()
		}
		return err == nil
	})
}

// restart ends RabbitMQ as an operator does, and starts it again.
func (r *rabbitMQ) restart() {
	r.t.Helper()
	r.process.end(syscall.SIGTERM)
	r.start()
}

// transportURL is the services' option transport_url.
func (r *rabbitMQ) transportURL() string { return transportURL("127.0.0.1:" + r.port) }

func transportURL(address string) string { return "rabbit://guest:guest@" + address + "/" }

func (r *rabbitMQ) amqp() string { return "amqp://guest:guest@127.0.0.1:" + r.port + "/" }

// channel returns a channel that ends with the test.
func (r *rabbitMQ) channel(t testing.TB) *amqp.Channel {
	t.Helper()
	conn, err := amqp.Dial(r.amqp())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	channel, err := conn.Channel()
	if err != nil {
		t.Fatal(err)
	}
	return channel
}

// waiting returns the number of messages in the queue that are not delivered.
func (r *rabbitMQ) waiting(t testing.TB, channel *amqp.Channel) int {
	t.Helper()
	q, err := channel.QueueDeclarePassive(queueName, true, false, false, false, nil)
	if err != nil {
		t.Fatal(err)
	}
	return q.Messages
}

// forget deletes the queue and the exchange that OSProfiler's driver has made, so
// that it can make others.
func (r *rabbitMQ) forget(t testing.TB) {
	t.Helper()
	channel := r.channel(t)
	if _, err := channel.QueueDelete(queueName, false, false, false); err != nil {
		t.Fatal(err)
	}
	if err := channel.ExchangeDelete("openstack", false, false); err != nil { // oslo.messaging's control_exchange
		t.Fatal(err)
	}
}
