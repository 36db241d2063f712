#!/bin/sh
# Takes Facet to a machine with a GPU: packs a run-time, the classes, the CUDA tests and the
# benchmarks into one file that needs nothing there but sh, tar, gzip and the GPU's driver, and
# PyTorch in `python3` for the comparison.
#
#   kernels/gpu-check.sh [FILE]       writes FILE, facet-gpu-check.sh in the current folder by default
#   kernels/gpu-check.sh --dry-run    packs, then runs it against the test driver, at tiny sizes, in
#                                     an empty folder with hardly anything on the PATH
#
# There:
#
#   sh facet-gpu-check.sh             runs everything; results and the table in facet-gpu-check/
#     --quick                         tiny sizes: to see that all of it runs
#     --tests PATTERN                 only the tests whose class names match
#     --only STEP                     symbols, tests, sanitizer, benchmark, peer or table
set -eu
root=$(cd "$(dirname "$0")/.." && pwd)
cd "$root"
dry=false
if [ "${1:-}" = --dry-run ]; then
  dry=true
  shift
fi
case ${1:-} in
  -*)
    sed -n '2,/^set/{/^set/d;s/^# \{0,1\}//;p;}' "$root/kernels/gpu-check.sh" >&2
    exit 2
    ;;
esac
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
file=${1:-facet-gpu-check.sh}
if $dry; then file=$work/facet-gpu-check.sh; fi
case $file in /*) ;; *) file=$OLDPWD/$file ;; esac
jdk=$(./facet --jdk)
bundle=$work/bundle

# The classes of all modules, their tests, and what they need.
modules="tensor kernels nn train bench"
mkdir -p "$bundle/lib"
if [ "${GPU_CHECK_BUILD:-yes}" = yes ]; then
  echo "building ..." >&2
  JAVA25_HOME=$jdk mvn -q -B -DskipTests package \
    dependency:copy-dependencies -DincludeScope=test -DoutputDirectory="$root/target/gpu-check"
fi
for module in $modules; do
  for classes in classes test-classes; do
    if [ -d "$module/target/$classes" ]; then
      mkdir -p "$bundle/$classes/$module"
      cp -r "$module/target/$classes/." "$bundle/$classes/$module"
    fi
  done
done
for jar in target/gpu-check/*.jar; do
  case $jar in */facet-* | */archunit* | */jmh-generator*) ;; *) cp "$jar" "$bundle/lib" ;; esac
