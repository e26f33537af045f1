package stores_test

import (
	"os/exec"
	"testing"
)

// startRedis starts a Redis with some options beside those that it needs, and
// returns its port.
func startRedis(t *testing.T, options ...string) (port string) {
	t.Helper()
	port = freePorts(t, 1)[0]
	args := append([]string{"--port", port, "--bind", "127.0.0.1", "--dir", t.TempDir(), "--save", "", "--appendonly", "no"}, options...)
	serve(t, "127.0.0.1:"+port, exec.CommandContext(t.Context(), "redis-server", args...))
	return port
}
