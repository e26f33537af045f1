// SPDX-License-Identifier: Apache-2.0

package programs

import (
	"context"
	"embed"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"

	"github.com/ostrace/ostrace/test/exec/front"
)

// Program is a program and its work.
type Program struct {
	Name  string
	Steps []Step
}

// Step is one command of a program's work. Each command finds the results of the
// commands before it.
type Step struct {
	Name    string
	Command []string
	// Unordered says that the lines which the command prints come in any order.
	Unordered bool
	// Services are the projects of OpenStack that have to work for the command.
	Services []string
}

var (
	list   = []string{"keystone", "nova"}
	server = []string{"keystone", "glance", "neutron", "nova", "placement"}
	all    = append(server, "cinder")
)

// All lists all the programs.
var All = []Program{
	{"curl", []Step{{Name: "list", Command: []string{"sh", "list.sh"}, Services: list}}},
	{"requests", []Step{{Name: "list", Command: []string{"python3", "list.py", "requests"}, Services: list}}},
	{"httpx", []Step{{Name: "list", Command: []string{"python3", "list.py", "httpx"}, Services: list}}},
	{"node", []Step{{Name: "list", Command: []string{"node", "list.mjs"}, Services: list}}},
	{"openstack", []Step{
		{Name: "server create", Command: []string{
			"openstack", "server", "create", "exec-openstack", "--image", "tiny", "--flavor", "m1.nano", "--nic", "net-id=net1",
			"--wait", "--format", "value", "--column", "name", "--column", "status",
		}, Services: server},
		{Name: "server delete", Command: []string{"openstack", "server", "delete", "exec-openstack", "--wait"}, Services: []string{"keystone", "neutron", "nova", "placement"}},
	}},
	{"openstacksdk", []Step{{Name: "server", Command: []string{"python3", "server.py"}, Services: server}}},
	{"ansible", []Step{{Name: "playbook", Command: []string{"ansible-playbook", "playbook.yml"}, Services: all}}},
	{"tofu", []Step{
		{Name: "plan", Command: []string{"tofu", "plan", "-no-color"}, Unordered: true, Services: []string{"keystone", "glance", "nova"}},
		{Name: "apply", Command: []string{"tofu", "apply", "-no-color", "-auto-approve"}, Unordered: true, Services: all},
		{Name: "destroy", Command: []string{"tofu", "destroy", "-no-color", "-auto-approve"}, Unordered: true, Services: all},
	}},
}

//go:embed files
var files embed.FS

// Cache returns the folder into which the script install has put the programs.
func Cache() (string, error) {
	cache, err := os.UserCacheDir()
	return filepath.Join(cache, "ostrace-exec"), err
}

// Prepare writes the files that the programs read into an empty folder, in which
// they have to run. It returns the environment for them, which has no variables of
// the caller's environment.
func Prepare(folder string, f *front.Front) (environment []string, err error) {
	cache, err := Cache()
	if err != nil {
		return nil, err
	}
	content, err := fs.Sub(files, "files")
	if err != nil {
		return nil, err
	}
	if err := os.CopyFS(folder, content); err != nil {
		return nil, err
	}
	auth := f.Auth
	for name, text := range map[string]string{
		"clouds.yaml": fmt.Sprintf(cloudsYAML, front.Region, f.CACert, auth.IdentityEndpoint, auth.Username, auth.Password,
			auth.Scope.ProjectName, auth.DomainName, auth.Scope.DomainName),
		"tofurc": fmt.Sprintf(tofurc, cache),
	} {
		if err := os.WriteFile(filepath.Join(folder, name), []byte(text), 0o600); err != nil {
			return nil, err
		}
	}

	return []string{
		"PATH=" + strings.Join([]string{cache, filepath.Join(cache, "clients/bin"), filepath.Join(cache, "ansible/bin"), "/usr/bin", "/bin"}, ":"),
		"HOME=" + folder, "LANG=C.UTF-8",
		"OS_AUTH_URL=" + auth.IdentityEndpoint, "OS_USERNAME=" + auth.Username, "OS_PASSWORD=" + auth.Password,
		"OS_PROJECT_NAME=" + auth.Scope.ProjectName, "OS_USER_DOMAIN_NAME=" + auth.DomainName, "OS_PROJECT_DOMAIN_NAME=" + auth.Scope.DomainName,
		"OS_REGION_NAME=" + front.Region, "OS_IDENTITY_API_VERSION=3",
		// These are the variables from which the programs take certificates.
		"OS_CACERT=" + f.CACert, "SSL_CERT_FILE=" + f.CACert, "REQUESTS_CA_BUNDLE=" + f.CACert,
		"CURL_CA_BUNDLE=" + f.CACert, "NODE_EXTRA_CA_CERTS=" + f.CACert,
		"TF_CLI_CONFIG_FILE=" + filepath.Join(folder, "tofurc"),
		"ANSIBLE_COLLECTIONS_PATH=" + filepath.Join(cache, "collections"),
		"ANSIBLE_LOCALHOST_WARNING=False", "ANSIBLE_INVENTORY_UNPARSED_WARNING=False",
	}, nil
}

const cloudsYAML = `clouds:
  exec:
    region_name: %s
    cacert: %s
    auth:
      auth_url: %s
      username: %s
      password: %s
      project_name: %s
      user_domain_name: %s
      project_domain_name: %s
`

const tofurc = `provider_installation {
  dev_overrides {
    "terraform-provider-openstack/openstack" = "%s"
  }
  direct {}
}
`

// Run returns the command of a step. in is the command line that has to run the
// command, or is empty. The folder and the environment are those of Prepare.
func (s Step) Run(ctx context.Context, folder string, environment []string, in ...string) *exec.Cmd {
	// env finds the program in the environment's own PATH.
	command := exec.CommandContext(ctx, "/usr/bin/env", slices.Concat(in, s.Command)...) //nolint:gosec // the programs of this package
	command.Dir, command.Env = folder, environment
	return command
}
