# shellcheck shell=bash
# The documentation: fsdocs pages, with MathJax beside them so that they need no network.
