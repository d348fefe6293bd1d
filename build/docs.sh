# shellcheck shell=bash
# The documentation, in output/. It needs no network and no server: MathJax lies beside the pages, links are relative.

build_docs() {
  build_if_stale
  set_up
  show_results
  build_pages
  printf 'Documentation: %s\n' "$root/output/index.html"
}

# The libraries alone: fsdocs asks every project that it is given whether it is restored.
libraries() {
  local project
  for project in "$root"/src/*/*.fsproj; do
    [[ $project == *.Cli.fsproj ]] || printf '%s\n' "$project"
  done
}

# fsdocs would run the notebooks as F# scripts: it gets the pages without them.
stage_pages() {
  rm -rf "$state/pages"
  mkdir -p "$state/pages"
  cp -r "$root/docs/." "$state/pages"
  rm -r "$state/pages/notebooks"
}

build_pages() {
  local -a projects
  mapfile -t projects < <(libraries)
  has_mathjax || note "MathJax is not installed: the pages show formulas as TeX."
  stage_pages
  (cd "$root" && dotnet fsdocs build --clean --eval --strict --ignoreuncategorized --input "$state/pages" --projects "${projects[@]}" \
    --properties Configuration=Release --parameters root @root@/) >"$state/docs.log" 2>&1 || {
    cat "$state/docs.log" >&2
    return 1
  }
  has_mathjax && cp "$root/node_modules/mathjax/es5/tex-svg-full.js" "$root/output/content/mathjax.js"
  cp -r "$root/docs/notebooks" "$root/output/"
  search_index
  without_case_tests
  relative_links "" "$root"/output/*.html
  relative_links ../ "$root"/output/reference/*.html
}

# The compiler gives every union a property IsCase for each case, without a word to it: they are no entries of a reference.
without_case_tests() {
  perl -0777 -pi -e 's{\s*<tr>(?:(?!</tr>).)*?<a id="Is[A-Z]\w*">(?:(?!</tr>).)*?</tr>}{$& =~ /<p class="fsdocs-summary">\s*\S/ ? $& : ""}gse' \
    "$root"/output/reference/*.html
}

# Every entry of the API reference says what it is.
reference_is_complete() {
  perl -0777 -ne '
    while (m{<tr>((?:(?!</tr>).)*?<td class="fsdocs-(?:member|entity)-xmldoc">(?:(?!</tr>).)*?)</tr>}gs) {
      my $row = $1;
      next if $row =~ /<p class="fsdocs-summary">\s*\S/;
      my ($name) = $row =~ /<a id="([^"]*)"/;
      $name = $1 if !defined $name && $row =~ m{<a href="([^"]*)">};
      print "$ARGV: $name\n"; $bad = 1 }
    END { exit($bad ? 1 : 0) }' "$root"/output/reference/*.html
}

# What fsdocs knows of every page, as a script that a page can load from a disk.
search_index() {
  { printf 'window.searchIndex = ' && sed 's|@root@/||g' "$root/output/index.json"; } >"$root/output/content/search-index.js"
}

relative_links() {
  local prefix=$1
  shift
  sed -i "s|@root@/|$prefix|g" "$@"
}
