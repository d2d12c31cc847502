#!/usr/bin/env bash
# Checks Winning Sign on a machine with a GPU. The machine needs no Node, no network and no Vulkan loader. docs/gpu.md describes its use.
#
#   bash check.sh FOLDER     writes its results into FOLDER, at most eight files
#
# Environment variables:
#   CHECK_SCALE    full, or small for a software implementation of Vulkan (default: depends on the device that is found)
#   CHECK_SECONDS  time limit for all parts together (default 470, or 2400 at small scale); each part gets a share of it
#   CHECK_PYTHON   a Python with PyTorch (default python3)
#   CHECK_PEER     where PyTorch computes: cuda, or cpu to try the comparison without a card (default cuda)
set -uo pipefail

self=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)/$(basename "${BASH_SOURCE[0]}")
PATH="$PATH:/usr/sbin:/sbin" # for ldconfig

# Seconds of each part if the limit is 470. The bench is last and also gets the time that the other parts do not use.
SHARES='1 backends 30
2 oracles 150
4 runs 80
5 profile 60
3 bench 140'

NVIDIA_DRIVER=/usr/local/nvidia/share/vulkan/icd.d/nvidia_icd.json
NVIDIA_EGL=/usr/local/nvidia/share/glvnd/egl_vendor.d/10_nvidia.json

main() {
  local out=${1:?usage: bash check.sh FOLDER}
  mkdir -p "$out" && out=$(cd "$out" && pwd) || exit 2
  CHECK_WORK=$(mktemp -d) || exit 2
  trap 'rm -rf "$CHECK_WORK"' EXIT
  export CHECK_WORK CHECK_PYTHON=${CHECK_PYTHON:-python3} CHECK_PEER=${CHECK_PEER:-cuda}
  export WINNING_SIGN_HOME=$CHECK_WORK/home PATH=$CHECK_WORK/bin:$PATH

  if ! unpack; then
    echo 'The package cannot be unpacked: it needs tar, and xz or Python.' | tee "$out/summary.txt"
    exit 1
  fi
  cd "$CHECK_WORK/files" || exit 1
  if ! node --version >"$CHECK_WORK/node" 2>&1; then
    echo "Node does not run here: $(cat "$CHECK_WORK/node")" | tee "$out/summary.txt"
    exit 1
  fi
  find_loader
  find_driver
  [ "$(webgpu software)" = true ] && CHECK_SCALE=${CHECK_SCALE:-small}
  export CHECK_SCALE=${CHECK_SCALE:-full}
  [ "$CHECK_SCALE" = small ] && CHECK_SECONDS=${CHECK_SECONDS:-2400}
  CHECK_SECONDS=${CHECK_SECONDS:-470}
  describe_machine >"$out/machine.txt" 2>&1

  local number name share
  while read -r number name share; do run_part "$out" "$number" "$name" "$share"; done <<<"$SHARES"
  cat "$out/summary.txt"
  ! grep -qv $'\tpassed\t' "$CHECK_WORK/parts.tsv"
}

unpack() {
  local here
  here=$(dirname "$self")
  mkdir -p "$CHECK_WORK/bin" "$CHECK_WORK/files" &&
    decompress "$here/node.xz" >"$CHECK_WORK/bin/node" && chmod +x "$CHECK_WORK/bin/node" &&
    decompress "$here/files.tar.xz" | tar -xf - -C "$CHECK_WORK/files"
}

decompress() {
  if command -v xz >/dev/null; then
    xz -dc "$1"
  else
    "$CHECK_PYTHON" -c 'import lzma, shutil, sys; shutil.copyfileobj(lzma.open(sys.argv[1]), sys.stdout.buffer)' "$1"
  fi
}

# Uses the Vulkan loader of the package if the machine has none.
find_loader() {
  CHECK_LOADER='of this machine'
  if ! ldconfig -p 2>/dev/null | grep -q 'libvulkan\.so\.1'; then
    CHECK_LOADER='of the package'
    local nvidia=/usr/local/nvidia/lib64
    LD_LIBRARY_PATH=$CHECK_WORK/files/lib${LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH}
    [ -d $nvidia ] && LD_LIBRARY_PATH=$LD_LIBRARY_PATH:$nvidia
    export LD_LIBRARY_PATH
  fi
}

