"""Countersign: an internal operations admin for one PostgreSQL database.

People find, correct and approve rows of a database that other services write too; every change goes
through one door (`ops.changes`), in one transaction with its entry in the trail (`ops.audit`).

The floors, top to bottom; a room imports only from floors below (see docs/architecture.md):

    app, cli, clock > web, jobs > imports, exports > changes > deliveries, notices > approvals, partners
    > records, history > policy > identity > platform > catalog > conditions > audit, outbox, work
    > spool, keys, egress, schedules > db > actor > settings, words, share

Start reading at `ops.app.create_app`, then `ops.changes.propose`, then `ops.policy.View`.
"""

import gc

# Modules stay: looking through them for garbage while they are loaded took a fifth of every process's start.
gc.set_threshold(10_000, 20, 20)

__version__ = "0.1.0"
