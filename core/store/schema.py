"""The database tables. A change here needs a migration; a test compares the two."""

from __future__ import annotations

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    Float,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    Text,
    text,
)

HEAD = "0008"  # newest revision in migrations/versions

metadata = MetaData()
_NOTHING = text("''")
_IS_ALIVE = text("status IN ('queued', 'running', 'paused')")

runs = Table(
    "runs",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("kind", String(16), nullable=False),  # train, prepare, check, judge
    Column("name", Text, nullable=False),
    Column("family", String(32)),
    Column("preset", String(32)),
    Column("dataset", String(64), nullable=False),
    Column("dataset_version", String(32)),
    Column("split_seed", Integer),
    Column("config", JSON, nullable=False),
    Column("status", String(16), nullable=False),
    Column("owner", String(64), nullable=False),
    Column("after", ForeignKey("runs.id")),  # claimed only after that task has succeeded
    Column("parent", ForeignKey("runs.id")),
    Column("branch_step", Integer),
    Column("derived_from", String(32)),  # the run whose settings it started from, which may be gone by now
    Column("group", String(32)),
    Column("generation", Integer, nullable=False),  # grows when metrics are deleted on resume
    Column("priority", Integer, nullable=False),  # higher goes first
    Column("host", String(255)),
    Column("slot", String(32)),
    Column("pid", Integer),
    Column("lease", String(32)),  # of the worker process that holds it; excludes a lost one
    Column("device", String(64)),
    Column("created", Float, nullable=False),  # Unix time, seconds
    Column("started", Float),
    Column("finished", Float),
    Column("heartbeat", Integer, nullable=False),  # a counter, not a time
    Column("progress", JSON, nullable=False),
    Column("summary", JSON, nullable=False),
    Column("note", Text, nullable=False),
    Column("tags", Text, nullable=False, server_default=_NOTHING),  # separated by commas
    Column("colour", String(16), nullable=False, server_default=_NOTHING),  # empty, or one of `core/figures/colours.py`
    Column("origin", String(16), nullable=False, server_default=_NOTHING),  # empty: trained here; else imported, logged
    Column("starred", Boolean, nullable=False),
    Column("published", Boolean, nullable=False),
    Column("error", Text, nullable=False),
    Column("deleted", Float),  # Unix time, seconds; removed a little later
    Column("subject", String(64)),  # at most one task per kind and subject is queued or running
    Column("steering", JSON, nullable=False, server_default=text("'{}'")),  # see `core/steering/record.py`
    Index("runs_by_status", "status", "kind", "priority", "created"),
    Index("runs_by_owner", "owner", "created"),
    Index("one_alive", "kind", "subject", unique=True, sqlite_where=_IS_ALIVE, postgresql_where=_IS_ALIVE),
)

metrics = Table(
    "metrics",
    metadata,
    Column("id", BigInteger().with_variant(Integer, "sqlite"), primary_key=True, autoincrement=True),
    Column("run", ForeignKey("runs.id", ondelete="CASCADE"), nullable=False),
    Column("step", Integer, nullable=False),
    Column("epoch", Integer, nullable=False),
    Column("wall_s", Float, nullable=False),
    Column("values", JSON, nullable=False),
    Index("metrics_by_run", "run", "id"),
    sqlite_autoincrement=True,  # an id is never used twice, so a cursor never misses a row
)

snapshots = Table(
    "snapshots",
    metadata,
    Column("run", ForeignKey("runs.id", ondelete="CASCADE"), primary_key=True),
    Column("step", Integer, primary_key=True),
    Column("epoch", Integer, nullable=False),
    Column("wall_s", Float, nullable=False),
)

checkpoints = Table(
    "checkpoints",
    metadata,
    Column("run", ForeignKey("runs.id", ondelete="CASCADE"), primary_key=True),
    Column("step", Integer, primary_key=True),
    Column("sha256", String(64), nullable=False),
    Column("best", Boolean, nullable=False),
)

