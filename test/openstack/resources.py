# SPDX-License-Identifier: Apache-2.0

"""Creates what the tests use: a project and a user, flavors, an image, a network."""

import openstack

cloud = openstack.connect(cloud="ostrace")

project = cloud.identity.create_project(name="demo", domain_id="default")
user = cloud.identity.create_user(
    name="demo", password="secret", domain_id="default", default_project_id=project.id)
cloud.identity.assign_project_role_to_user(
    project, user, cloud.identity.find_role("member"))

cloud.compute.create_flavor(id="42", name="m1.nano", vcpus=1, ram=64, disk=1)
# More memory than the fake hypervisor has: Nova finds no valid host for it.
cloud.compute.create_flavor(id="43", name="m1.toobig", vcpus=1, ram=8 << 20, disk=1)

cloud.image.create_image(
    "tiny", data=b"\0" * 40, disk_format="raw", container_format="bare", visibility="public")

network = cloud.network.create_network(name="net1", shared=True)
cloud.network.create_subnet(
    name="subnet1", network_id=network.id, ip_version=4, cidr="10.0.0.0/16",
    enable_dhcp=False)
