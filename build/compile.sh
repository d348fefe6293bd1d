# shellcheck shell=bash
# Release builds. What they say goes to stderr: stdout belongs to the program that is run afterwards.

compile() {
  (cd "$root" && dotnet build "$1" -c Release -v quiet) >"$state/build.log" 2>&1 || {
    cat "$state/build.log" >&2
    return 1
  }
}

# The stamp is as old as the start of the last good build, so a source saved during a build makes the next one due.
build_if_stale() {
  is_stale || return 0
  note "Building FiniteWidth."
  set_up
  touch "$state/building"
  compile src/FiniteWidth.Cli
  mv "$state/building" "$state/built"
}

is_stale() {
  [[ -f $cli && -f $state/built ]] || return 0
  [[ -n $(newer_sources | head -n 1) ]]
}

newer_sources() {
  cd "$root"
  find src Directory.Build.props global.json paket.dependencies paket.lock package-lock.json \
    -type d \( -name bin -o -name obj \) -prune -o -type f -newer "$state/built" -print
}
