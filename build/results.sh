# shellcheck shell=bash
# Results that the documentation shows are what the program prints: the JSON block before a line "<!-- result -->" is the job, and what is
# between that line and "<!-- /result -->" is its result.

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

pages_with_results() {
  grep -l '^<!-- result -->' "$root"/docs/*.md
}

results_are_current() {
  local page
  for page in $(pages_with_results); do result_is_current "$page" || return 1; done
}

show_results() {
  local page
  for page in $(pages_with_results); do show_result "$page"; done
}
