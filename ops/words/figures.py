"""Words of the sums and ranges of a change of many rows."""

WORDS = {
    "figures.title": "In numbers",
    "figures.of": "{count} rows with a number before and after",
    "figures.sum": "{column}, sum",
    "figures.range": "{column}, range",
    "figures.from_to": "{least} to {most}",
    "figures.steepest": "{column}: what changes the most",
}
