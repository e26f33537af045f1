// SPDX-License-Identifier: Apache-2.0

package jaeger_test

import (
	"os/exec"
	"strings"
	"testing"

	"go.opentelemetry.io/otel/exporters/otlp/otlptrace/otlptracehttp"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"

	"github.com/ostrace/ostrace/hmac"
	"github.com/ostrace/ostrace/internal/simcloud"
	"github.com/ostrace/ostrace/test/jaeger"
)

// ostrace doctor finds the spans of a cloud whose OSProfiler sends them to Jaeger,
// and sees that one service does not know the key.
func TestDoctor(t *testing.T) {
	ostrace := build(t, "../../cmd/ostrace", ".")
	server := jaeger.Start(t, jaeger.Addresses{})
	exporter, err := otlptracehttp.New(t.Context(), otlptracehttp.WithEndpointURL("http://"+server.HTTP+"/v1/traces"))
	if err != nil {
		t.Fatal(err)
	}
	key, err := hmac.NewKey("SECRET_KEY", hmac.SHA1)
	if err != nil {
		t.Fatal(err)
	}
	cloud, err := simcloud.Start(simcloud.WithHMACKeys(key), simcloud.WithSpanProcessor(sdktrace.NewBatchSpanProcessor(exporter)))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = cloud.Close() })
	options := cloud.AuthOptions()
	env := []string{
		"OS_AUTH_URL=" + options.IdentityEndpoint, "OS_USERNAME=" + options.Username, "OS_PASSWORD=" + options.Password,
		"OS_USER_DOMAIN_NAME=" + options.DomainName, "OS_PROJECT_NAME=" + options.TenantName, "OS_PROJECT_DOMAIN_NAME=" + options.DomainName,
		"OS_PROFILE=SECRET_KEY",
	}
	for _, test := range []struct {
		key    string // Glance's
		status int
		glance string
	}{{"SECRET_KEY", 0, "200 yes sha1"}, {"OTHER", 1, "200 no -"}} {
		glances, err := hmac.NewKey(test.key, hmac.SHA1)
		if err != nil {
			t.Fatal(err)
		}
		cloud.SetHMACKeys("image", glances)
		command := exec.CommandContext(t.Context(), ostrace, "doctor", "--query-endpoint", "http://"+server.Query)
		command.Env = append([]string{"HOME=" + t.TempDir()}, env...)
		output, _ := command.CombinedOutput()
		if status := command.ProcessState.ExitCode(); status != test.status {
			t.Errorf("exit status %d, want %d\n%s", status, test.status, output)
		}
		lines := map[string]string{}
		for line := range strings.Lines(string(output)) {
			if words := strings.Fields(line); len(words) > 3 {
				lines[words[0]] = strings.Join(words[1:4], " ")
			}
		}
		for service, want := range map[string]string{
			"keystone": "200 yes sha1", "glance": test.glance, "neutron": "200 yes sha1", "placement": "200 yes sha1", "nova": "200 yes sha1",
		} {
			if lines[service] != want {
				t.Errorf("%s: %q, want %q\n%s", service, lines[service], want, output)
			}
		}
	}
}
