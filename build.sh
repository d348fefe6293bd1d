#!/usr/bin/env bash
# Builds, tests, documents and runs FiniteWidth, and first sets up whatever that needs.
set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd -P)
readonly root
readonly state=$root/obj
readonly cli=$root/src/FiniteWidth.Cli/bin/Release/net10.0/FiniteWidth.Cli.dll

export DOTNET_NOLOGO=1 DOTNET_CLI_TELEMETRY_OPTOUT=1

# shellcheck source=build/setup.sh
source "$root/build/setup.sh"
# shellcheck source=build/compile.sh
source "$root/build/compile.sh"
# shellcheck source=build/results.sh
source "$root/build/results.sh"
# shellcheck source=build/docs.sh
source "$root/build/docs.sh"
# shellcheck source=build/pack.sh
source "$root/build/pack.sh"
# shellcheck source=build/notebooks.sh
source "$root/build/notebooks.sh"
# shellcheck source=build/figures.sh
source "$root/build/figures.sh"
# shellcheck source=build/checks.sh
source "$root/build/checks.sh"

usage() {
  cat <<'TEXT'
Usage: ./build.sh COMMAND

  demo          the test error on MNIST as a function of the width, by theory at once, then as far as five minutes certify:
                table, figure, data in demo/; demo -- FLAGS takes those of learning-curve; a second run goes on
  run -- ARGS   run the command-line program with ARGS, after a build where one is due
  test          build everything, check it, run every test;
                test -- --filter TEXT runs the tests whose name contains TEXT
  bench         time the package against a plain numpy implementation; bench --memory: the peak memory of every path,
                bench --threads: times by the number of threads
  format        format the sources
  docs          build the documentation into output/
  figures       draw the figures of a talk on the theory in figures/, with sampled networks: half an hour on two cores; figures --small: a few minutes
  pack          make the NuGet packages in packages/
  notebooks     execute docs/notebooks with Jupyter, into notebooks/
TEXT
}

run() {
  [[ ${1-} == -- ]] && shift
  build_if_stale
  exec dotnet "$cli" "$@"
}

run_tests() {
  [[ ${1-} == -- ]] && shift
  if (($# == 0)); then run_checks; else run_filtered "$@"; fi
}

demo() {
  [[ ${1-} != -- ]] || shift
  build_if_stale
  rm -f "$root/demo/figure.html"
  dotnet "$cli" learning-curve --out "$root/demo" "$@"
  [[ -f $root/demo/figure.html ]] || die "The demo wrote no figure to $root/demo."
}

bench() {
  set_up
  compile tests/FiniteWidth.Benchmarks
  exec dotnet "$root/tests/FiniteWidth.Benchmarks/bin/Release/net10.0/FiniteWidth.Benchmarks.dll" "$@"
}

format() {
  set_up
  cd "$root"
  dotnet fantomas src tests scripts
  dotnet format FiniteWidth.sln 2> >(grep -v 'supports only C#' >&2)
}

command=${1-}
shift || true
case $command in
  demo | run | bench | format | figures) "$command" "$@" ;;
  test) run_tests "$@" ;;
  docs) build_docs ;;
  pack) pack ;;
  notebooks) notebooks ;;
  '' | help | -h | --help) usage ;;
  *)
    printf '"%s" is not a command of build.sh.\n\n' "$command" >&2
    usage >&2
    exit 2
    ;;
esac