done
# JCuda's natives without the assembler of PTX, 24 MB that only tests here need.
mkdir -p "$bundle/classes/natives"
for jar in "$bundle"/lib/jcuda-natives-*.jar; do
  (cd "$bundle/classes/natives" && "$jdk/bin/jar" xf "$jar")
  rm "$jar" "$bundle"/classes/natives/lib/*PTXCompiler*
done
cp kernels/src/test/cuda/driver-symbols.txt kernels/gpu_peer.py train/jvm.options "$bundle"

echo "trimming the run-time ..." >&2
"$jdk/bin/jlink" --output "$bundle/jre" --strip-debug --no-header-files --no-man-pages \
  --compress zip-0 --add-modules \
  java.base,java.logging,java.xml,java.desktop,java.management,jdk.incubator.vector,jdk.unsupported

cat >"$bundle/run.sh" <<'RUN'
#!/bin/sh
# Runs on the machine with the GPU, in the folder that the archive was unpacked to.
set -u
quick="" tests=".*" only="" driver="" failed=0
while [ $# -gt 0 ]; do
  case $1 in
    --quick) quick=--quick ;;
    --tests) tests=$2 && shift ;;
    --only) only=$2 && shift ;;
    --driver) driver=$2 && shift ;; # the test driver, in a dry run
    *) echo "facet-gpu-check: unknown option $1" >&2 && exit 2 ;;
  esac
  shift
done
path=""
for folder in classes/* test-classes/*; do path=$path:$folder; done
path=$path:lib/*

java() { # options and class
  ./jre/bin/java @jvm.options ${driver:+-Dfacet.cuda.driver=$driver} -cp "${path#:}" "$@"
}

section() { # name, command ...
  name=$1
  shift
  if [ -n "$only" ] && [ "$only" != "$name" ]; then return; fi
  echo "=== $name"
  start=$(date +%s)
  if "$@"; then result=ok; else result=FAILED && failed=1; fi
  echo "| $name | $result | $(($(date +%s) - start)) s |" >>summary.md
}

machine() {
  uname -srm
  nvidia-smi --query-gpu=name,driver_version,memory.total --format=csv,noheader 2>/dev/null ||
    echo "no nvidia-smi"
}

tests() {
  java -Dcuda.required=true facet.kernels.cuda.CudaTests "$tests" >tests.log 2>&1
  code=$?
  tail -n 30 tests.log
  return $code
}

# Memory errors and races in the kernels of the ladder, gemm and convolution.
sanitizer() {
  if ! command -v compute-sanitizer >/dev/null; then
    echo "no compute-sanitizer on the PATH: not run"
    return 0
  fi
  for tool in memcheck racecheck; do
    compute-sanitizer --tool $tool --error-exitcode 9 \
      ./jre/bin/java @jvm.options -cp "${path#:}" facet.kernels.cuda.CudaTests \
      '.*(LadderTest|CudaUpdate.*|CudaTrainingTest)' >sanitizer-$tool.log 2>&1
    code=$?
    tail -n 5 sanitizer-$tool.log
    [ $code = 0 ] || return 1
  done
}

benchmark() {
  java facet.bench.cuda.GpuBenchmark $quick >ours.tsv 2>benchmark.log || {
    tail -n 20 benchmark.log
    return 1
  }
  # The vendor's kernels through JCuda, where their libraries are found.
  java facet.bench.cuda.GpuBenchmark $quick --kernels vendor >vendor.tsv 2>vendor.log ||
    echo "the vendor's kernels were not measured: $(tail -n 1 vendor.log)"
}

peer() {
  if ! command -v python3 >/dev/null || ! python3 -c 'import torch' 2>/dev/null; then
    echo "no PyTorch in python3: nothing to compare with"
    return 0
  fi
  python3 gpu_peer.py ours.tsv >peer.tsv 2>peer.log
  code=$?
  tail -n 5 peer.log
  return $code
}

table() {
  java facet.bench.cuda.GpuTable ours.tsv peer.tsv vendor.tsv >table.md
}

rm -f summary.md table.md
machine | tee machine.txt
section symbols java facet.kernels.cuda.DriverSymbols driver-symbols.txt
section tests tests
section benchmark benchmark
section peer peer
section sanitizer sanitizer
section table table
{
  sed 's/^/    /' machine.txt
  echo
  echo "| step | result | time |"
  echo "|---|---|---|"
  cat summary.md
  echo
  if [ -e table.md ]; then cat table.md; fi
} >report.md
cat report.md
exit $failed
RUN

tar -C "$bundle" -czf "$work/bundle.tar.gz" .
{
  cat <<'HEAD'
#!/bin/sh
# Unpacks itself into ./facet-gpu-check and runs there; see run.sh in it for the options.
set -eu
mkdir -p facet-gpu-check
tail -n +8 "$0" | tar -xzf - -C facet-gpu-check
cd facet-gpu-check
exec sh ./run.sh "$@"
HEAD
  cat "$work/bundle.tar.gz"
} >"$file"
chmod +x "$file"
size=$(($(wc -c <"$file") / 1048576))
echo "$file: $size MiB" >&2
if [ $size -ge 60 ]; then
  echo "gpu-check.sh: the file must stay under 60 MiB" >&2
  exit 1
fi
$dry || exit 0

# The dry run: an empty folder, hardly a PATH, no JDK, no GPU.
driver=$("$jdk/bin/java" @train/jvm.options \
  -cp "kernels/target/classes:kernels/target/test-classes:target/gpu-check/*" \
  facet.kernels.cuda.TestDriverFile)
mkdir -p "$work/there/bin" "$work/there/empty"
for program in sh tar gzip cat tail mkdir rm date uname sed tee; do
  ln -s "$(command -v $program)" "$work/there/bin/$program"
done
cd "$work/there/empty"
env -i PATH="$work/there/bin" sh "$file" --quick --driver "$driver" \
  --tests "${GPU_CHECK_TESTS:-.*LadderTest}"
