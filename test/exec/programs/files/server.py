# SPDX-License-Identifier: Apache-2.0

"""Creates an image, and a server from it, and deletes both, with openstacksdk."""

import openstack

cloud = openstack.connect(cloud="exec")

image = cloud.create_image(
    "exec-sdk", data=b"\0" * (1 << 20), disk_format="raw", container_format="bare", wait=True)
print(image.name, image.status, image.size)
server = cloud.create_server(
    "exec-sdk", image=image.id, flavor="m1.nano", network="net1", auto_ip=False, wait=True)
print(server.name, server.status)
print(cloud.delete_server(server.id, wait=True))
print(cloud.delete_image(image.id, wait=True))
