"""Words of imports: what can be wrong with a row of a file, and with a cell."""

WORDS = {
    # what can be wrong with a row
    "imports.row.quote": "A text in quotation marks goes on after its closing mark; marks inside a text are doubled.",
    "imports.row.break": "A line break stands in a cell without quotation marks around it.",
    "imports.row.more": "It has {cells} cells where the header has {columns}.",
    "imports.row.fewer": "It has only {cells} cells where the header has {columns}.",
    "imports.row.no_such": "There is no such row to change.",
    "imports.row.exists": "There is such a row already.",
    "imports.row.unnamed": "The cells by which it is found are empty.",
    "imports.row.may_not": "Your roles do not let you change this row.",
    "imports.row.may_not_set": "Your roles do not let you change this value.",
    "imports.row.may_not_give": "Your roles do not let you give this value to a new row.",
    "imports.row.out_of_sight": "Your roles do not let you create such a row: it would be outside the rows that are yours.",
    "imports.row.loses_sight": "This would put the row outside the rows that are yours to change.",
    "imports.row.no_target": "There is no such row to refer to.",
    "imports.row.taken": "Another row has this already, and only one may.",
    "imports.row.twin": "Line {line} of the file says the same, and only one row may.",
    # what can be wrong with a cell
    "imports.cell.error": "Excel shows the error {error} here.",
    "imports.cell.letters": "It holds bytes that are no letters of the chosen encoding.",
    "imports.cell.number": "Not a number such as {example}.",
    "imports.cell.percent": "A percentage: say under “Percentages” what 12.5% is written as, and check again.",
    "imports.cell.currency": "A currency stands beside the number. Take it off in the file: it belongs in a column of its own.",
    "imports.cell.whole": "Only a whole number fits here.",
    "imports.cell.clocks": "The clocks change in {zone} then: write the offset, such as +01:00.",
    "imports.cell.date.iso": "Not a date that begins with the year, such as 2026-11-21.",
    "imports.cell.date.dmy": "Not a date such as 21.11.2026, with the day first and four digits of the year.",
    "imports.cell.date.mdy": "Not a date such as 11/21/2026, with the month first and four digits of the year.",
    "imports.cell.moment.iso": "Not a moment such as 2026-11-21 14:30.",
    "imports.cell.moment.dmy": "Not a moment such as 21.11.2026 14:30, with the day first.",
    "imports.cell.moment.mdy": "Not a moment such as 11/21/2026 2:30 PM, with the month first.",
}
