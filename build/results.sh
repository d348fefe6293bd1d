# shellcheck shell=bash
# Results that the documentation shows are what the program prints: the JSON block before a line "<!-- result -->" is the job, and what is
# between that line and "<!-- /result -->" is its result. A shell block before a line "<!-- output -->" is run, those of a page in one folder
# beside the tables of docs/data, and what is between that line and "<!-- /output -->" is what it prints.

job_of_page() {
  awk '/^<!-- result -->/ { printf "%s", block; exit }
       /^```json/ { inside = 1; block = ""; next }
       /^```/ { inside = 0; next }
       inside { block = block $0 "\n" }' "$1"
}

shown_result() {
  awk '/^<!-- \/result -->/ { inside = 0 } inside && !/^```/ && NF { print } /^<!-- result -->/ { inside = 1 }' "$1"
}

# Numbers to four digits, and without what every run or machine has of its own.
comparable() {
  sed -E '/"(residual|started|provider|machine|read|solve|version)"/d' |
    awk '{ out = ""; rest = $0
           while (match(rest, /-?[0-9]+(\.[0-9]+)?([eE][-+]?[0-9]+)?/)) {
             out = out substr(rest, 1, RSTART - 1) sprintf("%.4g", substr(rest, RSTART, RLENGTH))
             rest = substr(rest, RSTART + RLENGTH) }
           print out rest }'
}

fresh_result() {
  local folder=$state/results
  mkdir -p "$folder"
  job_of_page "$1" >"$folder/job.json"
  dotnet "$cli" predict "$folder/job.json"
}

result_is_current() {
  diff <(shown_result "$1" | comparable) <(fresh_result "$1" | comparable)
}

# Leaves a page alone whose result is current: only digits that rounding or a clock decides would change.
show_result() {
  local page=$1 result
  ! result_is_current "$page" >/dev/null || return 0
  result=$(fresh_result "$page") || die "The job of $page has no result."
  note "The result in $page was not what the program prints: it is now."
  RESULT=$result awk '/^<!-- \/result -->/ { inside = 0 } !inside { print }
    /^<!-- result -->/ { inside = 1; print ""; print "```json"; print ENVIRON["RESULT"]; print "```"; print "" }' \
    "$page" >"$state/page.md"
  cat "$state/page.md" >"$page"
}

# The page with what its shell blocks print now.
with_fresh_outputs() {
  local page=$1 folder line block="" state_of=text
  folder=$state/outputs/$(basename "$page" .md)
  rm -rf "$folder"
  mkdir -p "$folder"
  cp "$root"/docs/data/* "$folder"
  while IFS= read -r line; do
    case $state_of,$line in
      text,'```bash') state_of=shell block="" ;;
      shell,'```') state_of=text ;;
      shell,*) block+=$line$'\n' ;;
      text,'<!-- output -->')
        printf '%s\n\n```text\n%s\n```\n\n' "$line" "$(output_of "$folder" "$block")"
        state_of=output
        continue
        ;;
      output,'<!-- /output -->') state_of=text ;;
    esac
    [[ $state_of == output ]] || printf '%s\n' "$line"
  done <"$page"
}

# What a block prints, complaints included, in that folder.
output_of() {
  (
    set +euo pipefail
    finitewidth() { dotnet "$cli" "$@"; }
    cd "$1"
    export OPENBLAS_NUM_THREADS=1
    eval "$2" 2>&1 </dev/null | sed "s|$1/||g; s/ *$//"
  ) || true
}

outputs_are_current() {
  diff <(comparable <"$1") <(with_fresh_outputs "$1" | comparable)
}

show_outputs() {
  local page=$1
  ! outputs_are_current "$page" >/dev/null || return 0
  with_fresh_outputs "$page" >"$state/page.md"
  note "The outputs in $page were not what the program prints: they are now."
  cat "$state/page.md" >"$page"
}

pages_with() {
  grep -l "^<!-- $1 -->" "$root"/docs/*.md
}

results_are_current() {
  local page
  for page in $(pages_with result); do result_is_current "$page" || return 1; done
  for page in $(pages_with output); do outputs_are_current "$page" || return 1; done
}

show_results() {
  local page
  for page in $(pages_with result); do show_result "$page"; done
  for page in $(pages_with output); do show_outputs "$page"; done
}
