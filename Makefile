# Two commands need nothing but Go and make: `make run` and `make test`. Everything else they use is built from the Go
# module proxy into bin/, once; the programs that some tests run are packages of Debian, installed if they are missing.

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
# verify depends on the order of its steps, and go and the linter use all cores by themselves.
.NOTPARALLEL:

BIN := bin
VERSION ?= $(shell git describe --tags --always --dirty 2>/dev/null || echo dev)
IMG ?= licensing-operator:$(VERSION)
FUZZTIME ?= 20s

# Neither the version control's state nor the directory of a build may change what is built.
GO_BUILD := CGO_ENABLED=0 go build -trimpath -buildvcs=false

# Where programs started below find the binaries that make has built.
ENV = KUBEBUILDER_ASSETS='$(ASSETS)' LICENSING_OPERATOR_BINARY='$(CURDIR)/$(BIN)/licensing-operator'

##@ Run

.PHONY: run
run: controlplane kubectl build devenv ## Bring up a Kubernetes API with the operator and the samples, until Ctrl-C.
	@$(ENV) $(BIN)/devenv run

.PHONY: demo
demo: controlplane kubectl build devenv ## Show the whole life of a session in about a minute, checking every figure.
	@$(ENV) $(BIN)/devenv demo

# Not go run, which reports a Ctrl-C as a failure.
.PHONY: devenv
devenv:
	$(GO_BUILD) -o $(BIN)/devenv ./hack/devenv

.PHONY: bench
bench: controlplane ## Measure the ledger beside plain API server writes.
	$(ENV) go run ./test/bench

# BENCHFLAGS=-database=postgresql measures the other one.
.PHONY: bench-usage
bench-usage: ## Measure a usage store with a year of 10 million records.
	@ls /usr/lib/postgresql/*/bin/initdb >/dev/null 2>&1 || hack/debian/install.sh postgresql
	go run ./test/bench/usage $(BENCHFLAGS)

.PHONY: bench-users
bench-users: controlplane build ## Measure a license with 10,000 named users.
	$(ENV) go run ./test/bench/users $(BENCHFLAGS)

##@ Test

# The race detector needs cgo, and cgo a C compiler that can compile: a compiler without headers counts as none.
RACE = $(shell test "$$(go env CGO_ENABLED)" = 1 && echo 'int main(void) { return 0; }' | \
	$$(go env CC) -include stdlib.h -x c -o /dev/null - 2>/dev/null && echo -race)

UNIT_PACKAGES = $(shell go list ./... | grep -vE '/(test|controllers|hack/devenv)(/|$$)')
# Packages run in the order given. The one that takes longest comes first: last, it would run alone.
INTEGRATION_PACKAGES = $(shell go list ./test/users ./test/... ./controllers/... 2>/dev/null | grep -v '/test/bench')

# Packages that bring up a control plane share the machine: two at a time, or their timeouts say nothing.
GOTEST = $(ENV) $(BIN)/gotestsum --format pkgname --format-hide-empty-pkg -- \
	$(RACE) -p 2 -timeout 30m $(TESTFLAGS)

# The programs of Debian packages that tests run.
.PHONY: test-programs
test-programs:
	@command -v promtool >/dev/null || hack/debian/install.sh prometheus
	@test -x /usr/bin/chromium || hack/debian/install.sh chromium
	@ls /usr/lib/postgresql/*/bin/initdb >/dev/null 2>&1 || hack/debian/install.sh postgresql

# What the dashboard's page is made of, and what drives a browser to test it. Nothing of it is needed to build the operator.
DASHBOARD_PACKAGES := hack/dashboard/node_modules/.package-lock.json
$(DASHBOARD_PACKAGES): hack/dashboard/package.json hack/dashboard/package-lock.json
	@command -v npm >/dev/null || hack/debian/install.sh nodejs npm
	@node -e 'process.exit(parseInt(process.versions.node) < 20 ? 1 : 0)' || \
		{ echo "Node.js is $$(node --version), and the dashboard's tests want 20 or later: install that"; exit 1; }
	cd hack/dashboard && npm ci --ignore-scripts
	@touch $@

.PHONY: test
test: controlplane kubectl build test-programs $(DASHBOARD_PACKAGES) $(BIN)/gotestsum ## Run all tests; they end in one summary.
	$(GOTEST) $(INTEGRATION_PACKAGES) $(UNIT_PACKAGES)

.PHONY: test-unit
test-unit: test-programs $(BIN)/gotestsum ## Run the tests that need no API server.
	$(GOTEST) $(UNIT_PACKAGES)

.PHONY: test-integration
test-integration: controlplane kubectl build test-programs $(DASHBOARD_PACKAGES) $(BIN)/gotestsum ## Run the tests against a real API server.
	$(GOTEST) $(INTEGRATION_PACKAGES)

.PHONY: test-rules
test-rules: kubectl test-programs $(BIN)/gotestsum ## Test the alerts, and what Prometheus and Grafana are given.
	$(GOTEST) ./test/rules

