# Gannet. `make` lists the targets.

GO      ?= go
BIN     := bin/gannet
VERSION ?= $(shell git describe --tags --always --dirty 2>/dev/null || echo dev)
LDFLAGS := -s -w -X main.version=$(VERSION)
BUILD   := CGO_ENABLED=0 $(GO) build -trimpath -ldflags '$(LDFLAGS)'

.DEFAULT_GOAL := help
.PHONY: help
help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-12s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

.PHONY: build
build: ## one static binary: bin/gannet
	$(BUILD) -o $(BIN) ./cmd/gannet

.PHONY: run
run: build ## name server and broker in one process on ./data
	$(BIN) serve --data ./data

.PHONY: test
test: ## unit, golden and in-process tests
	$(GO) test ./...

.PHONY: race
race: ## the same under the race detector
	CGO_ENABLED=1 $(GO) test -race ./...

.PHONY: lint
lint: ## gofmt, go vet, staticcheck, architecture rules
	@out=$$(gofmt -l $$(git ls-files '*.go')); if [ -n "$$out" ]; then echo "not gofmt-ed:"; echo "$$out"; exit 1; fi
	$(GO) vet ./...
	$(GO) vet -tags conformance,javapair,quickstart ./conformance/...
	$(GO) tool staticcheck ./...
	$(GO) tool staticcheck -tags conformance,javapair,quickstart ./conformance/...
	$(GO) test -count=1 ./conformance/arch

.PHONY: fuzz
fuzz: ## every fuzz target for a few seconds (FUZZTIME=10s)
	./conformance/fuzz.sh $(or $(FUZZTIME),10s)

.PHONY: golden
golden: ## formats against bytes that Java wrote
	$(GO) test -count=1 -run "$$($(GO) run ./conformance/comparing)" ./...

.PHONY: conformance
conformance: build ## real Java and Go clients, brokers and name servers (needs JDK and Maven)
	$(GO) test -tags conformance -count=1 -timeout 30m -p 1 ./conformance/...

.PHONY: java-control
java-control: ## the conformance suite of Java clients against Java itself: what fails here is not ours
	$(GO) test -tags conformance,javapair -count=1 -timeout 60m -v -run TestJavaPair ./conformance/javaenv ./conformance/javasuite ./conformance/retries ./conformance/transactions

.PHONY: soak
soak: build ## kill -9 amid sends, retries, delays, timers and transactions, again and again (SOAK=10 minutes)
	@end=$$(( $$(date +%s) + 60 * $(or $(SOAK),10) )); while \
		SOAK_KILLS=5 $(GO) test -tags conformance -count=1 -timeout 30m -p 1 -run 'Kill' $(SOAKED) || exit 1; \
		[ $$(date +%s) -lt $$end ]; do :; done

SOAKED := ./conformance/crash ./conformance/goclient ./conformance/retries ./conformance/timers ./conformance/transactions

.PHONY: quickstart
quickstart: build ## RocketMQ's own examples at both brokers (EXAMPLES=lib of its binary release)
	$(GO) test -tags quickstart -count=1 -v -timeout 30m ./conformance/quickstart -args -examples "$(abspath $(EXAMPLES))"

.PHONY: bench
bench: ## Go benchmarks of the hot paths
	$(GO) test -run '^$$' -bench . -benchmem ./remoting/... ./store/... ./broker/...

.PHONY: bench-java
bench-java: build ## side by side with Java RocketMQ 5.3.3, about 20 minutes
	$(GO) run -tags conformance ./conformance/bench

.PHONY: cross
cross: ## linux/amd64, linux/arm64, darwin/arm64
	GOOS=linux  GOARCH=amd64 $(BUILD) -o dist/gannet-linux-amd64  ./cmd/gannet
	GOOS=linux  GOARCH=arm64 $(BUILD) -o dist/gannet-linux-arm64  ./cmd/gannet
	GOOS=darwin GOARCH=arm64 $(BUILD) -o dist/gannet-darwin-arm64 ./cmd/gannet

.PHONY: vuln
vuln: ## known vulnerabilities of the dependencies (needs the vulnerability database)
	$(GO) run golang.org/x/vuln/cmd/govulncheck@v1.1.4 ./...
