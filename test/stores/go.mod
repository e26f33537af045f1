module github.com/ostrace/ostrace/test/stores

go 1.26.0

replace (
	github.com/ostrace/ostrace => ../../
	github.com/ostrace/ostrace/store => ../../store
)

require (
	github.com/ostrace/ostrace v0.0.0-00010101000000-000000000000
	github.com/ostrace/ostrace/store v0.0.0-00010101000000-000000000000
)

require (
	github.com/cespare/xxhash/v2 v2.3.0 // indirect
	github.com/redis/go-redis/v9 v9.23.0 // indirect
	go.uber.org/atomic v1.12.0 // indirect
	golang.org/x/sys v0.48.0 // indirect
)
