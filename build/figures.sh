# shellcheck shell=bash
# ./build.sh figures [--small]: the figures of a talk on the theory, numbered in its order, in figures/.

readonly talk=(
  loss-width-prior # the test loss against the width, for several priors
  bias-variance    # its parts at T = 0, against width and prior
  li-sompolinsky   # ReLU networks, shallow and deep, by the renormalisation of linear ones
  deep-relu        # deep ReLU networks drawn from their posterior
  deep-linear      # deep linear networks against the exact integral
  order-parameter  # the order parameter over the load and r
  student-t        # the Gaussian process against the Student-t process
)

figures() {
  local number script
  case ${1-} in
    '') unset FINITEWIDTH_SMALL ;;
    --small) export FINITEWIDTH_SMALL=1 ;;
    *) die "figures takes --small or nothing, not \"$1\"." ;;
  esac
  build_if_stale
  set_up
  rm -rf "$root/figures"
  mkdir -p "$root/figures"
  for number in "${!talk[@]}"; do
    script=${talk[number]}
    FINITEWIDTH_NUMBER=$((number + 1)) FINITEWIDTH_OUT=$root/figures dotnet fsi "$root/scripts/$script.fsx"
  done
  printf 'Figures: %s\n' "$root/figures"
}
