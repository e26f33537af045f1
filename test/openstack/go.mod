module github.com/ostrace/ostrace/test/openstack

go 1.26.0
