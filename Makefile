# Everything that is built, tested and measured here; "make help" lists it.

GOLANGCI_LINT_VERSION = v2.15.0
GOVULNCHECK_VERSION   = v1.9.0
GREMLINS_VERSION      = v0.6.0

# The library, and what stands beside it with dependencies of its own: what make test
# tests, and what has a target of its own, because it needs more than Go, or minutes to
# be built.
TESTED  = . waterfall store cmd/ostrace examples test/bench test/http
MODULES = $(TESTED) caddy test/chromium test/collector test/exec test/gateway test/jaeger test/openstack test/osprofiler test/stores

# Tools are built with Go, once for each version.
TOOLS         := $(shell go env GOPATH)/bin/ostrace-tools
GOLANGCI_LINT  = $(TOOLS)/golangci-lint-$(GOLANGCI_LINT_VERSION)
GOVULNCHECK    = $(TOOLS)/govulncheck-$(GOVULNCHECK_VERSION)
GREMLINS       = $(TOOLS)/gremlins-$(GREMLINS_VERSION)

# Where test/openstack/openstack keeps the clouds, and which cloud it brings up.
OPENSTACK_STATE      = $(or $(OSTRACE_OPENSTACK_STATE),/var/lib/ostrace-openstack)
OPENSTACK_PARAMETERS = $(foreach name,RELEASE CONCURRENCY_BACKEND TRACING TOKEN_CACHE,$(if $($(name)),$(name)=$($(name))))

# The linter has the packages compiled for the race detector, as the tests then use
# them: without the flag, all would be compiled twice.
define lint
@for module in $(1); do \
	(cd $$module && echo "lint $$module" && go mod tidy -diff && GOFLAGS=-race $(GOLANGCI_LINT) run ./...) || exit 1; \
done
endef

FUZZTIME  ?= 1m
BENCHTIME ?= 30ms
COUNT     ?= 25

.PHONY: help
help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "make %-16s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

# Without the tag, gRPC's own tracing has the linker keep a third more.
.PHONY: ostrace
ostrace: ## the command, as bin/ostrace
	CGO_ENABLED=0 go build -C cmd/ostrace -tags grpcnotrace -o $(CURDIR)/bin/ostrace .

.PHONY: test
test: $(GOLANGCI_LINT) ## all that needs nothing but Go and gcc: lint, tests, examples, race detector
	$(call lint,$(TESTED))
	go test -race ./...
	go test -C test/bench -count 1 ./...
	go test -C test/http -race ./...
	GOFIPS140=v1.0.0 go test ./hmac
	go test -C examples -race ./...
	go test -C cmd/ostrace -race ./...
	go test -C store -race ./...
	go test -C waterfall -race ./...
	go run ./test/faults/reliability -race -check

.PHONY: faults
faults: ## the tests with clouds, callers and strangers that misbehave; writes docs/reliability.md
	go run ./test/faults/reliability -race

.PHONY: api
api: ## write api/*.txt, what the public packages export, which make test compares
	go test -count 1 ./test/api -update

.PHONY: gophercloud-urls
gophercloud-urls: ## write what gophercloud's own unit tests request, by which make test checks the path templates
	go run ./test/gophercloudurls

.PHONY: lint
lint: $(GOLANGCI_LINT) ## golangci-lint, with gofmt and go vet in it, in all modules
	$(call lint,$(MODULES))

.PHONY: vulncheck
vulncheck: $(GOVULNCHECK) ## known vulnerabilities in what is used (asks vuln.go.dev)
	@for module in $(MODULES); do (cd $$module && echo "vulncheck $$module" && $(GOVULNCHECK) ./...) || exit 1; done

.PHONY: bench
bench: ## measures the library beside its peers, and writes docs/performance.md
	go run -C test/bench . -count $(COUNT) -benchtime $(BENCHTIME)