# Uses the driver that the loader finds, else NVIDIA's driver at its place in containers.
find_driver() {
  list_backends
  if [ "$(webgpu usable)" = true ] && [ "$(webgpu software)" != true ]; then return; fi
  if [ -e $NVIDIA_DRIVER ]; then
    export VK_DRIVER_FILES=$NVIDIA_DRIVER
    [ -e $NVIDIA_EGL ] && export __EGL_VENDOR_LIBRARY_FILENAMES=$NVIDIA_EGL
    list_backends
  fi
}

list_backends() {
  timeout --kill-after=5 60 node dist/engine/cli.js backends --json >"$CHECK_WORK/backends.json" 2>"$CHECK_WORK/backends.log"
}

# Prints a field of the engine's report on WebGPU. Empty if the report does not have the field.
webgpu() {
  node -e '
    try {
      const { backends } = JSON.parse(require("fs").readFileSync(process.argv[1], "utf8"));
      console.log(backends.find(({ name }) => name === "webgpu")[process.argv[2]] ?? "");
    } catch {}
  ' "$CHECK_WORK/backends.json" "$1"
}

describe_machine() {
  date -u +'%Y-%m-%d %H:%M UTC'
  uname -srm
  grep -m1 PRETTY_NAME /etc/os-release
  ldd --version | head -n 1
  grep -m1 'model name' /proc/cpuinfo
  echo "processors: $(nproc)"
  echo "Node $(node --version), Vulkan loader $CHECK_LOADER, VK_DRIVER_FILES=${VK_DRIVER_FILES:-}"
  ls -d /etc/vulkan/icd.d/* /usr/share/vulkan/icd.d/* /usr/local/share/vulkan/icd.d/* $NVIDIA_DRIVER 2>/dev/null
  timeout 60 "$CHECK_PYTHON" -c 'import sys, torch; print("Python", sys.version.split()[0], "PyTorch", torch.__version__, "CUDA", torch.version.cuda)' 2>&1 | tail -n 1
  nvidia-smi
  cat "$CHECK_WORK/backends.log"
}

# Runs a part with its time limit, records its outcome, and writes the summary again.
run_part() {
  local out=$1 number=$2 name=$3 share=$4
  local file=$number-$name.txt limit outcome began left code
  limit=$((share * CHECK_SECONDS / 470))
  [ $limit -ge 1 ] || limit=1
  left=$((CHECK_SECONDS - SECONDS))
  if [ "$name" = bench ] || [ $limit -gt $left ]; then limit=$left; fi
  began=$SECONDS
  if [ "$name" != backends ] && [ "$(webgpu usable)" != true ]; then
    outcome='not run: WebGPU is not usable'
    : >"$out/$file"
  elif [ $limit -lt 1 ]; then
    outcome='not run: no time left'
    : >"$out/$file"
  else
    echo "Part $number, $name: at most $limit s"
    timeout --kill-after=5 $limit bash "$self" --part "$name" >"$out/$file" 2>&1
    code=$?
    case $code in
      0) outcome=passed ;;
      124 | 137) outcome='timed out' ;;
      *) outcome="failed with code $code" ;;
    esac
  fi
  printf '%s\t%s\t%s\t%s\t%s\t%s\n' "$number" "$name" "$outcome" $((SECONDS - began)) $limit "$file" >>"$CHECK_WORK/parts.tsv"
  node test/device/summarize.mjs "$out" "$CHECK_WORK" "$CHECK_SCALE" $SECONDS
}

winning_sign() {
  echo "> winning-sign $*" >&2
  node "$CHECK_WORK/files/dist/engine/cli.js" "$@"
}

# Lists the backends, and checks that WebGPU is usable.
part_backends() {
  winning_sign backends --json
  winning_sign doctor --json
  [ "$(webgpu usable)" = true ]
}

# Compares gradients, steps and operations with the official code. Software Vulkan skips the steps, because they take too long.
part_oracles() {
  local tests=webgpu
  [ "$CHECK_SCALE" = small ] && tests='gradients and statistics on webgpu|operations on webgpu|webgpu on a device'
  node node_modules/mocha/bin/mocha.js --no-config --no-package --exit --forbid-pending --fail-zero --timeout 60000 --grep "$tests" \
    out/test/device/tests.js
}

# Compares steps per second and memory with PyTorch on the same card.
part_bench() {
  local sizes='--runs 5'
  if [ "$CHECK_SCALE" = small ]; then
    export WINNING_SIGN_SOFTWARE_GPU=all # it measures software Vulkan, too
    sizes=--tiny
  fi
  # shellcheck disable=SC2086
  node out/test/bench/main.js --json --only '^(gpu|gpu-aws|memory/gpu)/' --python "$CHECK_PYTHON" --peer-device "$CHECK_PEER" $sizes
}

# A search that is killed twice must have the same bytes as one that is not. Then runs a transfer and an interpolation.
part_runs() {
  local runs=$CHECK_WORK/runs failures=0 checkpoint
  mkdir -p "$runs" && cd "$runs" || return 1
  run_file >search.sign.json
  winning_sign run search.sign.json --dir whole --json || return 1
  grep -q '"webgpu"' whole/events.jsonl || { echo 'FAILED: the search did not compute on webgpu'; return 1; }

  killed_after 1 run search.sign.json --dir killed || failures=1
  killed_after 2 resume killed || failures=1
  winning_sign resume killed --json || failures=1
  for checkpoint in whole/checkpoints/*.safetensors; do
    if cmp "$checkpoint" "killed/checkpoints/$(basename "$checkpoint")"; then
      echo "equal to the byte: $(basename "$checkpoint")"
    else
      failures=1
    fi
  done

  winning_sign transfer whole/checkpoints/round-02.safetensors --seed 2 --dir transfer --json || failures=1
  winning_sign interpolate whole/checkpoints/round-02.safetensors transfer/checkpoints/final.safetensors --points 3 --dir line --json || failures=1
  return $failures
}

run_file() {
  local model='"resnet20"' images=2048 batch=128 rounds=3
  if [ "$CHECK_SCALE" = small ]; then
    model='{ "model": "convnet", "options": { "widths": [2, 4] } }' images=32 batch=16 rounds=2
  fi
  cat <<END
{
  "method": "aws", "model": $model, "backend": "webgpu", "seed": 1,
  "dataset": { "format": "idx", "path": "$CHECK_WORK/files/dist/engine/sample", "limit": { "train": $images, "test": $((images / 4)) } },
  "rounds": $rounds, "warmupEpochs": 1, "epochsPerRound": 1, "finalEpochs": 1, "batchSize": $batch, "augmentation": { "crop": 2, "flip": true }
}
END
}

# Starts a verb and kills it with SIGKILL once the log of the run `killed` has this many rounds and a later step was saved.
killed_after() {
  local rounds=$1 pid
  shift
  echo "> winning-sign $*, killed after $rounds rounds" >&2
  WINNING_SIGN_SAVE_SECONDS=0.2 node "$CHECK_WORK/files/dist/engine/cli.js" "$@" &
  pid=$!
  until [ "$(grep -c '"type":"round"' killed/events.jsonl 2>/dev/null)" -ge "$rounds" ] 2>/dev/null; do
    kill -0 $pid 2>/dev/null || break
    sleep 0.05
  done
  sleep 0.5
  kill -KILL $pid 2>/dev/null
  wait $pid
  local code=$?
  [ $code -eq 137 ] || { echo "FAILED: it ended with code $code before it was killed"; return 1; }
}

# Measures where the time of a step goes: kernels by the clock of the GPU, dispatching them, reading the loss.
part_profile() {
  local failures=0
  if [ "$CHECK_SCALE" = small ]; then
    profile '{"model":"convnet","options":{"widths":[4,8]}}' lrr --batch 2 --steps 2 || failures=1
    profile '{"model":"mixer","options":{"dim":16}}' aws --batch 2 --steps 2 || failures=1
    return $failures
  fi
  local resnet50='{"model":"resnet","options":{"stem":"cifar-wide","block":"bottleneck","blocks":[3,4,6,3],"widths":[64,128,256,512]}}'
  profile resnet20 lrr --steps 10 || failures=1
  profile resnet20 aws --steps 10 || failures=1
  profile "$resnet50" lrr --steps 10 || failures=1
  profile mixer lrr --steps 10 || failures=1
  profile convnet lrr --steps 10 || failures=1
  return $failures
}

profile() {
  local network=$1 method=$2
  shift 2
  winning_sign bench --profile --backend webgpu --network "$network" --method "$method" "$@" --json
}

if [ "${1:-}" = --part ]; then
  "part_$2"
else
  main "$@"
fi
