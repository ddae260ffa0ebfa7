"""The place of a solution: it is replaced before the tests run."""
