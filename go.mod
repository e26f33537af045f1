module github.com/ostrace/ostrace

go 1.26.0
