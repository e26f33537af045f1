// SPDX-License-Identifier: Apache-2.0

package adopting_test

import (
	"fmt"
	"os/exec"
	"path/filepath"
	"testing"
)

// TestTerraformProvider has OpenTofu create a network and a subnet.
func TestTerraformProvider(t *testing.T) {
	provider := adopt(t, project{
		name:   "terraform-provider-openstack",
		module: "github.com/terraform-provider-openstack/terraform-provider-openstack/v3", version: "v3.4.0",
		main: ".",
	})
	provider.describe(t)
	program := provider.build(t, provider.main)

	folder := t.TempDir()
	write(t, filepath.Join(folder, "main.tf"), string(testdata(t, "terraform/main.tf")))
	write(t, filepath.Join(folder, "tofurc"), fmt.Sprintf(tofurc, filepath.Dir(program)))
	tofu := filepath.Join(folder, "tofu")
	command(t, "", "go", "build", "-C", "../exec/opentofu", "-o", tofu, "github.com/opentofu/opentofu/cmd/tofu")

	c := newCollector(t)
	run := func(arguments ...string) {
		cmd := exec.CommandContext(t.Context(), tofu, append(arguments, "-no-color", "-auto-approve")...)
		cmd.Dir = folder
		cmd.Env = environment(append(c.environment("terraform-provider-openstack"), "TF_CLI_CONFIG_FILE="+filepath.Join(folder, "tofurc"))...)
		output(t, cmd)
	}
	run("apply")
	defer run("destroy")
	c.draw(t, "terraform-provider-openstack", expected{
		root:     "terraform-provider-openstack",
		requests: []string{"POST /v3/auth/tokens", "POST /v2.0/networks", "POST /v2.0/subnets"},
		services: []string{"keystone", "neutron"},
	})
}

const tofurc = `provider_installation {
  dev_overrides {
    "terraform-provider-openstack/openstack" = "%s"
  }
  direct {}
}
`
