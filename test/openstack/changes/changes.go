// SPDX-License-Identifier: Apache-2.0

package changes

import (
	"context"
	_ "embed"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// Change is a change of the cloud.
type Change struct {
	Name string
	// Cause is a regular expression for the first line of ostrace diff.
	Cause string

	apply, undo func(context.Context, cloud) error
}

// All are the changes.
var All = []Change{
	{
		Name:  "token-cache-off",
		Cause: `^keystone-public: GET /v3/auth/tokens sends \d+ SQL statements, before `,
		apply: func(ctx context.Context, c cloud) error {
			return c.openstack(ctx, "up", c.with("TOKEN_CACHE", "off")...)
		},
		undo: func(ctx context.Context, c cloud) error {
			return c.openstack(ctx, "up", c.with("TOKEN_CACHE", "on")...)
		},
	},
	{
		Name:  "index-dropped",
		Cause: `^nova-osapi_compute: SELECT instance_mappings takes `,
		apply: func(ctx context.Context, c cloud) error {
			return c.sql(ctx, `alter table instance_mappings drop index if exists uniq_instance_mappings0instance_uuid, drop index if exists instance_uuid_idx`)
		},
		undo: func(ctx context.Context, c cloud) error {
			return c.sql(ctx, `alter table instance_mappings add unique index if not exists uniq_instance_mappings0instance_uuid (instance_uuid), `+
				`add index if not exists instance_uuid_idx (instance_uuid)`)
		},
	},
	{
		Name:  "neutron-50-ms-slower",
		Cause: `^neutron-neutron-server: each request takes `,
		apply: makeNeutronSlow,
		undo:  makeNeutronNormal,
	},
}

// Apply changes the cloud that is up.
func (c Change) Apply(ctx context.Context) error { return c.do(ctx, c.apply) }

// Undo brings the cloud back to what it was.
func (c Change) Undo(ctx context.Context) error { return c.do(ctx, c.undo) }

func (c Change) do(ctx context.Context, step func(context.Context, cloud) error) error {
	up, err := findCloud()
	if err == nil {
		err = step(ctx, up)
	}
	if err != nil {
		return fmt.Errorf("%s: %w", c.Name, err)
	}
	return nil
}

// Servers is the number of servers of other users in the cloud after Prepare.
const Servers = 300_000

// Prepare fills Nova's table of servers, as it is in a cloud that has been in use for
// years. In an empty table an index makes no difference.
func Prepare(ctx context.Context) error {
	c, err := findCloud()
	if err != nil {
		return err
	}
	return c.sql(ctx, fmt.Sprintf(`insert into instance_mappings (instance_uuid, cell_id, project_id, queued_for_delete, user_id) `+
		`select uuid(), (select max(id) from cell_mappings), 'others', 0, 'others' from seq_1_to_%d `+
		`where (select count(*) from instance_mappings where project_id = 'others') = 0; analyze table instance_mappings`, Servers))
}

// Clear removes what Prepare has made.
func Clear(ctx context.Context) error {
	c, err := findCloud()
	if err != nil {
		return err
	}
	return c.sql(ctx, `delete from instance_mappings where project_id = 'others'`)
}

//go:embed slow.py
var slowPy string

// pasteFile is the configuration of Neutron's pipeline.
const pasteFile = "etc/neutron/api-paste.ini"

// makeNeutronSlow puts a filter behind that of OSProfiler, so that its time is in
// Neutron's points.
func makeNeutronSlow(ctx context.Context, c cloud) error {
	file, err := c.slowFile()
	if err != nil {
		return err
	}
	if err := os.WriteFile(file, []byte(slowPy), 0o644); err != nil { //nolint:gosec // the services read it
		return err
	}
	const filter = "\n[filter:slow]\npaste.filter_factory = ostrace_slow:filter_factory\nseconds = 0.05\n"
	return c.editPaste(ctx, func(text string) string {
		return strings.ReplaceAll(text, " osprofiler ", " osprofiler slow ") + filter
	})
}

func makeNeutronNormal(ctx context.Context, c cloud) error {
	file, err := c.slowFile()
	if err != nil {
		return err
	}
	err = c.editPaste(ctx, func(text string) string {
		before, _, _ := strings.Cut(text, "\n[filter:slow]")
		return strings.ReplaceAll(before, " osprofiler slow ", " osprofiler ")
	})
	return errors.Join(err, os.Remove(file))
}

// cloud is the OpenStack that is up.
type cloud struct {
	state      string   // the folder of its release
	parameters []string // those of `openstack up`
}

func findCloud() (cloud, error) {
	root := os.Getenv("OSTRACE_OPENSTACK_STATE")
	if root == "" {
		root = "/var/lib/ostrace-openstack"
	}
	c := cloud{state: filepath.Join(root, "current")}
	text, err := os.ReadFile(filepath.Join(c.state, "etc/parameters"))
	for line := range strings.Lines(string(text)) {
		if line = strings.TrimSpace(line); !strings.HasPrefix(line, "PATH=") {
			c.parameters = append(c.parameters, line)
		}
	}
	return c, err
}

// with returns the parameters with another value of one.
func (c cloud) with(name, value string) []string {
	parameters := append([]string{}, c.parameters...)
	for i, p := range parameters {
		if strings.HasPrefix(p, name+"=") {
			parameters[i] = name + "=" + value
		}
	}
	return parameters
}

// openstack runs the script of the folder above, in which this program runs.
func (c cloud) openstack(ctx context.Context, command string, args ...string) error {
	return run(exec.CommandContext(ctx, "./openstack", append([]string{command}, args...)...)) //nolint:gosec // the commands stand above
}

func (c cloud) sql(ctx context.Context, statements string) error {
	return run(exec.CommandContext(ctx, "mariadb", "--no-defaults", "--socket="+filepath.Join(c.state, "db/mariadb/socket"), "--user=root", //nolint:gosec // the statements stand above
		"--execute="+statements, "nova_api"))
}

func run(command *exec.Cmd) error {
	if output, err := command.CombinedOutput(); err != nil {
		return fmt.Errorf("%s: %w\n%s", command, err, output)
	}
	return nil
}

// slowFile returns the file of the slow filter among the libraries of the cloud.
func (c cloud) slowFile() (string, error) {
	folders, err := filepath.Glob(filepath.Join(c.state, "venv/lib/python3*/site-packages"))
	if err == nil && len(folders) != 1 {
		err = fmt.Errorf("this OpenStack has %d folders with libraries of its own: bring up RELEASE=2026.2", len(folders))
	}
	if err != nil {
		return "", err
	}
	return filepath.Join(folders[0], "ostrace_slow.py"), nil
}

// editPaste changes Neutron's pipeline, and restarts Neutron.
func (c cloud) editPaste(ctx context.Context, edit func(text string) string) error {
	file := filepath.Join(c.state, pasteFile)
	text, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	if err := os.WriteFile(file, []byte(edit(string(text))), 0o600); err != nil {
		return err
	}
	return c.openstack(ctx, "restart", "neutron")
}
