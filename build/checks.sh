# shellcheck shell=bash
# ./build.sh test: every check and every test, and one closing line that counts them.

passed=0 failed=0 skipped=0

run_checks() {
  export LC_ALL=C DOTNET_CLI_UI_LANGUAGE=en
  cd "$root"
  set_up
  [[ -z ${CI-} ]] || { set_up_chromium && set_up_slurm && set_up_mpi; }
  rm -rf "$state/checks"
  mkdir -p "$state/checks"
  touch "$state/building"
  compile FiniteWidth.sln || die "The build failed, so nothing was tested."
  mv "$state/building" "$state/built"
  check "F# format" dotnet fantomas check src tests scripts
  check "C# format" csharp_format
  check "solution lists every project" solution_is_complete
  check "committed files name no package registry" no_registry_addresses
  check "every list of tests is run" lists_are_run
  check_lock
  run_suites
  check "certified answers hold" dotnet tests/FiniteWidth.Calibration/bin/Release/net10.0/FiniteWidth.Calibration.dll --small 1 30
  check "torture: 500 problems" dotnet tests/FiniteWidth.Torture/bin/Release/net10.0/FiniteWidth.Torture.dll --problems 500 --seed 1
  check "demo" demo --train 100 --test 100 --seconds 10
  run_scripts
  run_documents
  check "results that the documentation shows" results_are_current
  check "documentation" build_pages
  check "every entry of the API reference says what it is" reference_is_complete
  check_packages
  check_notebooks
  summary
}

# Runs a command with its output kept: shown when it fails.
check() {
  local name=$1 log
  shift
  log=$(log_of "$name")
  if "$@" >"$log" 2>&1; then pass "$name"; else fail "$name" "$log"; fi
}

log_of() {
  printf '%s/%s.log' "$state/checks" "${1//[^A-Za-z0-9.]/-}"
}

pass() {
  passed=$((passed + 1))
  printf 'ok      %s\n' "$1"
}

fail() {
  failed=$((failed + 1))
  printf 'FAILED  %s\n' "$1"
  sed -E '/^(Ok, passed .*)?$/d; s/^/        /' "$2"
}

skip() {
  skipped=$((skipped + 1))
  printf 'skipped %s: %s\n' "$1" "$2"
}

summary() {
  local line="$passed passed, $failed failed"
  ((skipped == 0)) || line+=", $skipped skipped"
  printf '\n%s\n' "$line"
  ((failed == 0))
}

csharp_format() {
  dotnet format FiniteWidth.sln --verify-no-changes --no-restore 2>&1 | { grep -v 'supports only C#' || true; }
}

solution_is_complete() {
  diff <(find src tests -name '*.?sproj' | sort) <(dotnet sln FiniteWidth.sln list | grep 'sproj$' | tr '\\' / | sort)
}

# A file's list of tests counts only where the program of its project names it.
lists_are_run() {
  local file project name code=0
  while read -r file; do
    project=$(cut -d / -f 1-2 <<<"$file")
    name=$(basename "$file" .fs)
    grep -qw "$name\.tests" "$project/Program.fs" || { echo "$file: its tests are not in $project/Program.fs." && code=1; }
  done < <(find tests -name '*.fs' -not -path '*/obj/*' -exec grep -l '^let tests =' {} +)
  return "$code"
}

no_registry_addresses() {
  ! grep -En '://' paket.dependencies paket.lock package.json package-lock.json .npmrc
}

# A lock that is complete and stable is the one that a fresh resolution of paket.dependencies gives.
check_lock() {
  local name="paket.lock is what paket.dependencies resolves to" folder=$state/checks/paket log
  log=$(log_of "$name")
  mkdir -p "$folder"
  cp -r .config paket.dependencies "$folder"
  if ! (cd "$folder" && dotnet paket install) >"$log" 2>&1; then
    skip "$name" "the package source does not answer"
  elif sed 's/^\( *remote: \).*/\1%NUGET_FEED%/' "$folder/paket.lock" | diff - paket.lock >"$log"; then
    pass "$name"
  else
    fail "$name" "$log"
  fi
}