REPLICAS ?= 1

.PHONY: conformance
conformance: controlplane build ## Examine the REST API from outside, as a client of the published API, and print a report.
	$(ENV) go run ./test/conformance/cmd --embedded --replicas $(REPLICAS) $(CONFORMANCEFLAGS)

# SQLite or PostgreSQL, with which two operators share the load.
USAGE_STORE ?= SQLite

.PHONY: soak-usage
soak-usage: controlplane build ## Judge the usage record by 200,000 transactions, 20 kills and a store that is stopped for a minute.
	$(ENV) USAGE_STORE=$(USAGE_STORE) USAGE_TRANSACTIONS=200000 USAGE_KILLS=20 USAGE_OUTAGE=1m \
		go test ./test/usage -run AfterEverything -v -count=1 -timeout 3h

.PHONY: fuzz
fuzz: ## Run every fuzz target for FUZZTIME.
	@grep -rHoE '^func Fuzz[A-Za-z0-9_]+' --include='*_test.go' . | sed 's|^\./||' | sort | \
	while IFS=: read -r file func; do \
		go test "./$$(dirname "$$file")" -run '^$$' -fuzz "^$${func#func }\$$" -fuzztime $(FUZZTIME) || exit 1; \
	done

##@ Check

.PHONY: lint
lint: $(BIN)/golangci-lint ## Check the code, and the API types against the Kubernetes conventions.
	$(BIN)/golangci-lint run ./...
	$(BIN)/golangci-lint run --config .golangci-kal.yml ./api/v1alpha1/...

.PHONY: fmt
fmt: $(BIN)/golangci-lint ## Format the code and order its imports.
	$(BIN)/golangci-lint fmt

# The writing steps come first. What they change, and what they leave behind, fails the last one.
.PHONY: verify
verify: generate manifests docs dashboard-assets lint ## Regenerate everything, check modules and code, and fail on a dirty tree.
	@unformatted="$$(git ls-files -co --exclude-standard '*.go' | xargs -r gofmt -l)"; \
	test -z "$$unformatted" || { echo "not formatted, run make fmt:"; echo "$$unformatted"; exit 1; }
	@for module in . hack/tools hack/controlplane; do \
		echo "go mod tidy -diff ($$module)"; (cd "$$module" && go mod tidy -diff) || exit 1; \
	done
	@if [ -n "$$(git status --porcelain)" ]; then \
		echo "the tree is not clean: commit what make generate manifests docs produced"; \
		git status --porcelain; git --no-pager diff; exit 1; \
	fi

##@ Generate

.PHONY: generate
generate: $(BIN)/controller-gen $(BIN)/oapi-codegen ## Write what the API types and the REST contract imply.
	$(BIN)/controller-gen object applyconfiguration paths=./api/v1alpha1
	go run ./hack/openapi api/openapi
	$(BIN)/oapi-codegen -config webhooks/rest/stub/oapi-codegen.yaml api/openapi/v1.1.yaml
	$(BIN)/oapi-codegen -config pkg/client/oapi-codegen.yaml api/openapi/v1.1.yaml
	$(BIN)/oapi-codegen -config webhooks/restv2/stub/oapi-codegen.yaml api/openapi/v2.yaml
	$(BIN)/oapi-codegen -config pkg/client/v2/oapi-codegen.yaml api/openapi/v2.yaml
	$(BIN)/oapi-codegen -config webhooks/restusage/stub/oapi-codegen.yaml api/openapi/usage.yaml
	$(BIN)/oapi-codegen -config pkg/client/usage/oapi-codegen.yaml api/openapi/usage.yaml

.PHONY: manifests
manifests: $(BIN)/controller-gen ## Write the CRDs, the role from the markers in the code, and the rules as an object.
	$(BIN)/controller-gen crd paths=./api/v1alpha1 output:crd:dir=config/crd/bases
	$(BIN)/controller-gen rbac:roleName=manager-role paths=. paths=./controllers/... paths=./internal/tenant paths=./internal/licenses output:rbac:dir=config/rbac
	go run ./hack/prometheusrule

.PHONY: docs
docs: $(BIN)/crd-ref-docs ## Write the references of the API and of the metrics.
	@mkdir -p docs/reference
	$(BIN)/crd-ref-docs --log-level ERROR --renderer markdown --max-depth 20 --config hack/crd-ref-docs.yaml \
		--source-path api/v1alpha1 --output-path docs/reference/api.md
	go run ./hack/metricsdocs

.PHONY: dashboard-assets
dashboard-assets: $(DASHBOARD_PACKAGES) ## Copy what the dashboard's page needs out of its packages.
	cd hack/dashboard && npm run --silent vendor

##@ Deploy

.PHONY: install
install: kubectl ## Install the CRDs into the current cluster.
	$(KUBECTL) apply --server-side -f config/crd/bases

# For several replicas: config/postgresql.
MANIFESTS ?= config/default

