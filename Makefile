# The targets that build, test and measure; "make help" lists them.

GOLANGCI_LINT_VERSION = v2.15.0
GOVULNCHECK_VERSION   = v1.9.0
GREMLINS_VERSION      = v0.6.0
GORELEASER_VERSION    = v2.15.1

# The library, and what stands beside it with dependencies of its own: what make test
# tests, and what has a target of its own, because it needs more than Go, or minutes to
# be built.
TESTED  = . store examples cmd/ostrace waterfall test/http test/workflows test/docs
MODULES = $(TESTED) caddy collector/osprofilerreceiver packaging test/adopting test/bench test/chromium test/collector test/comparison test/exec test/gateway test/jaeger test/newest test/openstack test/osprofiler test/receiver test/release test/stores

# The libraries, whose go.mod files have the lowest versions that they work with, and the
# two newest Go releases.
LIBRARIES   = . store waterfall collector/osprofilerreceiver
GO_RELEASES = go1.26.8 go1.27.4

# Tools are built with Go, once for each version.
TOOLS         := $(shell go env GOPATH)/bin/ostrace-tools
GOLANGCI_LINT  = $(TOOLS)/golangci-lint-$(GOLANGCI_LINT_VERSION)
GOVULNCHECK    = $(TOOLS)/govulncheck-$(GOVULNCHECK_VERSION)
GREMLINS       = $(TOOLS)/gremlins-$(GREMLINS_VERSION)
GORELEASER     = $(TOOLS)/goreleaser-$(GORELEASER_VERSION)

# The program that makes releases, and that publishes this working tree to the go
# command.
RELEASE  = GOFLAGS= go run -C test/release .
MULTIMOD = GOFLAGS= go tool -C test/release multimod

# The folder in which test/openstack/openstack keeps the clouds, and the parameters
# of the cloud that it brings up.
OPENSTACK_STATE      = $(or $(OSTRACE_OPENSTACK_STATE),/var/lib/ostrace-openstack)
OPENSTACK_PARAMETERS = $(foreach name,RELEASE CONCURRENCY_BACKEND TRACING TRACE_SQLALCHEMY TRACE_REQUESTS SAMPLING_RATE TOKEN_CACHE,$(if $($(name)),$(name)=$($(name))))

FUZZTIME  ?= 1m
BENCHTIME ?= 30ms
COUNT     ?= 25

.PHONY: help
help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "make %-16s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

# Without the tag, gRPC's own tracing makes the program a third larger.
.PHONY: ostrace
ostrace: ## build the command, as bin/ostrace
	CGO_ENABLED=0 go build -C cmd/ostrace -tags grpcnotrace -o $(CURDIR)/bin/ostrace .

# With the flag for all of them, lint and the tests of a module share what they
# compile, and make lint checks only what make test has not checked. The race detector
# would have each program that a test starts wait for a second at its end.
.PHONY: test
test lint: export GOFLAGS = -race
test: export GORACE = atexit_sleep_ms=10
test: $(GOLANGCI_LINT) ## run lint, the tests and the examples, with the race detector; needs only Go, gcc, bash and git
	@$(MAKE) --no-print-directory --jobs 3 --output-sync=target $(TESTED:%=test-in/%)

# Each module is linted before it is tested, and one after the other, so that no two
# compile the same packages at the same time. The tests mostly wait. Those of the
# library list what the store exports.
.PHONY: $(MODULES:%=lint-in/%) $(TESTED:%=test-in/%)
$(MODULES:%=lint-in/%): lint-in/%:
	$(RELEASE) tidy -diff $*
	cd $* && $(GOLANGCI_LINT) run ./...
lint-in/store: lint-in/.
lint-in/examples: lint-in/store
lint-in/cmd/ostrace: lint-in/examples
lint-in/waterfall: lint-in/cmd/ostrace
lint-in/test/http: lint-in/waterfall
lint-in/test/workflows: lint-in/test/http
lint-in/test/docs: lint-in/test/workflows
$(TESTED:%=test-in/%): test-in/%: lint-in/%
	go test -C $* ./...
test-in/.: lint-in/store

