// SPDX-License-Identifier: Apache-2.0

// Package programs has the programs that people run against OpenStack, each
// with work for it that leaves nothing behind on the cloud: OpenTofu, Ansible,
// the openstack command, and scripts with openstacksdk, requests, httpx, curl
// and Node.
package programs
