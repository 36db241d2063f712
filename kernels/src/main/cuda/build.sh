#!/bin/sh
# Builds the PTX of every kernel file and the lock file that tells whether they belong together.
#
#   build.sh            writes kernels/src/main/resources/facet/kernels/cuda/*.ptx, the ladder's PTX
#                       under kernels/src/test/resources, and kernels.lock beside this script
#   build.sh FOLDER     writes the PTX there and touches nothing else: to compare
#
# Needs nvcc 13.0. The text says `.version 9.0` then, which drivers of CUDA 12 refuse although they
# assemble it the same: it is declared as 8.0. Float32 kernels are built for compute_75, files named
# `*tensor*` for compute_80, the first with asynchronous copies and bf16. Output is the same bit for
# bit wherever and whenever it is built.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
cd "$here" # fixed working directory: file names in the output do not depend on the caller's
flags="-ptx -std=c++17 -O3"
version=$(nvcc --version | sed -n 's/.*release .*, V\(.*\)/\1/p')
case $version in
  13.0.*) ;;
  *) echo "build.sh: needs nvcc 13.0, found '${version:-none}'" >&2 && exit 2 ;;
esac
product=${1:-../resources/facet/kernels/cuda}
ladder=${1:-../../test/resources/facet/kernels/cuda}/ladder
mkdir -p "$product" "$ladder"

compile() { # file, folder
  arch=compute_75
  case $1 in *tensor*) arch=compute_80 ;; esac
  to=$2/$(basename "$1" .cu).ptx
  # shellcheck disable=SC2086
  nvcc $flags -arch=$arch "$1" -o "$to.new"
  sed 's/^\.version 9\.0$/.version 8.0/' "$to.new" >"$to"
  rm "$to.new"
  echo "$1 $arch" >&2
}

if [ $# = 0 ]; then rm -f "$product"/*.ptx "$ladder"/*.ptx; fi
for file in *.cu; do if [ -e "$file" ]; then compile "$file" "$product"; fi; done
for file in ladder/*.cu; do if [ -e "$file" ]; then compile "$file" "$ladder"; fi; done

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
