# What a person types. Each target brings what it needs; `cargo build` and
# `cargo test` work without make once `make wasm-target` has run.

TARGET_DIR := $(abspath $(or $(CARGO_TARGET_DIR),target))
RELEASE := $(TARGET_DIR)/$(shell rustc --print host-tuple)/release
HERMES_HOST := $(RELEASE)/hermes-host

.PHONY: help build host image test test-matrix lint demo bench assurance fuzz recordings prerequisites wasm-target clean

help:
	@sed -n 's/^##  *//p' Makefile

##  make build          the binaries that are shipped: static, release
build: host
	cargo build-static --locked --package=hermes-plugin
	@ls -sh $(HERMES_HOST) $(RELEASE)/hermes-plugin

host: prerequisites wasm-target
	cargo build-static --locked --package=hermes-host

##  make image          the container image, on this machine's engine: INIT=distro or s6-overlay
IMAGE ?= hermes-host
INIT ?= distro
image: build
	docker/build.sh $(RELEASE) --build-arg INIT=$(INIT) --tag $(IMAGE) $(IMAGE_OPTIONS)

##  make test           all tests, on the s6 of this machine
test: prerequisites wasm-target
	tests/run.sh --workspace

##  make test-matrix    the suites on s6 2.13, in a root file system made for it
test-matrix: build
	tests/s6-matrix.sh $(HERMES_HOST)

##  make lint           formatting, clippy, shellcheck, hadolint, licences
lint: prerequisites wasm-target
	tests/lint.sh

##  make demo           gateways under a real s6, through a restart of their container
demo: host
	HERMES_HOST_BIN=$(HERMES_HOST) cargo run --locked --quiet --release --package hermes-tests --bin demo

##  make bench          one table of timings, beside s6's own tools
bench: build
	HERMES_HOST_BIN=$(HERMES_HOST) cargo run --locked --quiet --release --package hermes-tests --bin bench

##  make recordings     tests/recordings anew, on the s6 of this machine
recordings: prerequisites wasm-target
	cargo run --locked --quiet --package hermes-tests --bin record

##  make assurance      what attacks the sandbox, and one table of what that found
assurance: prerequisites wasm-target
	tests/assurance.sh

##  make fuzz           libFuzzer on every target, 10 million executions or 20 minutes each
fuzz: prerequisites wasm-target
	fuzz/run.sh

##  make prerequisites  what building and testing need (apt-get, as root)
prerequisites:
	@tests/install-prerequisites.sh

##  make wasm-target    the Rust target that the backends are compiled for
wasm-target:
	@plugins/wasm-target.sh

##  make clean          removes what was built
clean:
	cargo clean