.PHONY: deploy
deploy: kubectl ## Install the operator, as image IMG, into the current cluster.
	$(KUBECTL) kustomize $(MANIFESTS) | sed 's|image: licensing-operator:.*|image: $(IMG)|' | \
		$(KUBECTL) apply --server-side --force-conflicts -f -

##@ Build

.PHONY: build
build: ## Build the operator.
	$(GO_BUILD) -ldflags "-s -w -X main.version=$(VERSION)" -o $(BIN)/licensing-operator .

.PHONY: plugin
plugin: ## Build the kubectl plugin: put both files into PATH.
	$(GO_BUILD) -ldflags "-s -w -X main.version=$(VERSION)" -o $(BIN)/kubectl-licensing ./cmd/kubectl-licensing
	cp cmd/kubectl-licensing/kubectl_complete-licensing $(BIN)/

.PHONY: clean
clean: ## Remove everything built.
	rm -rf $(BIN)

# The tools, at the versions that hack/tools/go.mod says. golangci-lint is the build of it that has kube-api-linter inside.
$(BIN)/controller-gen: TOOL := sigs.k8s.io/controller-tools/cmd/controller-gen
$(BIN)/crd-ref-docs: TOOL := github.com/elastic/crd-ref-docs
$(BIN)/golangci-lint: TOOL := sigs.k8s.io/kube-api-linter/cmd/golangci-lint-kube-api-linter
$(BIN)/gotestsum: TOOL := gotest.tools/gotestsum
$(BIN)/oapi-codegen: TOOL := github.com/oapi-codegen/oapi-codegen/v2/cmd/oapi-codegen
$(BIN)/controller-gen $(BIN)/crd-ref-docs $(BIN)/golangci-lint $(BIN)/gotestsum $(BIN)/oapi-codegen: hack/tools/go.mod hack/tools/go.sum
	cd hack/tools && $(GO_BUILD) -ldflags "-s -w" -o "$(CURDIR)/$@" $(TOOL)

# The control plane. KUBEBUILDER_ASSETS, when set, names another one, and nothing is built.
K8S := $(BIN)/k8s
ASSETS := $(abspath $(or $(KUBEBUILDER_ASSETS),$(K8S)))

# kube-apiserver and kubectl learn their version from the linker, as in a release: without, they call themselves v0.0.0.
# A lazy variable: it costs a go command, and few targets want it.
K8S_VERSION = $(shell cd hack/controlplane && go list -m -f '{{.Version}}' k8s.io/kubernetes)
K8S_PARTS = $(subst ., ,$(patsubst v%,%,$(K8S_VERSION)))
K8S_PKG := k8s.io/component-base/version
K8S_LDFLAGS = -s -w -X $(K8S_PKG).gitVersion=$(K8S_VERSION) -X $(K8S_PKG).gitTreeState=clean \
	-X $(K8S_PKG).gitMajor=$(word 1,$(K8S_PARTS)) -X $(K8S_PKG).gitMinor=$(word 2,$(K8S_PARTS))

.PHONY: controlplane
ifdef KUBEBUILDER_ASSETS
controlplane:
	@test -x '$(ASSETS)/etcd' && test -x '$(ASSETS)/kube-apiserver' || \
		{ echo "KUBEBUILDER_ASSETS=$(ASSETS) has no etcd and kube-apiserver"; exit 1; }
else
controlplane: $(K8S)/etcd $(K8S)/kube-apiserver ## Build etcd and kube-apiserver, about four minutes the first time.
endif

# kubectl is built only where PATH has none.
KUBECTL := $(or $(shell command -v kubectl 2>/dev/null),$(K8S)/kubectl)
.PHONY: kubectl
kubectl: $(filter $(K8S)/kubectl,$(KUBECTL))

$(K8S)/etcd: hack/controlplane/go.mod hack/controlplane/go.sum
	@echo "building etcd, once"
	cd hack/controlplane && $(GO_BUILD) -ldflags "-s -w" -o "$(CURDIR)/$@" go.etcd.io/etcd/server/v3

$(K8S)/kube-apiserver: hack/controlplane/go.mod hack/controlplane/go.sum
	@echo "building kube-apiserver, once: this takes a few minutes"
	cd hack/controlplane && $(GO_BUILD) -ldflags "$(K8S_LDFLAGS)" -o "$(CURDIR)/$@" k8s.io/kubernetes/cmd/kube-apiserver

$(K8S)/kubectl: hack/controlplane/go.mod hack/controlplane/go.sum
	cd hack/controlplane && $(GO_BUILD) -ldflags "$(K8S_LDFLAGS)" -o "$(CURDIR)/$@" k8s.io/kubernetes/cmd/kubectl

##@ Help

.PHONY: help
help: ## Show the targets.
	@awk 'BEGIN { FS = ":.*## " } \
		/^##@ / { printf "\n%s\n", substr($$0, 5) } \
		/^[a-z-]+:.*## / { printf "  %-18s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)
