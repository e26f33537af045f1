# SPDX-License-Identifier: Apache-2.0
# OpenTofu creates a network and a subnet.
terraform {
  required_providers {
    openstack = {
      source = "terraform-provider-openstack/openstack"
    }
  }
}

provider "openstack" {
  cloud = "ostrace"
}

resource "openstack_networking_network_v2" "net" {
  name = "adopting"
}

resource "openstack_networking_subnet_v2" "subnet" {
  name       = "adopting"
  network_id = openstack_networking_network_v2.net.id
  cidr       = "10.3.0.0/24"
}