controls = Table(
    "controls",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=True),
    Column("run", ForeignKey("runs.id", ondelete="CASCADE"), nullable=False),
    Column("kind", String(16), nullable=False),
    Column("payload", JSON, nullable=False),
    Column("by", String(64), nullable=False),
    Column("created", Float, nullable=False),
    Column("applied_step", Integer),
    Column("result", Text),
    Index("controls_by_run", "run", "id"),
    sqlite_autoincrement=True,
)

slots = Table(
    "slots",
    metadata,
    Column("host", String(255), primary_key=True),
    Column("slot", String(32), primary_key=True),
    Column("run", ForeignKey("runs.id", ondelete="CASCADE"), nullable=False, unique=True),
)

processes = Table(
    "processes",
    metadata,
    Column("host", String(255), primary_key=True),
    Column("pid", Integer, primary_key=True),
    Column("role", String(16), nullable=False),  # foreman, worker, probe
    Column("slot", String(32), nullable=False),
    Column("state", String(16), nullable=False),  # starting, ready, busy
    Column("since", Float, nullable=False),
)

people = Table(
    "people",
    metadata,
    Column("owner", String(64), primary_key=True),
    Column("nickname", String(40), nullable=False),
)

views = Table(
    "views",
    metadata,
    Column("owner", String(64), primary_key=True),
    Column("name", String(60), primary_key=True),  # empty: what they saw last
    Column("link", Text, nullable=False),  # the part of the page's link after the question mark
)

turns = Table(
    "turns",
    metadata,
    Column("owner", String(64), primary_key=True),
    Column("turn", Integer, nullable=False),  # grows with every training run that a worker claims
)

stints = Table(
    "stints",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=True),
    Column("run", String(32), nullable=False),  # not a foreign key: training time outlives a deleted run
    Column("owner", String(64), nullable=False),
    Column("began", Float, nullable=False),  # Unix time, seconds
    Column("ended", Float),  # empty while a worker holds the run
    Index("stints_by_owner", "owner", "ended"),
)

shares = Table(
    "shares",
    metadata,
    Column("hash", String(64), primary_key=True),  # of the secret in the link, which is kept nowhere
    Column("run", ForeignKey("runs.id", ondelete="CASCADE"), nullable=False),
    Column("owner", String(64), nullable=False),
    Column("created", Float, nullable=False),
    Index("shares_by_run", "run"),
)

guesses = Table(
    "guesses",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=True),
    Column("run", ForeignKey("runs.id", ondelete="CASCADE"), nullable=False),
    Column("rival", ForeignKey("runs.id", ondelete="CASCADE")),  # the guess is that `run` beats it
    Column("owner", String(64), nullable=False),
    Column("key", String(64), nullable=False),  # the result it is about
    Column("value", Float),  # the guessed result; empty if a rival is named
    Column("created", Float, nullable=False),
    Index("guesses_by_owner", "owner", "created"),
    Index("guesses_by_run", "run"),
)

findings = Table(
    "findings",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("owner", String(64), nullable=False),
    Column("created", Float, nullable=False),
    Column("sentence", Text, nullable=False),
    Column("note", Text, nullable=False),
    Column("runs", JSON, nullable=False),  # ids, which may be gone by now
    Column("record", JSON, nullable=False),  # what was known then
    Index("findings_by_owner", "owner", "created"),
)

marks = Table(
    "marks",
    metadata,
    Column("owner", String(64), primary_key=True),
    Column("dataset", String(64), primary_key=True),
    Column("version", String(32), primary_key=True),  # of the data, whose rows another version may have moved
    Column("part", String(8), primary_key=True),  # train, test
    Column("row", Integer, primary_key=True),
    Column("label", Integer),  # the right class; empty: belongs to none
    Column("created", Float, nullable=False),
)

slices = Table(
    "slices",
    metadata,
    Column("owner", String(64), primary_key=True),
    Column("dataset", String(64), primary_key=True),
    Column("version", String(32), primary_key=True),
    Column("name", String(60), primary_key=True),
    Column("source", Text, nullable=False),  # how its examples were found, in a few words
    Column("shift", String(16), nullable=False),  # how they are disturbed; empty: as the run was tested
    Column("rows", JSON, nullable=False),  # of the test data, ascending
    Column("created", Float, nullable=False),
)
