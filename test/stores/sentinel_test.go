// SPDX-License-Identifier: Apache-2.0

package stores_test

import (
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/redis/go-redis/v9"

	"github.com/ostrace/ostrace/points"
)

// startSentinel starts a Sentinel that watches the master at a port, and returns
// its address.
func startSentinel(t *testing.T, name, masterPort string) (address string) {
	t.Helper()
	port := freePorts(t, 1)[0]
	dir := folder(t)
	configuration := filepath.Join(dir, "sentinel.conf")
	lines := []string{
		"port " + port, "bind 127.0.0.1", "dir " + dir,
		"sentinel monitor " + name + " 127.0.0.1 " + masterPort + " 1",
		"sentinel down-after-milliseconds " + name + " 200",
		"sentinel failover-timeout " + name + " 2000",
		"sentinel auth-pass " + name + " \"" + password + "\"",
	}
	writeFile(t, configuration, []byte(strings.Join(lines, "\n")+"\n"))
	serve(t, "127.0.0.1:"+port, exec.Command("redis-server", configuration, "--sentinel"), syscall.SIGTERM)
	return "127.0.0.1:" + port
}

// TestSentinelFailover reads from the new master after the old one has ended.
func TestSentinelFailover(t *testing.T) {
	t.Parallel()
	ports := freePorts(t, 3)
	options := []string{"--requirepass", password, "--masterauth", password, "--repl-diskless-sync-delay", "0"}
	stopMaster := startRedisAt(t, ports[0], options...)
	startRedisAt(t, ports[1], append(options, "--replicaof", "127.0.0.1 "+ports[0])...)
	sentinel := startSentinel(t, "mymaster", ports[0])

	// The first Sentinel does not exist.
	connection := "redissentinel://:" + escaped + "@127.0.0.1:" + ports[2] + "," + sentinel + "/2"
	s := open(t, connection)
	write(t, s, point(t, baseID, 1, "ValueError")...)

	replica := redis.NewClient(&redis.Options{Addr: "127.0.0.1:" + ports[1], Password: password, DB: 2, Protocol: 2, DisableIdentity: true})
	defer replica.Close()
	eventually(t, "the replica has what was written", func() bool {
		n, err := replica.LLen(t.Context(), "osprofiler_opt:"+baseID).Result()
		return err == nil && n == 2
	})
	client := redis.NewSentinelClient(&redis.Options{Addr: sentinel, Protocol: 2, DisableIdentity: true})
	defer client.Close()
	eventually(t, "the Sentinel knows the replica", func() bool {
		replicas, err := client.Replicas(t.Context(), "mymaster").Result()
		return err == nil && len(replicas) == 1
	})
	stopMaster()
	eventually(t, "a write to the new master", func() bool {
		return s.(points.Writer).Write(t.Context(), point(t, baseID, 2, "")) == nil
	})
	master, err := client.GetMasterAddrByName(t.Context(), "mymaster").Result()
	if err != nil || master[1] != ports[1] {
		t.Errorf("the master is %v (%v), want port %s", master, err, ports[1])
	}
	// After many failures the client does not dial for one second.
	eventually(t, "the trace read from the new master", func() bool {
		read := 0
		for _, err := range s.Notifications(t.Context(), baseID) {
			if err != nil {
				return false
			}
			read++
		}
		return read == 4
	})

	// OSProfiler's driver reads the new master.
	d := newDriver(t, "redis://:"+escaped+"@127.0.0.1:"+ports[1]+"/2", conf)
	sameAsOSProfiler(t, s, d, baseID)
}

func TestSentinelErrors(t *testing.T) {
	t.Parallel()
	port := freePorts(t, 1)[0]
	startRedisAt(t, port, "--requirepass", password)
	sentinel := startSentinel(t, "cloud", port)
	write(t, open(t, "redissentinel://:"+escaped+"@"+sentinel+"?sentinel_service_name=cloud"), point(t, baseID, 1, "")...)

	for connection, want := range map[string]string{
		"redissentinel://:" + escaped + "@" + sentinel:                                     `no master "mymaster"`,
		"redissentinel://:" + escaped + "x@" + sentinel + "?sentinel_service_name=cloud":   "WRONGPASS",
		"redissentinel://:" + escaped + "@127.0.0.1:" + freePorts(t, 1)[0]:                 "connection refused",
		"redissentinel://:" + escaped + "@" + sentinel + "/99?sentinel_service_name=cloud": "out of range",
	} {
		err := failure(t, open(t, connection), t.Context())
		t.Log(err)
		if !strings.Contains(err.Error(), want) {
			t.Errorf("%v does not say %q", err, want)
		}
	}
}
