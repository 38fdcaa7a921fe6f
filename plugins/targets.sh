#!/usr/bin/env bash
# Provides the targets that are built for: wasm32-unknown-unknown for the backends,
# musl for the binaries that are shipped.
# With rustup this is one command. Where rustup may not download, a private
# toolchain is made from the distribution's packages instead; use it with
#   RUSTC=<dir>/rustc cargo build --release --target wasm32-unknown-unknown
# where <dir> is $HERMES_TOOLCHAIN or ~/.cache/hermes-host/toolchain; nothing is installed.
# Its musl is for release builds alone, whose panics abort.
set -euo pipefail

say() { printf 'targets: %s\n' "$*"; }
die() { printf 'targets: error: %s\n' "$*" >&2; exit 1; }
need() { command -v "$1" >/dev/null || die "$1 is missing${2:+ ($2)}"; }

dir=${HERMES_TOOLCHAIN:-${XDG_CACHE_HOME:-${HOME:?}/.cache}/hermes-host/toolchain}
dir=$(realpath -m -- "$dir") # before the cd below changes what a relative path means
cd "$(dirname "${BASH_SOURCE[0]}")" # so that the repository's rust-toolchain.toml counts

need rustc "install Rust first"
sysroot=$(rustc --print sysroot) || die "rustc --print sysroot failed"
host=$(rustc -vV | sed -n 's/^host: //p')
musl=${host%-gnu}
musl=${musl%-musl}-musl
targets=(wasm32-unknown-unknown "$musl")
if [[ -d $sysroot/lib/rustlib/${targets[0]} && -d $sysroot/lib/rustlib/$musl ]]; then
	say "${targets[*]} are part of $sysroot"
	exit 0
fi

if command -v rustup >/dev/null && [[ ${RUSTUP_AUTO_INSTALL:-1} != 0 && ${CARGO_NET_OFFLINE:-false} != true ]]; then
	if rustup target add "${targets[@]}"; then exit 0; fi
	say "rustup could not add ${targets[*]}; trying the distribution's packages"
fi

lld=lib/rustlib/$host/bin/rust-lld
exit_if_complete() {
	# The link dangles once rustup has removed the toolchain it points into.
	[[ -f $dir/complete && -x $dir/usr/$lld ]] || return 0
	say "$dir is ready ($(<"$dir/complete"))"
	exit 0
}
exit_if_complete

for tool in apt-get apt-cache; do need "$tool" "no Debian packages here; run: rustup target add ${targets[*]}"; done
for tool in dpkg-deb tar flock cc ar; do need "$tool"; done
[[ -x $sysroot/$lld ]] || die "no linker at $sysroot/$lld; a rustup toolchain has one"
# The shim would pick rustup's default toolchain in the temporary folder.
cargo=$sysroot/bin/cargo
[[ -x $cargo ]] || { need cargo; cargo=cargo; }

mkdir -p "$(dirname "$dir")"
exec 9>"$dir.lock"
flock -n 9 || { say "waiting for another run"; flock 9; }
exit_if_complete
# Only a folder that this script made may be replaced.
if [[ -e $dir && ! -f $dir/complete ]] && ! rmdir "$dir" 2>/dev/null; then
	die "$dir exists and is not a toolchain of this script; remove it"
fi
tmp=$dir.building # a fixed name: whatever a killed run left goes away here
rm -rf "$tmp"
trap 'rm -rf "$tmp"' EXIT
mkdir "$tmp" "$tmp/deb" "$tmp/std" "$tmp/std/src"

show() { apt-cache show --no-all-versions "$1" 2>/dev/null; }
if [[ $EUID == 0 ]] && ! show rustc-web >/dev/null; then apt-get -qq update || die "apt-get update failed"; fi
version=$(show rustc-web | sed -n 's/^Version: //p')
[[ -n $version ]] || die "no package rustc-web; run apt-get update as root, or rustup target add ${targets[*]}"
libstd=libstd-rust-web-$(cut -d. -f1,2 <<<"$version")
llvm=$(show "$libstd" | sed -n 's/^Depends:.*\(libllvm[0-9]*\).*/\1/p')
[[ -n $llvm ]] || die "package $libstd names no libllvm"
# rustc does not compile another version's std, hence one version for all four.
packages=("rustc-web=$version" "$libstd=$version" "libstd-rust-web-dev=$version" "rust-web-src=$version" "$llvm" musl-dev)
# Libraries LLVM needs and the system lacks; upgrades ("[old version]") are not needed.
mapfile -t more < <(apt-get install -s --no-install-recommends "$llvm" 2>/dev/null |
	awk -v llvm="$llvm" '$1 == "Inst" && $2 != llvm && $3 !~ /^\[/ { print $2 }')

