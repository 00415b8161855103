# Everything one does with this tree. "make help" lists the targets; "make run"
# and "make test" need only Go, make and a C compiler and fetch the rest.

SHELL      := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.ONESHELL:

GO         ?= go
PKGS       ?= ./...
FUZZTIME   ?= 10s
SOAKTIME   ?= 600
ARGS       ?=
DESTDIR    ?=
BINARIES   := xcp xcp-front xcp-xapi bus-activate

# Pinned, so that everybody's lint says the same. They live outside go.mod: the
# toolstack must not depend on what its linters depend on.
STATICCHECK := honnef.co/go/tools/cmd/staticcheck@v0.8.2
GOFUMPT     := mvdan.cc/gofumpt@v0.12.0

.DEFAULT_GOAL := help

.PHONY: run
run: deps build ## Start a toolstack on this machine (ARGS="--listen 127.0.0.1:0")
	exec bin/xcp run $(ARGS)

.PHONY: deps
deps: ## Install what is missing: dbus-daemon (asks first, unless root or CI=true)
	@command -v dbus-daemon >/dev/null && exit 0
	if [ "$$(id -u)" = 0 ]; then sudo=; else sudo=sudo; fi
	if [ -n "$$sudo" ] && [ "$${CI:-}" != true ]; then
		[ -t 0 ] || { echo "dbus-daemon is missing: install the package dbus-daemon" >&2; exit 1; }
		read -r -p "Install dbus-daemon with sudo apt-get? [y/N] " answer
		[[ "$$answer" == [yY]* ]] || { echo "nothing installed" >&2; exit 1; }
	fi
	$$sudo apt-get update -qq
	# dbus-daemon alone starts nothing; older releases have it in dbus only.
	$$sudo env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends dbus-daemon ||
		$$sudo env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends dbus

.PHONY: clients
clients: ## Fetch the npm client that tests drive the toolstack with, if there is npm
	@cd internal/systest/testdata/node
	[ ! -e node_modules/xen-api ] && command -v npm >/dev/null || exit 0
	npm ci --silent --ignore-scripts --no-audit --no-fund || echo "cannot fetch the npm client: its test will skip" >&2

.PHONY: build
build: ## Build all binaries into bin/
	@mkdir -p bin
	$(GO) build -o bin/ $(addprefix ./cmd/,$(BINARIES))

.PHONY: generate
generate: ## Make the generated code, XML and policies from introspect/idl
	$(GO) run ./cmd/idlc generate

.PHONY: check-generate
check-generate: ## Fail if generated files differ from what introspect/idl gives
	$(GO) run ./cmd/idlc check

.PHONY: test
test: deps clients ## Run all tests
	$(GO) test $(PKGS)
	@$(GO) test -v -run '^Test(Conformance|Permissions)$$' ./internal/idl | grep '^conformance:'

.PHONY: test-race
test-race: deps ## Run the short tests under the race detector
	# systest drives programs built without it.
	$(GO) test -race -short $$($(GO) list $(PKGS) | grep -v /internal/systest)

.PHONY: fuzz
fuzz: ## Run every fuzz target for FUZZTIME each (10s)
	@$(GO) test -list '^Fuzz' $(PKGS) | awk '/^Fuzz/ {t[n++] = $$1} $$1 == "ok" {for (i = 0; i < n; i++) print $$2, t[i]; n = 0} $$1 == "FAIL" {bad = 1} END {exit bad}' |
	while read -r pkg target; do
		echo "fuzz $$pkg $$target $(FUZZTIME)"
		$(GO) test "$$pkg" -run '^$$' -fuzz "^$$target\$$" -fuzztime $(FUZZTIME) -fuzzminimizetime 2s </dev/null
	done

.PHONY: bench
bench: deps build ## Measure calls, lists, events, writes, memory and start beside their baselines (ARGS="-quick")
	$(GO) run ./internal/bench -bin bin $(ARGS)

.PHONY: soak
soak: deps ## Run the tests in random order, again and again, for SOAKTIME seconds (600)
	@end=$$((SECONDS + $(SOAKTIME)))
	while [ $$SECONDS -lt $$end ]; do $(GO) test -count=1 -shuffle=on $(PKGS); done

.PHONY: lint
lint: ## Check formatting, go vet and staticcheck
	@files=$$(git ls-files -co --exclude-standard '*.go' | grep -v '\.gen\.go$$' | xargs $(GO) run $(GOFUMPT) -l)
	[ -z "$$files" ] || { echo "gofumpt wants to change:"; echo "$$files"; exit 1; }
	$(GO) vet $(PKGS)
	$(GO) run $(STATICCHECK) $(PKGS)

.PHONY: cover
cover: deps ## Write coverage of all tests to cover.out and print the total
	$(GO) test -coverprofile=cover.out $(PKGS)
	$(GO) tool cover -func=cover.out | tail -1

# dir FILES... puts files into a folder under DESTDIR.
put = install -d $(DESTDIR)$(1) && install -m $(2) -t $(DESTDIR)$(1) $(3)

.PHONY: install
install: build ## Install for systemd, under DESTDIR
	$(call put,/usr/libexec/xcp,755,$(addprefix bin/,$(BINARIES)))
	install -d $(DESTDIR)/usr/bin && ln -sf ../libexec/xcp/xcp $(DESTDIR)/usr/bin/xcp
	$(call put,/usr/share/xcp,644,dbus/xcp-bus.conf)
	$(call put,/usr/share/xcp/bus.d,644,dbus/policy/installed/*.conf)
	$(call put,/usr/share/xcp/bus-services,644,dbus/services/installed/*.service)
	$(call put,/usr/share/dbus-1/interfaces,644,introspect/xml/org.xen.*.xml)
	$(call put,/usr/lib/systemd/system,644,systemd/*.service systemd/*.socket)
	$(call put,/usr/lib/sysusers.d,644,systemd/sysusers.d/xcp.conf)
	$(call put,/usr/lib/tmpfiles.d,644,systemd/tmpfiles.d/xcp.conf)
	# Settings that somebody changed stay.
	install -d $(DESTDIR)/etc/xcp
	for f in systemd/etc/*.conf; do
		[ -e $(DESTDIR)/etc/xcp/$${f##*/} ] || install -m 644 "$$f" $(DESTDIR)/etc/xcp/
	done

.PHONY: clean
clean: ## Remove what was built
	rm -rf bin cover.out

.PHONY: help
help: ## List the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "%-15s %s\n", $$1, $$2}' $(MAKEFILE_LIST)
