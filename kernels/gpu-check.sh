#!/bin/sh
# Takes Facet to a machine with a GPU: packs a run-time, the classes, the CUDA tests and the
# benchmarks into one file that needs nothing there but sh, tar, gzip and the GPU's driver, and
# PyTorch in `python3` for the comparison.
#
#   kernels/gpu-check.sh [FILE]       writes FILE, facet-gpu-check.sh in the current folder by default
#   kernels/gpu-check.sh --dry-run    packs, then runs it against the test driver, at tiny sizes, in
#                                     an empty folder with hardly anything on the PATH
#
# GPU_CHECK_BUILD=no takes classes and dependencies (target/gpu-check) as they were built before;
# GPU_CHECK_PYTHON names the Python of a dry run: where it has PyTorch the comparison runs, on the CPU.
#
# There:
#
#   sh facet-gpu-check.sh             runs everything; results and the table in facet-gpu-check/
#   sh facet-gpu-check.sh A           what is right, and how fast: half of the time
#   sh facet-gpu-check.sh B           PyTorch, the vendor's kernels, counters, the sanitizer
#   sh facet-gpu-check.sh STEP ...    steps by their names, see run.sh in it
#     --quick                         tiny sizes: to see that all of it runs
#     --tests "CLASS ..."             only these classes of tests, without the ending Test
#
# Every step has a time limit, and what it found is in the report, and in $OUT where that is set, as
# soon as it ends; what it prints is there at once, in logs.tar.gz.
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
for jar in target/gpu-check/*.jar; do # AssertJ takes Byte Buddy, 9 MB, for soft assertions alone
  case $jar in */facet-* | */archunit* | */onnxruntime* | */jmh-generator* | */byte-buddy*) ;; *) cp "$jar" "$bundle/lib" ;; esac
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
right="symbols sizes bf16 profile tests tf32 fp32"
peers="peer-bf16 vendor peer-tf32 peer-fp32 sanitizer ncu"
quick="" driver="" failed=0 steps="" patterns=""
while [ $# -gt 0 ]; do
  case $1 in
    --quick) quick=--quick ;;
    --tests) patterns=$2 && shift ;;
    --driver) driver=$2 && shift ;; # the test driver, in a dry run
    A) steps="$steps $right" ;;
    B) steps="$steps $peers" ;;
    -*) echo "facet-gpu-check: unknown option $1" >&2 && exit 2 ;;
    *) steps="$steps $1" ;;
  esac
  shift