say "fetching rustc $version and $llvm"
(cd "$tmp/deb" && apt-get -qq -o APT::Sandbox::User="$(id -un)" download "${packages[@]}" "${more[@]}") ||
	die "apt-get download failed; if the package lists are old, run apt-get update as root"
for deb in "$tmp"/deb/*.deb; do
	# Of the sources (340 MB) only std is wanted, of the rest neither documentation nor rustdoc.
	only=(--exclude=./usr/share --exclude=./usr/libexec --exclude=./usr/bin/rustdoc)
	if [[ $deb == */rust-web-src_* ]]; then only=(--wildcards ./usr/lib './usr/src/rustc-*/library'); fi
	dpkg-deb --fsys-tarfile "$deb" | tar -x --no-same-owner -C "$tmp" "${only[@]}" || die "cannot unpack ${deb##*/}"
done
rm -r "$tmp/deb"
mkdir -p "$tmp/usr/${lld%/*}"
ln -s "$sysroot/$lld" "$tmp/usr/$lld" # a link, as it finds its own LLVM relative to itself

multiarch=$(cd "$tmp/usr/lib" && echo ./*/librustc_driver-*.so)
multiarch=${multiarch#./}
cat >"$tmp/rustc" <<WRAPPER
#!/bin/sh
# The libraries are not where the system looks for them.
dir=\${0%/*}
LD_LIBRARY_PATH="\$dir/usr/lib/${multiarch%%/*}\${LD_LIBRARY_PATH:+:\$LD_LIBRARY_PATH}"
export LD_LIBRARY_PATH
exec "\$dir/usr/bin/rustc" "\$@"
WRAPPER
chmod +x "$tmp/rustc"
"$tmp/rustc" --version >/dev/null || die "the unpacked rustc does not run"

# What rustup ships beside a std for musl: its libc, the objects that an executable
# begins and ends with, and an unwinder.
own=$tmp/usr/lib/rustlib/$musl/lib/self-contained
mkdir -p "$own"
cp "$tmp/usr/lib/${musl%%-*}-linux-musl/"{crt1.o,rcrt1.o,crti.o,crtn.o,libc.a} "$own"
for object in crtbegin.o crtbeginS.o crtend.o crtendS.o; do
	cp "$(cc -print-file-name="$object")" "$own"
done
# That of gcc asks glibc where unwind tables are. There are none.
cp "$(cc -print-file-name=libgcc_eh.a)" "$own/libunwind.a"
echo 'int _dl_find_object(void *pc, void *found) { (void)pc; (void)found; return -1; }' |
	cc -O2 -fPIC -x c -c -o "$tmp/no_tables.o" - || die "cc does not compile"
ar r "$own/libunwind.a" "$tmp/no_tables.o"
rm "$tmp/no_tables.o"

say "building std for ${targets[*]}"
printf '[package]\nname = "hermes_std"\nversion = "0.0.0"\nedition = "2021"\n[workspace]\n' >"$tmp/std/Cargo.toml"
: >"$tmp/std/src/lib.rs"
# Bitcode, or guests cannot use LTO; no path of this machine in what is built. Panics
# abort in both, and panic_abort is compiled with nothing else.
(cd "$tmp/std" && unset RUSTC_WORKSPACE_WRAPPER && RUSTC=$tmp/rustc RUSTC_WRAPPER='' RUSTC_BOOTSTRAP=1 \
	CARGO_TARGET_DIR=$tmp/std/target \
	CARGO_ENCODED_RUSTFLAGS="-Cembed-bitcode=yes"$'\x1f'"-Cpanic=abort"$'\x1f'"--remap-path-prefix=$tmp=/rust" \
	"$cargo" build --quiet --offline --release -Z build-std=std,panic_abort "${targets[@]/#/--target=}" \
	--config 'source.crates-io.replace-with="vendored"' \
	--config "source.vendored.directory='$tmp/usr/lib/rustlib/src/rust/library/vendor'") ||
	die "building std failed"
for target in "${targets[@]}"; do
	lib=$tmp/usr/lib/rustlib/$target/lib
	mkdir -p "$lib"
	cp "$tmp/std/target/$target/release/deps/"*.rlib "$lib"
	rm "$lib"/libhermes_std-*.rlib
done
rm -r "$tmp/std" "$tmp/usr/src" "$tmp/usr/lib/rustlib/src" "$tmp/usr/include" "$tmp/usr/lib/${musl%%-*}-linux-musl"

echo "rustc $version" >"$tmp/complete"
rm -rf "$dir"
mv -T "$tmp" "$dir"
say "made $dir (rustc $version)"
