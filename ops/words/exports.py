"""Words of the exports: the button of a list, the run's page, what can go wrong."""

WORDS = {
    "exports.title": "Exports",
    "exports.nav": "Exports",
    "exports.lead": "Files you asked for. Each is kept for {days} days; every download stands in the trail.",
    "exports.button": "Export this list",
    "exports.button_hint": "All rows of this list as CSV, with the filters and order you see",
    "exports.empty": "No exports yet",
    "exports.empty_body": "Open a table, filter it as you need it, and choose “Export this list”.",
    "exports.open_tables": "Open the tables",
    "exports.run_title": "Export of {table}",
    "exports.asked": "Asked for {when}",
    "exports.table": "Table",
    "exports.state": "State",
    "exports.rows": "Rows",
    "exports.size": "Size",
    "exports.when": "Asked for",
    "exports.finished": "Finished",
    "exports.format": "Format",
    "exports.format_csv": "CSV, UTF-8, comma-separated",
    "exports.sha256": "SHA-256",
    "exports.masked": "Masked in this file",
    "exports.masked_hint": (
        "In full only for people who see it so and may also export masked data; owners give that by a role."
    ),
    "exports.list": "List",
    "exports.open_list": "Open the list as it is now",
    "exports.state_waiting": "Waiting",
    "exports.state_running": "Under way",
    "exports.state_done": "Ready",
    "exports.state_failed": "Failed",
    "exports.state_cancelled": "Cancelled",
    "exports.state_expired": "File deleted",
    "exports.progress": "Writing the file",
    "exports.progress_waiting": "Waiting for a worker",
    "exports.progress_of": "{written} of about {expected} rows",
    "exports.progress_some": "{written} rows so far",
    "exports.refresh": "Look again",
    "exports.leave": "You may leave this page: the file is written meanwhile and waits under Exports.",
    "exports.download": "Download",
    "exports.cancel": "Cancel this export",
    "exports.cancelled": "Export cancelled",
    "exports.cancelled_body": "No file was kept. Ask again from the list at any time.",
    "exports.too_late": "Nothing to cancel: this export is over.",
    "exports.requested": "The export is under way",
    "exports.again": "Open the list to export again",
    "exports.formulas": (
        "Texts that a spreadsheet would run as a formula are preceded by an apostrophe. Columns your roles do "
        "not show are left out."
    ),
    "exports.not_done": "Not exported",
    "exports.failed": "No file was made",
    "exports.trying": "It broke off and is tried again by itself.",
    # what can go wrong
    "exports.no_such_run": "There is no such export among yours.",
    "exports.may_not": "Not exported: your roles do not let you export {table}. Ask an owner of Countersign.",
    "exports.list_unreadable": "The list’s address holds characters that no address has. Open the list again.",
    "exports.list_too_long": (
        "Not exported: this list has too many filters to be kept. Remove some and ask again."
    ),
    "exports.too_many": (
        "Not exported: {count} exports of yours are waiting already. Let them finish or cancel some."
    ),
    "exports.no_longer": "No file was made: your roles do not let you export {table} any more.",
    "exports.disabled": "No file was made: the person who asked for it is switched off.",
    "exports.list_outdated": (
        "No file was made: the table has changed, and the list's filters no longer fit it. Open the list "
        "and ask again."
    ),
    "exports.too_slow": (
        "No file was made: reading took longer than 10 minutes. Narrow the list by filters and ask again."
    ),
    "exports.disk_full": "No file yet: the disk for finished files is full. Tell an operator of the server.",
    "exports.broke": "No file yet: writing broke off.",
    "exports.given_up": (
        "No file was made: it was tried several times and broke off each time. Ask again, or tell an "
        "operator of the server."
    ),
    "exports.not_ready": "The file is not ready yet.",
    "exports.expired": "The file was deleted, as files are after {days} days. Ask again from the list.",
    "exports.lost": "The file is no longer on the server. Ask again from the list.",
    "exports.rights_changed": (
        "Not downloaded: your rights on this table changed since the file was made. Ask again from the "
        "list, and the file will hold what you may see now."
    ),
}
