# SPDX-License-Identifier: Apache-2.0
# OpenTofu creates a network, a subnet, a port, a volume and a server.
terraform {
  required_providers {
    openstack = {
      source = "terraform-provider-openstack/openstack"
    }
  }
}

provider "openstack" {}

data "openstack_images_image_v2" "tiny" {
  name = "tiny"
}

data "openstack_compute_flavor_v2" "nano" {
  name = "m1.nano"
}

resource "openstack_networking_network_v2" "net" {
  name = "exec-tofu"
}

resource "openstack_networking_subnet_v2" "subnet" {
  name        = "exec-tofu"
  network_id  = openstack_networking_network_v2.net.id
  cidr        = "10.2.0.0/24"
  enable_dhcp = false
}

resource "openstack_networking_port_v2" "port" {
  name        = "exec-tofu"
  network_id  = openstack_networking_network_v2.net.id
  mac_address = "fa:16:3e:00:00:02"
  fixed_ip {
    subnet_id  = openstack_networking_subnet_v2.subnet.id
    ip_address = "10.2.0.2"
  }
}

resource "openstack_blockstorage_volume_v3" "volume" {
  name = "exec-tofu"
  size = 1
}

resource "openstack_compute_instance_v2" "server" {
  name      = "exec-tofu"
  image_id  = data.openstack_images_image_v2.tiny.id
  flavor_id = data.openstack_compute_flavor_v2.nano.id
  network {
    port = openstack_networking_port_v2.port.id
  }
}
