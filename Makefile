# What a person types. Each target brings what it needs; `cargo build` and
# `cargo test` work without make once `make targets` has run.

TARGET_DIR := $(abspath $(or $(CARGO_TARGET_DIR),target))
MUSL := $(patsubst %-gnu,%-musl,$(shell rustc --print host-tuple))
RELEASE := $(TARGET_DIR)/$(MUSL)/release
HERMES_HOST := $(RELEASE)/hermes-host

.PHONY: help build host image test test-matrix lint demo bench assurance fuzz recordings prerequisites targets clean

help:
	@sed -n 's/^##  *//p' Makefile

##  make build          the binaries that are shipped: static, release
# One package at a time, or the compiler in one of them gets into the other.
build: host
	host/cargo-release.sh build --target $(MUSL) --package hermes-plugin
	@ls -sh $(HERMES_HOST) $(RELEASE)/hermes-plugin

host: prerequisites targets
	host/cargo-release.sh build --target $(MUSL) --package hermes-host

##  make image          the container image, on this machine's engine: INIT=distro or s6-overlay
IMAGE ?= hermes-host
INIT ?= distro
image: build
	docker/build.sh $(RELEASE) --build-arg INIT=$(INIT) --tag $(IMAGE) $(IMAGE_OPTIONS)

##  make test           all tests, on the s6 of this machine
test: prerequisites targets
	tests/run.sh --workspace

##  make test-matrix    the suites on s6 2.13, in a root file system made for it
test-matrix: build
	tests/s6-matrix.sh $(HERMES_HOST)

##  make lint           formatting, clippy, shellcheck, hadolint, licences
lint: prerequisites targets
	tests/lint.sh

##  make demo           gateways under a real s6, through a restart of their container
demo: host
	HERMES_HOST_BIN=$(HERMES_HOST) host/cargo-release.sh run --quiet --package hermes-tests --bin demo

##  make bench          one table of timings, beside s6's own tools
# Of copies, as an installation makes them: what a linker has just written is mapped in
# smaller pieces.
INSTALLED := $(TARGET_DIR)/installed
bench: build
	install -D --target-directory $(INSTALLED) $(HERMES_HOST) $(RELEASE)/hermes-plugin
	HERMES_HOST_BIN=$(INSTALLED)/hermes-host host/cargo-release.sh run --quiet --package hermes-tests --bin bench

##  make recordings     tests/recordings anew, on the s6 of this machine
recordings: prerequisites targets
	cargo run --locked --quiet --package hermes-tests --bin record

##  make assurance      what attacks the sandbox, and one table of what that found
assurance: prerequisites targets
	tests/assurance.sh

##  make fuzz           libFuzzer on every target, 10 million executions or 20 minutes each
fuzz: prerequisites targets
	fuzz/run.sh

##  make prerequisites  what building and testing need (apt-get, as root)
prerequisites:
	@tests/install-prerequisites.sh

##  make targets        the Rust targets of the backends and of what is shipped
targets:
	@plugins/targets.sh

##  make clean          removes what was built
clean:
	cargo clean