# ./build.sh test -- --filter TEXT: the tests whose full name contains the text, and nothing else.
run_filtered() {
  [[ $# == 2 && $1 == --filter && -n $2 ]] || die 'Tests are chosen by name: ./build.sh test -- --filter TEXT'
  export LC_ALL=C DOTNET_CLI_UI_LANGUAGE=en
  cd "$root"
  set_up
  mkdir -p "$state/checks"
  compile FiniteWidth.sln || die "The build failed, so nothing was tested."
  run_suites "$2"
  ((passed + failed + skipped > 0)) || die "No test's name contains \"$2\"."
  summary
}

# Two test projects at a time, the cores divided between them; all tests, or those whose name contains the argument.
run_suites() {
  local cores project at_once
  cores=$(nproc 2>/dev/null || echo 2)
  at_once=$((cores < 2 ? 1 : 2))
  export OPENBLAS_NUM_THREADS=$((cores / at_once)) MKL_NUM_THREADS=$((cores / at_once))
  for project in tests/*.Tests; do
    while (($(jobs -rp | wc -l) >= at_once)); do wait -n || true; done
    run_suite "$(basename "$project")" "$@" &
  done
  wait
  unset OPENBLAS_NUM_THREADS MKL_NUM_THREADS
  for project in tests/*.Tests; do count_suite "$(basename "$project")" "$@"; done
}

run_suite() {
  local name=$1 arguments=() code=0
  if is_nunit "$name"; then
    arguments=(--progress off --ansi off)
    # NUnit's filters are expressions; its tests' names are identifiers, and contain no text that is anything else.
    if [[ ${2-} == *[^A-Za-z0-9_.]* ]]; then
      arguments+=(--filter FullyQualifiedName=none)
    elif [[ -n ${2-} ]]; then
      arguments+=(--filter "FullyQualifiedName~$2")
    fi
  elif [[ -n ${2-} ]]; then
    arguments=(--filter "$2")
  fi
  timeout -k 10 900 dotnet "tests/$name/bin/Release/net10.0/$name.dll" "${arguments[@]}" >"$(log_of "$name")" 2>&1 </dev/null ||
    code=$?
  echo "$code" >"$state/checks/$name.code"
}

# The tests in C# are NUnit's, those in F# Expecto's.
is_nunit() {
  grep -qw NUnit "tests/$1/paket.references"
}

# Either ends with exit code 8 where a filter leaves nothing to run.
readonly nothing_to_run=8

count_suite() {
  local name=$1 log code good bad left
  log=$(log_of "$name")
  code=$(<"$state/checks/$name.code")
  read -r good bad left < <(totals "$log")
  passed=$((passed + good))
  skipped=$((skipped + left))
  if ((code == 0 && good > 0)); then
    printf 'ok      %s: %d tests%s\n' "$name" "$good" "$( ((left == 0)) || echo ", $left skipped")"
    return
  fi
  if [[ -n ${2-} ]] && ((code == nothing_to_run || code == 0)); then return; fi
  fail "$name: exit code $code, $good passed, $bad failed" "$log"
  # fail has counted one already; a runner that stops without a failed test still counts.
  failed=$((failed + (bad > 1 ? bad - 1 : 0)))
}

# How many passed, failed and were skipped: from the closing line of Expecto's programs or the table of NUnit's.
totals() {
  awk '
    { gsub(/\033\[[0-9;]*m/, "") }
    /^[0-9]+ passed, [0-9]+ failed, [0-9]+ skipped\r?$/ { good += $1; bad += $3; left += $5 }
    $1 == "succeeded:" { good += $2 }
    $1 == "failed:" { bad += $2 }
    $1 == "skipped:" { left += $2 }
    END { print good + 0, bad + 0, left + 0 }' "$1"
}

run_scripts() {
  local script
  for script in "$root"/scripts/*.fsx; do
    check "scripts/$(basename "$script")" small "$(basename "$script")" dotnet fsi --warnaserror+ "$script"
  done
  if [[ -f $root/scripts/output/mixture.svg ]]; then
    check "a script draws the same bytes twice" same_picture mixture
  else
    skip "a script draws the same bytes twice" "no Chromium is installed"
  fi
}

# The SVG of a second run against that of the first.
same_picture() {
  FINITEWIDTH_OUT=$state/checks/again small "again-$1" dotnet fsi "$root/scripts/$1.fsx"
  cmp "$root/scripts/output/$1.svg" "$state/checks/again/$1.svg"
}

# Code in the Markdown pages runs as a reader would run it: all blocks of one language and page as one program.
run_documents() {
  local page name
  for page in README.md docs/*.md; do
    [[ -f $page ]] || continue
    name=page-$(basename "$page" .md)
    if grep -q '^```fsharp' "$page"; then
      { echo "#load \"$root/scripts/load.fsx\"" && code_of fsharp "$page"; } >"$state/checks/$name.fsx"
      check "F# of $page" small "$name" dotnet fsi "$state/checks/$name.fsx"
    fi
    if grep -q '^```csharp' "$page"; then
      { csharp_header && code_of csharp "$page"; } >"$state/checks/$name.cs"
      check "C# of $page" small "$name" dotnet run -c Release "$state/checks/$name.cs"
    fi
  done
}

code_of() {
  awk -v open="^\`\`\`$1" '/^```/ { inside = $0 ~ open && !inside; next } inside' "$2"
}

csharp_header() {
  echo '#:property PublishAot=false'
  printf '#:project %s\n' "$root"/src/FiniteWidth{,.Data,.Experiment,.Figures}/*.fsproj
}

# Runs a command at small size in a folder of its own.
small() {
  local folder=$state/checks/$1
  shift
  mkdir -p "$folder"
  (cd "$folder" && FINITEWIDTH_SMALL=1 timeout -k 10 600 "$@" </dev/null)
}

