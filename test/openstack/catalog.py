# SPDX-License-Identifier: Apache-2.0

"""Registers the services in Keystone, with the user that they share."""

import openstack

SERVICES = {
    "compute": ("nova", "http://127.0.0.1:8774/v2.1"),
    "image": ("glance", "http://127.0.0.1:9292"),
    "network": ("neutron", "http://127.0.0.1:9696"),
    "volumev3": ("cinder", "http://127.0.0.1:8776/v3"),
    "placement": ("placement", "http://127.0.0.1:8778"),
}

identity = openstack.connect(cloud="ostrace").identity

for kind, (name, url) in SERVICES.items():
    service = identity.create_service(type=kind, name=name)
    identity.create_endpoint(
        service_id=service.id, interface="public", url=url, region_id="RegionOne")

project = identity.create_project(name="service", domain_id="default")
user = identity.create_user(name="service", password="secret", domain_id="default")
# Cinder lets Nova detach a volume for a user only with a token of this role beside
# the user's own.
role = identity.find_role("service") or identity.create_role(name="service")
for granted in identity.find_role("admin"), role:
    identity.assign_project_role_to_user(project, user, granted)
