#!/bin/sh
# Builds the PTX of every kernel file and the lock file that tells whether they belong together.
#
#   build.sh            writes kernels/src/main/resources/facet/kernels/cuda/*.ptx, the ladder's PTX
#                       under kernels/src/test/resources, and kernels.lock beside this script
#   build.sh FOLDER     writes the PTX there and touches nothing else: to compare
#
# Needs nvcc 13.0. The text says `.version 9.0` then, which drivers of CUDA 12 refuse although they
# assemble it the same: it is declared as 8.0. Float32 kernels are built for compute_75, files named
# `*tensor*` and `*bf16*` for compute_80, the first with asynchronous copies and bf16, `*wgmma*` for
# compute_90a alone. Output is the same bit for bit wherever and whenever it is built.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
cd "$here" # fixed working directory: file names in the output do not depend on the caller's
flags="-ptx -std=c++17 -O3"
version=$(nvcc --version | sed -n 's/.*release .*, V\(.*\)/\1/p')
case $version in
  13.0.*) ;;
  *) echo "build.sh: needs nvcc 13.0, found '${version:-none}'" >&2 && exit 2 ;;
esac
if [ "${1:-}" = --one ]; then # one file, for the line with xargs below
  shift
  one=$1
  shift
fi
product=${1:-../resources/facet/kernels/cuda}
ladder=${1:-../../test/resources/facet/kernels/cuda}/ladder
mkdir -p "$product" "$ladder"

# Whether these files are as the lock file says. A build for comparison trusts nothing.
as_locked() { # file ...
  [ -e kernels.lock ] || return 1
  for name; do
    [ -e "$name" ] && [ "$(sha256sum "$name")" = "$(grep -F "  $name" kernels.lock)" ] || return 1
  done
}

compile() { # file
  arch=compute_75
  case $1 in
    *tensor* | *bf16*) arch=compute_80 ;;
    *wgmma*) arch=compute_90a ;;
  esac
  case $1 in ladder/*) to=$ladder ;; *) to=$product ;; esac
  to=$to/$(basename "$1" .cu).ptx
  if $common_as_locked && as_locked "$1" "$to"; then return; fi
  echo "$1 $arch" >&2
  # shellcheck disable=SC2086
  nvcc $flags -I. -gencode=arch=$arch,code=$arch "$1" -o "$to.new"
  # Also out go the numbers in names of internal variables, which depend on the path of the folder,
  # and empty lines and remarks, a fifth of the text.
  sed -e 's/^\.version 9\.0$/.version 8.0/' \
    -e 's/_INTERNAL_[0-9a-f]\{8\}_/_INTERNAL_00000000_/g' \
    -e 's/\(_INTERNAL_00000000_[0-9]*_[0-9a-z_]*_cu\)_[0-9a-f]\{8\}/\1_00000000/g' \
    -e '/^\t\/\/ \(begin\|end\) inline asm$/d' -e '/^$/d' "$to.new" >"$to"
  rm "$to.new"
}

common_as_locked=false
if [ $# = 0 ] && as_locked build.sh *.cuh; then common_as_locked=true; fi
if [ -n "${one:-}" ]; then
  compile "$one"
  exit
fi
if [ $# = 0 ]; then
  for file in "$product"/*.ptx "$ladder"/*.ptx; do # of sources that are gone
    name=${file#"$product/"}
    name=${name#"$(dirname "$ladder")/"}
    [ -e "${name%.ptx}.cu" ] || rm -f "$file"
  done
fi
# The largest first, as many at once as there are processors.
ls -S *.cu ladder/*.cu | xargs -P "$(nproc)" -I FILE ./build.sh --one FILE "$@"

if [ $# = 0 ]; then
  {
    echo "# Written by build.sh: which PTX belongs to which sources. A test compares it with the files."
    echo "nvcc $version"
    echo "flags $flags"
    for file in build.sh *.cu *.cuh ladder/*.cu "$product"/*.ptx "$ladder"/*.ptx; do
      if [ -e "$file" ]; then sha256sum "$file"; fi
    done
  } >kernels.lock
fi
