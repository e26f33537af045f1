// SPDX-License-Identifier: Apache-2.0

package receiver_test

import (
	"bytes"
	"encoding/json"
	"os/exec"
	"strconv"
	"testing"
	"time"
)

// BenchmarkQueue measures how fast a backlog in the queue is read, and with how
// much memory: by the receiver, which makes spans of it and sends them over OTLP,
// and by a consumer in Python, which only reads. The time is that from the first
// message or request to the last. What the receiver's decoding costs alone is a
// benchmark of its own package.
//
//	go test -run '^$' -bench Queue -benchtime 1x
func BenchmarkQueue(b *testing.B) {
	const backlog = 50_000
	r := startRabbitMQ(b)
	m := newTemplate(b, r, "")
	for _, reader := range []struct {
		name string
		read func(b *testing.B, r *rabbitMQ, points int) (read int, took time.Duration, memory int)
	}{{"receiver", readByReceiver}, {"python", readByPython}} {
		b.Run(reader.name, func(b *testing.B) {
			read, memory := 0, 0
			var took time.Duration
			for b.Loop() {
				b.StopTimer()
				newPublisher(b, r, m).publish(0, backlog)
				b.StartTimer()
				points, duration, peak := reader.read(b, r, backlog)
				read, took, memory = read+points, took+duration, max(memory, peak)
			}
			b.ReportMetric(float64(read)/took.Seconds(), "points/s")
			b.ReportMetric(float64(memory>>20), "MB")
			b.ReportMetric(0, "ns/op")
		})
	}
}

func readByReceiver(b *testing.B, r *rabbitMQ, points int) (read int, took time.Duration, memory int) {
	b.Helper()
	back := startBackend(b)
	var first time.Time
	already := 0
	back.each(func(spans int) {
		if first.IsZero() && spans > 0 {
			first, already = time.Now(), spans
		}
	})
	c := queueReader(b, r, back.url)
	c.start()
	eventually(b, "all spans arrive", func() bool {
		spans, _, _ := back.counts()
		return spans == points
	})
	took = time.Since(first)
	memory = c.peakMemory()
	c.process.end(15)
	return points - already, took, memory
}

func readByPython(b *testing.B, r *rabbitMQ, points int) (read int, took time.Duration, memory int) {
	b.Helper()
	python := exec.Command("/usr/bin/python3", "reader.py", r.amqp(), strconv.Itoa(2*points))
	python.Env = environment(b.TempDir())
	var stderr bytes.Buffer
	python.Stderr = &stderr
	output, err := python.Output()
	if err != nil {
		b.Fatalf("%v\n%s", err, &stderr)
	}
	var result struct {
		Seconds float64
		Memory  int
	}
	if err := json.Unmarshal(output, &result); err != nil {
		b.Fatal(err)
	}
	return points, time.Duration(result.Seconds * float64(time.Second)), result.Memory
}