# Go runs only the tests of what has changed since.
.PHONY: test-versions
test-versions: ## test the libraries with the lowest and the newest versions that they work with, on both Go releases; needs only Go
	@set -e; for release in $(GO_RELEASES); do for module in $(LIBRARIES); do \
		echo "$$release, $$module: the lowest versions"; \
		GOTOOLCHAIN=$$release go test -C $$module ./...; \
		echo "$$release, $$module: the newest versions"; \
		GOTOOLCHAIN=$$release GOWORK=$(CURDIR)/test/newest/go.work go test -C $$module ./...; \
	done; done

.PHONY: newest requirements
newest: ## get the newest versions with which make test-versions tests the libraries
	cd test/newest && GOWORK=off go get -u ./... && go mod tidy
requirements: ## write the README's table of requirements from the go.mod files
	go test -count 1 -run TestREADME ./test/requirements -update

.PHONY: test-changes
test-changes: ## test that ostrace diff names what was changed in the clouds of the recorded traces; needs only Go
	go test -C cmd/ostrace -count 1 ./internal/diff

.PHONY: test-reliability
test-reliability: ## test that the page about clouds, callers and strangers that misbehave is what the tests say; needs only Go
	go run ./test/faults/reliability -race -check

.PHONY: test-fips
test-fips: ## run the tests of the signatures with Go's FIPS 140 module; needs only Go
	GOFIPS140=v1.0.0 go test ./hmac

.PHONY: faults
faults: ## run the tests with clouds, callers and strangers that misbehave, and write docs/reliability.md
	go run ./test/faults/reliability -race

.PHONY: api
api: ## write api/*.txt, the exports of the public packages, which make test compares
	go test -count 1 ./test/api -update

.PHONY: gophercloud-urls
gophercloud-urls: ## write the requests of gophercloud's own unit tests, with which make test checks the path templates
	go run ./test/gophercloudurls

.PHONY: lint lint-versions
lint: $(GOLANGCI_LINT) lint-versions $(MODULES:%=lint-in/%) ## run golangci-lint, with gofmt and go vet in it, in all modules
lint-versions:
	$(RELEASE) verify

.PHONY: tidy
tidy: ## run go mod tidy in all modules
	@for module in $(MODULES); do echo "tidy $$module" && $(RELEASE) tidy $$module || exit 1; done

.PHONY: apidiff prerelease check-release add-tags test-release
apidiff: ## list what changed in the API since the last release
	$(RELEASE) api
prerelease: ## make the branch release-VERSION, with the commit to tag: VERSION=v0.2.0
	$(RELEASE) verify
	$(RELEASE) prepare $(VERSION)
check-release: ## check that HEAD can be tagged as the release of versions.yaml
	$(RELEASE) verify
	$(RELEASE) check
add-tags: check-release ## add the signed tags of all modules to HEAD
	$(MULTIMOD) tag --module-set-name ostrace --commit-hash HEAD
test-release: ## make a release in a copy, and use it as a stranger with an empty module cache does; needs Go and git
	go test -C test/release -count 1 -timeout 15m ./...

# The modules that programs import and people run, on other operating systems. Tests are
# vetted too. Files are chosen by GOOS, so that lint on Linux does not see them all.
PLATFORMS ?= windows/amd64 darwin/arm64
PORTABLE   = . store waterfall cmd/ostrace examples

.PHONY: vet-platforms
vet-platforms: ## vet what is built for Windows and macOS, or for PLATFORMS; needs only Go
	@for platform in $(PLATFORMS); do for module in $(PORTABLE); do \
		echo "vet $$platform $$module"; \
		CGO_ENABLED=0 GOOS=$${platform%/*} GOARCH=$${platform#*/} go vet -C $$module ./... || exit 1; \
	done; done

.PHONY: release release-snapshot test-packages
release release-snapshot test-packages: export GORELEASER := $(GORELEASER)
release: $(GORELEASER) ## publish the archives and packages of the tag of this commit as a draft, and make the image
	packaging/release
release-snapshot: $(GORELEASER) ## make what a release publishes of the working tree, in bin/dist
	packaging/release snapshot
