"""What an endpoint, a button or a job can need: every permission with its sentence."""

from __future__ import annotations

from enum import Enum


class Permission(Enum):
    """`area.verb`, and what it lets one do."""

    def __init__(self, value: str, sentence: str) -> None:
        self._value_ = value
        self.sentence = sentence

    RECORDS_READ = "records.read", "See tables and their rows."
    RECORDS_CREATE = "records.create", "Propose new rows."
    RECORDS_EDIT = "records.edit", "Propose corrections of rows."
    RECORDS_DELETE = "records.delete", "Propose that rows are deleted."
    RECORDS_REVEAL = "records.reveal", "See a masked value in full for some minutes, with a reason."
    EXPORTS_RUN = "exports.run", "Have a list made into a file, and download one's own files."
    EXPORTS_UNMASKED = (
        "exports.unmasked",
        "Have values that are masked for others written in full into one's exports.",
    )
    IMPORTS_RUN = "imports.run", "Bring files and propose their rows, where one may create or edit."
    CHANGES_READ = "changes.read", "See change sets on tables one may see."
    CHANGES_PROPOSE = "changes.propose", "Send changes in, and withdraw one's own."
    CHANGES_DECIDE = "changes.decide", "Approve, reject or send back what waits for one of one's roles."
    CHANGES_EMERGENCY = (
        "changes.emergency",
        "Apply one's own change in an emergency, before those who are asked have decided; a review of it follows.",
    )
    APPROVALS_READ = (
        "approvals.read",
        "See how approvals go: how long they wait, who decides how fast, emergencies.",
    )
    TRAIL_READ = "trail.read", "Read the audit trail of everybody."
    RULES_READ = "rules.read", "See the approval rules."
    RULES_EDIT = "rules.edit", "Propose changes of the approval rules."
    PEOPLE_READ = "people.read", "See people, their roles and where these come from."
    PEOPLE_EDIT = "people.edit", "Propose changes of other people's roles."
    PEOPLE_REVIEW = (
        "people.review",
        "Judge in access reviews whether others keep their roles, and sign them off.",
    )
    SETTINGS_READ = "settings.read", "See the settings of this installation, secrets only as set or not."
    JOBS_READ = "jobs.read", "See what runs in the background, and what failed."