done
steps=${steps:-$right $peers}
path=""
for folder in classes/* test-classes/*; do path=$path:$folder; done
path=$path:lib/*
# What the driver compiles is kept here, so that only the first process waits for it.
export CUDA_CACHE_PATH="$PWD/cache" CUDA_CACHE_MAXSIZE=1073741824

# A program of Facet in a process of its own, at most so many seconds.
facet() { # seconds, options and class
  limit=$1
  shift
  timeout -k 5 "$limit" ./jre/bin/java @jvm.options ${driver:+-Dfacet.cuda.driver=$driver} \
    -cp "${path#:}" "$@"
}

# What was found so far: on the screen's last lines, in report.md, and in $OUT where there is one.
keep() {
  cat bf16.tsv tf32.tsv fp32.tsv >ours.tsv 2>/dev/null
  cat peer-*.tsv vendor.tsv >others.tsv 2>/dev/null
  facet 20 facet.bench.cuda.GpuTable ours.tsv others.tsv >table.md 2>/dev/null
  {
    sed 's/^/    /' machine.txt
    echo
    echo "| step | result | seconds |"
    echo "|---|---|---|"
    cat summary.md
    echo
    cat table.md
  } >report.md
  if [ -n "${OUT:-}" ]; then cp report.md "$OUT"; fi
}

# What all programs printed so far, in $OUT; never half of it.
logs() {
  tar -czf "$OUT/logs.new" ./*.log ./*.tsv 2>/dev/null
  mv "$OUT/logs.new" "$OUT/logs.tar.gz"
}

step() { # name, seconds, command ...
  name=$1 seconds=$2
  shift 2
  case " $steps " in *" $name "*) ;; *) return ;; esac
  start=$(date +%s)
  "$@" "$seconds" >"$name.log" 2>&1
  code=$?
  took=$(($(date +%s) - start))
  if [ $code = 137 ] && [ $took -ge "$seconds" ]; then code=124; fi # killed since it did not heed the limit
  case $code in
    0) result=ok ;;
    3) result="not run" ;;
    124) result="FAILED: longer than $seconds s" && failed=1 ;;
    1[3-6][0-9]) result="FAILED: signal $((code - 128))" && failed=1 ;;
    *) result=FAILED && failed=1 ;;
  esac
  # A step that runs again, in the same folder, replaces its line.
  sed "/^| $name |/d" summary.md >summary.new
  echo "| $name | $result | $took |" >>summary.new
  mv summary.new summary.md
  echo "=== $name: $result, $took s"
  [ $code = 0 ] || tail -n 12 "$name.log"
  keep
}

symbols() { facet "$1" facet.kernels.cuda.DriverSymbols driver-symbols.txt; }

# With --quick one of its methods: the build runs the others on the test driver.
sizes() {
  facet "$1" -Dcuda.required=true facet.kernels.cuda.CudaTests ".*RealSizesTest#${quick:+marginSoftmax}.*"
}

# Each class in a process of its own: an error on the device ends everything in its process.
tests() {
  code=0
  for class in ${patterns:-Ladder CudaPrecision CudaFollowsPyTorch CudaTraining CudaContract}; do
    echo "--- $class"
    facet "$1" -Dcuda.required=true facet.kernels.cuda.CudaTests ".*${class}Test#.*" || code=$?
  done
  return $code
}

# Which questions to ask at a precision: all at the first, then those that it matters to.
questions() { if [ "$1" = bf16 ]; then echo '.*'; else echo '(step|conv|gemm).*'; fi; }

benchmark() { # precision, seconds
  precision=$1 limit=$2
  facet "$limit" facet.bench.cuda.GpuBenchmark $quick --precision "$precision" \
    --only "$(questions "$precision")" >"$precision.tsv"
}

profile() {
  FACET_CUDA_PROFILE=1 facet "$1" facet.bench.cuda.GpuBenchmark $quick --only 'step.*'
}

vendor() {
  if [ -z "${FACET_CUDA_LIBRARIES:-}" ]; then # pip's
    libraries=$(python3 -c 'import glob, site, sys
print(":".join(glob.glob(sys.prefix + "/lib/python3*/site-packages/nvidia/*/lib")))' 2>/dev/null)
    [ -n "$libraries" ] || return 3
    export FACET_CUDA_LIBRARIES="$libraries"
  fi
  echo "libraries in $FACET_CUDA_LIBRARIES"
  facet "$1" facet.bench.cuda.GpuBenchmark $quick --kernels vendor --only '(step|conv|gemm).*' >vendor.tsv
}

torch() { command -v python3 >/dev/null && python3 -c 'import torch' 2>/dev/null; }

peer() { # precision, seconds
  torch || return 3
  facet 20 facet.bench.cuda.GpuBenchmark $quick --list --precision "$1" --only "$(questions "$1")" \
    >"questions-$1.txt"
  timeout -k 5 "$2" python3 gpu_peer.py "questions-$1.txt" ${driver:+--cpu} >"peer-$1.tsv"
}

# Counters of a step's products and norms, each kernel once with every grid, not the first time. ncu counts
# launches by their grid, block and shared memory, not by kernel: kernels that share them take turns.
ncu_() {
  command -v ncu >/dev/null || return 3
  for kernels in 'conv_forward|conv_backward_weight|gemm|norm_statistics' 'conv_backward_data|norm_apply' \
    norm_backward_sums norm_backward_input; do
    echo "--- $kernels"
    timeout -k 5 "$1" ncu --set basic --clock-control none --kernel-name "regex:^($kernels)" \
      --filter-mode per-launch-config --launch-skip 1 --launch-count 1 \
      ./jre/bin/java @jvm.options -cp "${path#:}" facet.bench.cuda.GpuBenchmark $quick --only 'step.*' || return
  done
}

# Memory errors, warps that do not meet at a barrier or a wgmma, races in shared memory; what wgmma reads
# there racecheck does not see. Tiny sizes need one tile of the products and hardly fill its pipeline: two
# layers need the other tiles, and go round it.
sanitizer() {
  command -v compute-sanitizer >/dev/null || return 3
  layers='conv.* h=(14 c=256 o=256|56 c=64 o=64) k=3 stride=1 .*'
  for run in "memcheck bf16 --quick" "synccheck bf16" "memcheck bf16" "racecheck bf16 --quick" \
    "memcheck tf32 --quick" "racecheck tf32 --quick"; do
    # shellcheck disable=SC2086
    sanitize "$1" $run || return
  done
}

sanitize() { # seconds, tool, precision, --quick or nothing for the layers
  case "$quick ${4:-}" in
    *--quick*) questions='.*' size=--quick ;;
    *) questions=$layers size="" ;;
  esac
  echo "--- $2 $3 ${size:-$questions}"
  timeout -k 5 "$1" compute-sanitizer --tool "$2" --error-exitcode 9 \
    ./jre/bin/java @jvm.options -cp "${path#:}" facet.bench.cuda.GpuBenchmark $size --precision "$3" \
    --only "$questions"
}

touch summary.md
if [ -n "${OUT:-}" ]; then # every 5 seconds, so that a step that is cut short leaves what it has
  while sleep 5; do
    logs
    kill -0 $$ || exit
  done >/dev/null 2>&1 &
  keeper=$!
  trap 'kill $keeper; logs' EXIT
fi
{
  uname -srm
  timeout 20 nvidia-smi --query-gpu=name,driver_version,memory.total,clocks.sm --format=csv,noheader 2>/dev/null ||
    echo "no nvidia-smi"
  date -u +%Y-%m-%d
} | tee machine.txt
# PyTorch's compiler takes a minute: beside the tests of correctness, which are not timed.
compiling=""
case " $steps " in
  *" peer-bf16 "*)
    if torch; then
      facet 20 facet.bench.cuda.GpuBenchmark $quick --list >questions-bf16.txt
      timeout -k 5 200 python3 gpu_peer.py questions-bf16.txt --compile ${driver:+--cpu} >compile.log 2>&1 &
      compiling=$!
    fi
    ;;
esac
step symbols 20 symbols
step sizes 120 sizes
if [ -n "$compiling" ]; then wait "$compiling"; fi
step bf16 60 benchmark bf16
step profile 40 profile
step peer-bf16 120 peer bf16
step tests 60 tests
step tf32 60 benchmark tf32
step fp32 60 benchmark fp32
step vendor 60 vendor
step peer-tf32 60 peer tf32
step peer-fp32 60 peer fp32
step sanitizer 30 sanitizer
step ncu 40 ncu_
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
if [ $size -ge 50 ]; then # what travels beside it is a dozen more, of 64
  echo "gpu-check.sh: the file must stay under 50 MiB" >&2
  exit 1
fi
$dry || exit 0

# The dry run: an empty folder, hardly a PATH, no JDK, no GPU.
driver=$("$jdk/bin/java" @train/jvm.options \
  -cp "kernels/target/classes:kernels/target/test-classes:target/gpu-check/*" \
  facet.kernels.cuda.TestDriverFile)
mkdir -p "$work/there/bin" "$work/there/empty"
for program in sh tar gzip cat tail mkdir rm mv date uname sed sleep tee timeout touch cp; do
  ln -s "$(command -v $program)" "$work/there/bin/$program"
done
# PyTorch answers the same questions on the CPU, where there is one.
python=$(command -v "${GPU_CHECK_PYTHON:-python3}" || true)
if [ -n "$python" ] && "$python" -c 'import torch' 2>/dev/null; then
  printf '#!/bin/sh\nexec %s "$@"\n' "$python" >"$work/there/bin/python3"
  chmod +x "$work/there/bin/python3"
fi
cd "$work/there/empty"
mkdir "$work/out"
env -i PATH="$work/there/bin" OUT="$work/out" sh "$file" --quick --driver "$driver" \
  --tests "${GPU_CHECK_TESTS:-Ladder}"
test -s "$work/out/report.md"
tar -tzf "$work/out/logs.tar.gz" ./symbols.log ./bf16.tsv >/dev/null
