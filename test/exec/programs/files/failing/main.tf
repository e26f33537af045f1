# SPDX-License-Identifier: Apache-2.0
# This image does not exist.
terraform {
  required_providers {
    openstack = {
      source = "terraform-provider-openstack/openstack"
    }
  }
}

data "openstack_images_image_v2" "none" {
  name = "no such image"
}
