# The diagnostics of tests/golden/diagnostics.json by the R package posterior of the Stan developers: Rscript posterior.R > posterior.json
#
# Beside our own draws those of tau that posterior brings along (example_draws: eight schools, 4 chains of 100), rounded to six decimals,
# whose R-hat and effective sizes its documentation prints: 1.01, 246 (bulk), 202 (tail).
suppressMessages(library(posterior))
library(jsonlite)

row <- function(name, x, draws = NULL) {
  c(
    list(name = unbox(name)), draws,
    lapply(list(
      splitRHat = rhat_basic(x), rankRHat = rhat(x), bulk = ess_bulk(x), tail = ess_tail(x), mean = ess_mean(x),
      median = ess_median(x), errorOfMean = mcse_mean(x), errorOfQuantile30 = unname(mcse_quantile(x, 0.3))
    ), unbox)
  )
}

ours <- fromJSON("diagnostics.json", simplifyVector = FALSE)
matrices <- lapply(ours, function(r) sapply(r$draws, unlist))
tau <- round(extract_variable_matrix(example_draws(), "tau"), 6)
rows <- c(
  Map(function(r, x) row(r$name, x), ours, matrices),
  list(row("tau of eight schools", tau, list(draws = unname(lapply(1:4, function(c) as.numeric(tau[, c]))))))
)
cat(toJSON(list(source = unbox(paste("R package posterior", packageVersion("posterior"))), rows = unname(rows)), digits = 15, pretty = FALSE), "\n", sep = "")