test-packages: release-snapshot ## make what a release publishes, install and run it, and make it again, which must give the same (Debian 12, root)
	packaging/install
	eval "$$($(RELEASE) proxy)" && go test -C packaging -count 1 -timeout 10m -v ./...

.PHONY: test-bench
test-bench: ## test that no operation makes more allocations than it did, and the page of figures; needs only Go
	go test -C test/bench -count 1 ./...

.PHONY: vulncheck
vulncheck: $(GOVULNCHECK) ## look for known vulnerabilities in the dependencies (asks vuln.go.dev)
	@for module in $(MODULES); do (cd $$module && echo "vulncheck $$module" && $(GOVULNCHECK) ./...) || exit 1; done

.PHONY: bench
bench: ## compare the library with its peers, and write docs/performance.md
	go run -C test/bench . -count $(COUNT) -benchtime $(BENCHTIME)

.PHONY: fuzz
fuzz: ## run each fuzz target for FUZZTIME
	@grep -rlE '^func Fuzz' --include='*_test.go' . | xargs -n1 dirname | sort -u | while read -r dir; do \
		for target in $$(grep -hoE '^func Fuzz[A-Za-z]*' $$dir/*_test.go | cut -c6-); do \
			echo "fuzz $$dir $$target"; \
			go test -C $$dir -run '^$$' -fuzz "^$$target$$" -fuzztime $(FUZZTIME) . || exit 1; \
		done; \
	done

.PHONY: mutation
mutation: $(GREMLINS) ## change the code of PACKAGES, or of those that sign and send, and check that a test fails
	nice -n 19 go run ./test/mutation -gremlins $(GREMLINS) $(PACKAGES)

.PHONY: test-collector
test-collector: ## run the tests with a real OpenTelemetry Collector and Caddy, which are built first
	test/collector/build
	go test -C test/collector -race -count 1 ./...

.PHONY: test-receiver measure-receiver
test-receiver: jaeger ## run the tests of the Collector's receiver, with a real Collector, RabbitMQ, Redis and Jaeger (Debian, root)
	test/receiver/install
	test/receiver/build
	go test -C collector/osprofilerreceiver -race -count 1 ./...
	go test -C test/receiver -race -count 1 -parallel 4 -timeout 10m ./...
measure-receiver: ## measure how fast the receiver reads RabbitMQ's queue, beside a consumer in Python (Debian, root)
	test/receiver/install
	test/receiver/build
	go test -C collector/osprofilerreceiver -run '^$$' -bench . ./...
	go test -C test/receiver -run '^$$' -bench . -benchtime 3x ./...

.PHONY: jaeger
jaeger:
	test/jaeger/build

.PHONY: test-jaeger
test-jaeger: jaeger ## run the tests with a real Jaeger, which is built first
	go test -C test/jaeger -race -count 1 ./...

.PHONY: test-osprofiler
test-osprofiler: ## run the tests against OSProfiler's own code (Debian, root for its packages)
	test/osprofiler/install
	go test -C test/osprofiler -count 1 -timeout 10m -v ./...

# These are the packages and tests that have to do with files, processes, networks or
# the environment, in which Windows is different.
ON_WINDOWS = GOOS=windows CGO_ENABLED=0 go test
WITH_WINE  = -p 1 -count 1 -exec $(CURDIR)/test/windows/wine

.PHONY: test-windows
test-windows: ## run tests as programs for Windows, with Wine (Debian 12, root)
	test/windows/install
	$(ON_WINDOWS) $(WITH_WINE) ./hmac ./propagation ./otelhttp ./gophercloudtrace ./osprofile ./gateway
	$(ON_WINDOWS) -C cmd/ostrace $(WITH_WINE) -run '^Test(Exec|Output|Interrupt)' .
	$(ON_WINDOWS) -C cmd/ostrace $(WITH_WINE) ./internal/environment

.PHONY: test-chromium
test-chromium: ## run the tests of the HTML page in Chromium (Debian, root for its packages)
	test/chromium/install
	go test -C test/chromium -race -count 1 -timeout 15m -v ./...

.PHONY: test-stores
test-stores: ## run the tests of the stores with real servers and OSProfiler's own drivers, which are installed first (Debian, root)
	test/stores/install
	go test -C test/stores -race -count 1 -parallel 4 -timeout 15m ./...

.PHONY: openstack-install openstack-up openstack-down openstack-lock
openstack-install: ## only install what OpenStack needs: RELEASE=zed or 2026.2 (Debian 12, root)
	test/openstack/openstack install $(OPENSTACK_PARAMETERS)
openstack-up: ## bring up a real OpenStack on this machine (Debian 12, root): RELEASE=zed or 2026.2
	test/openstack/openstack up $(OPENSTACK_PARAMETERS)
openstack-down: ## stop that OpenStack
	test/openstack/openstack down
openstack-lock: ## lock the newest versions of the packages of OpenStack 2026.2
	test/openstack/openstack lock

.PHONY: test-openstack test-openstack-zed test-openstack-2026.2
test-openstack: test-openstack-zed test-openstack-2026.2 ## run the tests on a real OpenStack, first Zed and then 2026.2
test-openstack-zed: jaeger
test-openstack-zed test-openstack-2026.2: test-openstack-%:
	test/openstack/openstack up RELEASE=$*
	go test -C test/openstack -count 1 -timeout 20m -skip '^(TestDiff$(if $(filter 2026.2,$*),|TestTracing))$$' -v ./...

# The test ends with the way of tracing that the cloud has before, which saves a restart.
.PHONY: test-openstack-jaeger
test-openstack-jaeger: jaeger ## test each way in which OpenStack 2026.2 can trace, with a real Jaeger
	test/openstack/openstack up RELEASE=2026.2 TRACING=auto
	go test -C test/openstack -count 1 -timeout 25m -run '^TestTracing$$' -v .

.PHONY: test-openstack-changes
test-openstack-changes: ## test that ostrace diff names what is changed in OpenStack 2026.2, as it is recorded for make test-changes
	test/openstack/openstack up RELEASE=2026.2
	go test -C test/openstack -count 1 -timeout 20m -run '^TestDiff$$' -v .

.PHONY: test-gateway measure-gateway
test-gateway: ## run the tests of the gateway: the Caddy module, a load by wrk, and OpenStack 2026.2 behind it (Debian, root)
	test/gateway/install
	go test -C caddy -race -count 1 ./...
	go test -C test/gateway -count 1 -v . ./measure
	test/openstack/openstack up RELEASE=2026.2
	go test -C test/gateway -count 1 -timeout 15m -v ./cloud
measure-gateway: ## measure what the gateway costs, with wrk, and write docs/performance; it needs a quiet machine, and half an hour
	test/gateway/install
	go run -C test/gateway ./measure -output ../../docs/performance

.PHONY: test-exec
test-exec: ## test ostrace exec with OpenTofu, Ansible and other programs on a real OpenStack behind TLS (Debian 12, root)
	test/exec/install
	test/openstack/openstack up RELEASE=2026.2
	go test -C test/exec -count 1 -timeout 20m -v ./...

.PHONY: test-adopting adopting
test-adopting: ## build programs of other projects with the changes of docs/adopting.md, and test their traces on OpenStack 2026.2 (Debian 12, root)
	test/openstack/openstack up RELEASE=2026.2
	go test -C test/adopting -count 1 -timeout 40m -v .
adopting: ## write the changes and the traces into docs/adopting.md, after an intended change
	test/openstack/openstack up RELEASE=2026.2
	go test -C test/adopting -count 1 -timeout 40m -v . -update

.PHONY: test-docs
test-docs: ## run all commands of the documents, those that need a cloud on a real OpenStack behind TLS (Debian 12, root)
	go test -C test/docs -count 1 -v ./...
	test/exec/install
	test/openstack/openstack up RELEASE=2026.2
	go test -C test/exec -count 1 -timeout 10m -v ./documents

.PHONY: programs
programs: jaeger ## install and build what the tests above need besides OpenStack, so that they run without a network (Debian 12, root)
	test/collector/build
	test/receiver/install
	test/receiver/build
	test/osprofiler/install
	test/chromium/install
	test/stores/install
	test/gateway/install
	test/exec/install

.PHONY: record-traces
record-traces: ## add traces of the running OpenStack to the file OUTPUT: KIND=clean, strangers or changes, CLIENTS="go python-3,4,5"
	go run -C test/openstack ./record --output "$(abspath $(OUTPUT))" $(KIND) $(CLIENTS)

.PHONY: perftest compare-cli
perftest compare-cli: RELEASE = zed
perftest: openstack-up ## measure what tracing costs on the real OpenStack, and write docs/performance; it takes a quarter of an hour
	. $(OPENSTACK_STATE)/openrc && OS_CLOUD= go run -C examples ./perftest --os-profile SECRET_KEY --output ../docs/performance
compare-cli: openstack-up ## compare createserver with the openstack command, and write docs/performance
	. $(OPENSTACK_STATE)/openrc && OS_CLOUD= go run -C test/openstack ./compare --output ../../docs/performance

.PHONY: compare-exec
compare-exec: RELEASE = 2026.2
compare-exec: openstack-up ## compare commands with ostrace exec, alone and with mitmproxy, and write docs/performance
	test/exec/install
	go run -C test/exec ./compare --output ../../docs/performance

# QUICK=1 measures only five set-ups, once, and leaves docs/ alone.
.PHONY: comparison comparison-setups test-comparison
comparison comparison-setups test-comparison: RELEASE = 2026.2
comparison: ## measure what OSProfiler and OpenTelemetry cost a cloud, and write docs/comparison.md; it takes a night, and goes on where it was interrupted
	go run -C test/comparison . -release $(RELEASE) $(if $(QUICK),-quick -output ../../bin,$(if $(filter zed,$(RELEASE)),-output ../../docs/zed)) measure
comparison-setups: ## show that each set-up of the comparison works, or those of SETUPS="redis native"
	go run -C test/comparison . -release $(RELEASE) -setups "$(SETUPS)" check
test-comparison: ## run the comparison's tests, and show that the set-ups work that no other test has
	go test -C test/comparison -race -count 1 ./...
	go run -C test/comparison . -release $(RELEASE) -setups "none sql redis-requests native-0 gateway-0.01" check

.PHONY: docs
docs: ## write the pages of docs/ostrace from the command's --help
	go test -C cmd/ostrace -count 1 -run TestDocs -update

.PHONY: picture picture-waterfall
picture: ## make the README's picture from the drawing of the first command
	go build -C examples -o bin/createserver ./createserver
	script --quiet --return --command 'stty cols 110 && examples/bin/createserver 2>/dev/null' /dev/null \
		| tr -d '\r' | head -66 | go run -C waterfall ./picture > docs/trace.svg.new
	mv docs/trace.svg.new docs/trace.svg
picture-waterfall: ## make the picture in waterfall's README
	go build -C waterfall -o bin/example ./example
	script --quiet --return --command 'stty cols 100 && waterfall/bin/example' /dev/null \
		| tr -d '\r' | go run -C waterfall ./picture > waterfall/trace.svg.new
	mv waterfall/trace.svg.new waterfall/trace.svg

.PHONY: picture-html
picture-html: ## make docs/trace-html.png of the page FILE
	test/chromium/install
	go run -C test/chromium ./picture $(abspath $(FILE)) $(CURDIR)/docs/trace-html.png

$(GOLANGCI_LINT):
	GOFLAGS= GOBIN=$(TOOLS) go install github.com/golangci/golangci-lint/v2/cmd/golangci-lint@$(GOLANGCI_LINT_VERSION)
	mv $(TOOLS)/golangci-lint $@

$(GOVULNCHECK):
	GOFLAGS= GOBIN=$(TOOLS) go install golang.org/x/vuln/cmd/govulncheck@$(GOVULNCHECK_VERSION)
	mv $(TOOLS)/govulncheck $@

$(GREMLINS):
	GOFLAGS= GOBIN=$(TOOLS) go install github.com/go-gremlins/gremlins/cmd/gremlins@$(GREMLINS_VERSION)
	mv $(TOOLS)/gremlins $@

$(GORELEASER):
	GOFLAGS= GOBIN=$(TOOLS) go install github.com/goreleaser/goreleaser/v2@$(GORELEASER_VERSION)
	mv $(TOOLS)/goreleaser $@