.PHONY: fuzz
fuzz: ## each fuzz target for FUZZTIME
	@grep -rlE '^func Fuzz' --include='*_test.go' . | xargs -n1 dirname | sort -u | while read -r dir; do \
		for target in $$(grep -hoE '^func Fuzz[A-Za-z]*' $$dir/*_test.go | cut -c6-); do \
			echo "fuzz $$dir $$target"; \
			go test -C $$dir -run '^$$' -fuzz "^$$target$$" -fuzztime $(FUZZTIME) . || exit 1; \
		done; \
	done

.PHONY: mutation
mutation: $(GREMLINS) ## changes the code of PACKAGES, or of the four that sign and send, and looks whether a test fails
	nice -n 19 go run ./test/mutation -gremlins $(GREMLINS) $(PACKAGES)

.PHONY: test-collector
test-collector: ## the tests with a real OpenTelemetry Collector and Caddy, which are built first
	test/collector/build
	go test -C test/collector -race -count 1 ./...

.PHONY: jaeger
jaeger:
	test/jaeger/build

.PHONY: test-jaeger
test-jaeger: jaeger ## the tests with a real Jaeger, which is built first
	go test -C test/jaeger -race -count 1 ./...

.PHONY: test-osprofiler
test-osprofiler: ## the tests against OSProfiler's own code (Debian, root for its packages)
	test/osprofiler/install
	go test -C test/osprofiler -count 1 -timeout 10m -v ./...

.PHONY: test-chromium
test-chromium: ## the tests of the HTML page in Chromium (Debian, root for its packages)
	test/chromium/install
	go test -C test/chromium -race -count 1 -timeout 15m -v ./...

.PHONY: test-stores
test-stores: ## the stores with real servers and OSProfiler's own drivers, which are installed first (Debian, root)
	test/stores/install
	go test -C test/stores -race -count 1 -timeout 15m ./...

.PHONY: openstack-up openstack-down openstack-lock
openstack-up: ## bring a real OpenStack up on this machine (Debian 12, root): RELEASE=zed or 2026.2
	test/openstack/openstack up $(OPENSTACK_PARAMETERS)
openstack-down: ## take it down
	test/openstack/openstack down
openstack-lock: ## lock the newest versions of what OpenStack 2026.2 is made of
	test/openstack/openstack lock

.PHONY: test-openstack test-openstack-zed test-openstack-2026.2
test-openstack: test-openstack-zed test-openstack-2026.2 ## the tests on a real OpenStack, first Zed and then 2026.2
test-openstack-zed: jaeger
test-openstack-zed test-openstack-2026.2: test-openstack-%:
	test/openstack/openstack up RELEASE=$*
	go test -C test/openstack -count 1 -timeout 20m $(if $(filter 2026.2,$*),-skip '^TestTracing$$') -v ./...

.PHONY: test-openstack-jaeger
test-openstack-jaeger: jaeger ## each way in which OpenStack 2026.2 can trace, with a real Jaeger
	test/openstack/openstack up RELEASE=2026.2
	go test -C test/openstack -count 1 -timeout 25m -run '^TestTracing$$' -v .

.PHONY: test-gateway measure-gateway
test-gateway: ## the gateway: the Caddy module, a load by wrk, and OpenStack 2026.2 behind it (Debian, root)
	test/gateway/install
	go test -C caddy -race -count 1 ./...
	go test -C test/gateway -count 1 -v . ./measure
	test/openstack/openstack up RELEASE=2026.2
	go test -C test/gateway -count 1 -timeout 15m -v ./cloud
measure-gateway: ## what the gateway costs, with wrk, to docs/performance: needs a quiet machine, and half an hour
	test/gateway/install
	go run -C test/gateway ./measure -output ../../docs/performance

.PHONY: test-exec
test-exec: ## ostrace exec with OpenTofu, Ansible and other programs on a real OpenStack behind TLS (Debian 12, root)
	test/exec/install
	test/openstack/openstack up RELEASE=2026.2
	go test -C test/exec -count 1 -timeout 20m -v ./...

.PHONY: record-traces
record-traces: ## add traces of the OpenStack that is up to the file OUTPUT: KIND=clean or strangers, CLIENTS="go python-3,4,5"
	go run -C test/openstack ./record --output "$(abspath $(OUTPUT))" $(KIND) $(CLIENTS)

.PHONY: perftest compare-cli
perftest compare-cli: RELEASE = zed
perftest: openstack-up ## what tracing costs on the real OpenStack, to docs/performance, in a quarter of an hour
	. $(OPENSTACK_STATE)/openrc && OS_CLOUD= go run -C examples ./perftest --os-profile SECRET_KEY --output ../docs/performance
compare-cli: openstack-up ## createserver beside the openstack command, to docs/performance
	. $(OPENSTACK_STATE)/openrc && OS_CLOUD= go run -C test/openstack ./compare --output ../../docs/performance

.PHONY: compare-exec
compare-exec: RELEASE = 2026.2
compare-exec: openstack-up ## commands with ostrace exec beside the same alone and with mitmproxy, to docs/performance
	test/exec/install
	go run -C test/exec ./compare --output ../../docs/performance

.PHONY: docs
docs: ## the pages of docs/ostrace, from what the command's --help says
	go test -C cmd/ostrace -count 1 -run TestDocs -update

.PHONY: picture picture-waterfall
picture: ## the README's picture, from what the first command draws on a terminal
	go build -C examples -o bin/createserver ./createserver
	script --quiet --return --command 'stty cols 110 && examples/bin/createserver 2>/dev/null' /dev/null \
		| tr -d '\r' | head -66 | go run -C waterfall ./picture > docs/trace.svg.new
	mv docs/trace.svg.new docs/trace.svg
picture-waterfall: ## the picture in waterfall's README
	go build -C waterfall -o bin/example ./example
	script --quiet --return --command 'stty cols 100 && waterfall/bin/example' /dev/null \
		| tr -d '\r' | go run -C waterfall ./picture > waterfall/trace.svg.new
	mv waterfall/trace.svg.new waterfall/trace.svg

.PHONY: picture-html
picture-html: ## docs/trace-html.png, of the page FILE
	test/chromium/install
	go run -C test/chromium ./picture $(abspath $(FILE)) $(CURDIR)/docs/trace-html.png

$(GOLANGCI_LINT):
	GOBIN=$(TOOLS) go install github.com/golangci/golangci-lint/v2/cmd/golangci-lint@$(GOLANGCI_LINT_VERSION)
	mv $(TOOLS)/golangci-lint $@

$(GOVULNCHECK):
	GOBIN=$(TOOLS) go install golang.org/x/vuln/cmd/govulncheck@$(GOVULNCHECK_VERSION)
	mv $(TOOLS)/govulncheck $@

$(GREMLINS):
	GOBIN=$(TOOLS) go install github.com/go-gremlins/gremlins/cmd/gremlins@$(GREMLINS_VERSION)
	mv $(TOOLS)/gremlins $@
