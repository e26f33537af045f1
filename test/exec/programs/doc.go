// SPDX-License-Identifier: Apache-2.0

// Package programs has programs that people use with OpenStack: OpenTofu, Ansible,
// the openstack command, and scripts with openstacksdk, requests, httpx, curl and
// Node. Each program has work to do that leaves nothing behind on the cloud.
package programs
