// SPDX-License-Identifier: Apache-2.0

package docs_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/alicebob/miniredis/v2"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"

	"github.com/ostrace/ostrace/hmac"
	"github.com/ostrace/ostrace/internal/simcloud"
	"github.com/ostrace/ostrace/points"
	"github.com/ostrace/ostrace/store/redis"
	"github.com/ostrace/ostrace/test/docs/session"
)

// world is what the commands of the documents find: a simulated cloud, whose services
// store their points in a Redis, a back end for spans, the command ostrace, and the
// modules of the working tree, as go finds those of a release.
type world struct {
	cloud    *simcloud.Cloud
	redisURL string
	backEnd  string   // the address to which spans are exported
	query    string   // the address at which Jaeger answers queries
	programs string   // the folder of the command
	modules  []string // the environment in which go finds the modules
	version  string   // the version that they have
}

func newWorld(t *testing.T) *world {
	t.Helper()
	server := miniredis.RunT(t)
	w := &world{redisURL: "redis://" + server.Addr(), programs: t.TempDir()}
	stored, err := redis.Open(w.redisURL)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = stored.Close() })
	key, err := hmac.NewKey("SECRET_KEY")
	if err != nil {
		t.Fatal(err)
	}
	w.cloud, err = simcloud.Start(simcloud.WithHMACKeys(key), simcloud.WithTimeScale(0),
		simcloud.WithSpanProcessor(sdktrace.NewSimpleSpanProcessor(points.NewSpanExporter(stored))))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = w.cloud.Close() })
	w.backEnd = serve(t, func(out http.ResponseWriter, _ *http.Request) {
		out.Header().Set("Content-Type", "application/x-protobuf") // an empty answer takes all spans
	})
	w.query = serve(t, func(out http.ResponseWriter, _ *http.Request) {
		out.WriteHeader(http.StatusNotFound)
		fmt.Fprintln(out, `{"error": {"httpCode": 404, "message": "No traces found"}}`)
	})
	store(t, server)
	execute(t, root, "go", "build", "-C", "cmd/ostrace", "-o", filepath.Join(w.programs, "ostrace"), ".")
	for line := range strings.Lines(execute(t, filepath.Join(root, "test/release"), "env", "GOFLAGS=", "go", "run", ".", "proxy")) {
		variable := strings.ReplaceAll(strings.TrimPrefix(strings.TrimSpace(line), "export "), "'", "")
		w.modules = append(w.modules, variable)
		if version, found := strings.CutPrefix(variable, "OSTRACE_VERSION="); found {
			w.version = version
		}
	}
	return w
}

func serve(t *testing.T, handler http.HandlerFunc) (address string) {
	t.Helper()
	server := httptest.NewServer(handler)
	t.Cleanup(server.Close)
	return server.URL
}

func execute(t *testing.T, folder string, args ...string) (stdout string) {
	t.Helper()
	var stderr strings.Builder
	command := exec.CommandContext(t.Context(), args[0], args[1:]...)
	command.Dir, command.Stderr = folder, &stderr
	output, err := command.Output()
	if err != nil {
		t.Fatalf("%v: %v\n%s%s", args, err, output, &stderr)
	}
	return string(output)
}

// session returns the session of a page. Its folder has the files that the commands
// read.
func (w *world) session(t *testing.T, page string) session.Session {
	t.Helper()
	folder := t.TempDir()
	auth := w.cloud.AuthOptions()
	for name, content := range map[string]string{
		"key":         "SECRET_KEY\n",
		"clouds.yaml": fmt.Sprintf(cloudsYAML, auth.IdentityEndpoint, auth.Username, auth.Password, auth.TenantName, auth.DomainName, auth.DomainName),
	} {
		if err := os.WriteFile(filepath.Join(folder, name), []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	bin := filepath.Join(folder, "bin") // for go install
	s := session.Session{
		Folder: folder,
		Environment: []string{
			"PATH=" + strings.Join([]string{w.programs, bin, os.Getenv("PATH")}, string(os.PathListSeparator)), "GOBIN=" + bin,
			"HOME=" + folder, "LANG=C.UTF-8", "GORACE=" + os.Getenv("GORACE"),
			"OS_CLIENT_CONFIG_FILE=" + filepath.Join(folder, "clouds.yaml"),
			"GOSUMDB=off", // the sums of other modules are in the go.sum files, so that no network is needed for them
		},
		Substitutes: []string{
			"redis://localhost:6379", w.redisURL,
			"redis://127.0.0.1:6379", w.redisURL,
			"http://localhost:4318", w.backEnd,
			"http://127.0.0.1:4318", w.backEnd,
			"http://localhost:16686", w.query,
			"https://cloud.example:5000/v3", w.cloud.AuthURL(),
			"examples/service@v0.1.0", "examples/service@" + w.version + " -listen 127.0.0.1:0",
			"go run -C examples ./service", "go run -C examples ./service -listen 127.0.0.1:0",
			"@v0.1.0", "@" + w.version,
			"--image cirros --flavor m1.tiny --network private", "--image tiny --flavor m1.nano --network net1",
			"--image tiny --output results", "--image tiny --rounds 1 --passes 1 --output " + folder, // instead of many rounds
			"GOOD_ID", traces[0].id, "BAD_ID", traces[1].id, "BASE_ID", traces[0].id,
		},
	}
	for _, name := range []string{"GOCACHE", "GOMODCACHE", "GOPROXY", "GOFLAGS", "GOTOOLCHAIN"} {
		s.Environment = append(s.Environment, name+"="+strings.TrimSpace(execute(t, root, "go", "env", name)))
	}
	switch strings.TrimPrefix(page, root+"/") {
	case "README.md": // it adds the library to a module
		execute(t, folder, "go", "mod", "init", "example.com/program")
		s.Environment = append(s.Environment, w.modules...)
	case "docs/start.md":
		s.Environment = append(s.Environment, w.modules...)
	case "docs/operators.md":
		for i, side := range []string{"old", "new"} {
			name := filepath.Join(folder, side, "trace.json")
			if err := os.Mkdir(filepath.Dir(name), 0o700); err != nil {
				t.Fatal(err)
			}
			execute(t, folder, filepath.Join(w.programs, "ostrace"), "show", traces[i].id, "--connection-string", w.redisURL, "--json", "-o", name)
		}
	case "examples/README.md": // its commands are run in the root of the repository
		top, err := filepath.Abs(root)
		if err != nil {
			t.Fatal(err)
		}
		s.Folder = top
	}
	return s
}

const cloudsYAML = `clouds:
  mycloud:
    region_name: RegionOne
    auth:
      auth_url: %s
      username: %s
      password: %s
      project_name: %s
      user_domain_name: %s
      project_domain_name: %s
`
