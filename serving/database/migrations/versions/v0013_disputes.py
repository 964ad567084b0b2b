"""What citizens say is wrong, until it is settled."""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "dispute",
        sa.Column("dispute_id", sa.String(length=64), nullable=False),
        sa.Column("citizen_id", sa.String(length=64), nullable=False),
        sa.Column("subject", sa.String(length=420), nullable=False),
        sa.Column("services", sa.String(length=20_000), nullable=False),
        sa.Column("root", sa.String(length=200)),
        sa.Column("event_type", sa.String(length=200)),
        sa.Column("attribute", sa.String(length=200)),
        sa.Column("value", sa.String(length=400)),
        sa.Column("register", sa.String(length=200), nullable=False),
        sa.Column("raised_us", sa.BigInteger(), nullable=False),
        sa.Column("raised_by", sa.String(length=64), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("settled_us", sa.BigInteger()),
        sa.Column("settled_by", sa.String(length=64)),
        sa.Column("note", sa.String(length=400), nullable=False),
        sa.Column("asked", sa.String(length=16), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("due_us", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("dispute_id", name=op.f("pk_dispute")),
    )
    stands = sa.text("state = 'open'")
    op.create_index(
        "ix_dispute_open",
        "dispute",
        ["citizen_id", "subject"],
        unique=True,
        sqlite_where=stands,
        postgresql_where=stands,
    )
    op.create_index("ix_dispute_asked", "dispute", ["asked", "due_us"])
    op.create_index(op.f("ix_dispute_citizen_id"), "dispute", ["citizen_id"])
