"""Words for what a Resource shapes: groups, links, lengths of time, actions, tables whose shape moved."""

WORDS = {
    "records.more_fields": "More",
    "records.links": "Elsewhere",
    "records.unit.d": "d",
    "records.unit.h": "h",
    "records.unit.min": "min",
    "records.unit.s": "s",
}
