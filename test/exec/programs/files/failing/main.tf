# SPDX-License-Identifier: Apache-2.0
# An image that is not there.
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
