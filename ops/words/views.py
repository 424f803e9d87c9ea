"""Words of saved views: the list's panels, the pages of views, what a view says that does not fit its reader."""

WORDS = {
    "views.may_not_share": "You can share a view with a role you hold. You do not hold “{role}”.",
    # what a view says that does not fit its reader
    "views.gone": "There is no such view any more, or it is not shared with you. This is the table’s own list.",
    "views.columns_missing": "{count} columns of this view are not there: they are gone, or not yours to see.",
    "views.columns_missing.one": "One column of this view is not there: it is gone, or not yours to see.",
    "views.columns_missing_named": "{count} columns of this view are gone, or not yours to see any more: {names}.",
    "views.columns_missing_named.one": "One column of this view is gone, or not yours to see any more: {names}.",
    "views.sort_missing": "The order of this view cannot be used any more, so the rows stand in the table’s own.",
    "views.stopped": "This view cannot be shown",
    "views.stopped_unseen": (
        "It filters by a column that is gone, or that you do not see in full. Without that filter the rows would be "
        "wrong ones, so none are shown."
    ),
    "views.stopped_bad": (
        "One of its filters cannot be used any more. Without it the rows would be wrong ones, so none are shown. {problems}"
    ),
    "views.without_filters": "Show the list without its filters",
}
