"""What a list says about itself: counts, what was searched, which sorts and filters no index serves."""

WORDS = {
    "query.count.exact": "{shown}",
    "query.count.more": "more than {shown}",
    "query.count.about": "about {shown}",
    "query.count.unknown": "not counted",
    "query.about.million": "{number} million",
    "query.about.billion": "{number} billion",
    "query.unserved_sort": "Not sorted by {column}: no index orders {table} by it, and the table is large.",
    "query.other_sort": "The place you were at belongs to another order of this list. You see its "
    "first page.",
    "query.bad_cursor": "The place in this list could not be read from the address. You see its first page.",
    "query.looked_through": "Looked through {count} rows in this order; {fit} fit. The pages go on from there.",
    "query.too_slow": "Looking through {table} took too long and was stopped. Nothing is wrong with the "
    "table: no index helps with this filter. Add a filter on {columns}.",
    "query.not_filled": "{table} is a materialized view that was never filled. Its owner fills it with "
    "REFRESH MATERIALIZED VIEW.",
    "query.no_key": "The rows of {table} cannot be told apart, so only the first {count} are shown. "
    "Filter to see others.",
    "query.searched": "Searched {how}.",
    "query.exact": "{column} (exact)",
    "query.prefix": "{column} (starts with)",
    "query.substring": "{column} (contains)",
    "query.not_searched": "Not searched: {columns}. The table is large and no index serves that.",
    "query.not_searched_masked": "Not searched: {columns}, which you see masked.",
    "query.nothing_searched": "There is no column here that the search can look in. Use a filter instead.",
    "query.capped": "This list holds only part of what matches: the first rows found, 1,000 at most.",
    "query.capped_body": "No index finds them in this order, so only those are sorted, and the row you look for may not "
    "be among them. Type more of it, add a filter, or look through everything.",
    "query.search_short": "Three characters or more can be found inside a text.",
    "query.advice_search": "An index that makes the search in {column} quick:",
    "query.advice_sort": "An index that sorts by {column}:",
    "query.advice_filter": "An index that makes the filter on {column} quick:",
    "query.everything": "Look through everything, up to {seconds} seconds",
    "query.everything_too_slow": "Stopped after {seconds} seconds: looking through all of {table} takes longer. "
    "Nothing is wrong with the table, and nothing was changed. Add a filter that narrows it, or ask for the index below.",
    "query.everything_occupied": "Others are looking through everything just now. Try again in some seconds.",
    "query.bad_jump": "“{value}” is no value of {column} to jump to. You see the first page.",
    "query.bad_name": "“{name}” is no filter. A filter is written f.COLUMN.OPERATION=VALUE.",
    "query.masked": "{column} is masked for you, so this list cannot be filtered or sorted by it.",
    "query.not_comparable": "{column} is {type}, which has no order, so a list cannot be sorted by it.",
    "query.too_many": "A list takes at most {count} filters.",
    "query.too_many_fields": "The address of a list has at most {count} parts; this one has more, so none "
    "was used.",
    "query.bad_search": "The search text is longer than {count} characters or holds a character that no text "
    "in the database has.",
    "query.bad_value": "“{value}” is no value of {column} ({type}).",
}
