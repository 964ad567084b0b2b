"""Corrections of notifications, by what version each was decided, and recalls of what was told."""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("notification") as notification:
        notification.alter_column("decision_id", existing_type=sa.String(length=64), nullable=True)
        notification.add_column(sa.Column("corrects", sa.String(length=64)))
        notification.add_column(sa.Column("catalogue", sa.String(length=64)))
        notification.add_column(sa.Column("model", sa.String(length=200)))
        notification.create_unique_constraint(op.f("uq_notification_corrects"), ["corrects"])
    held = sa.text("state = 'created' AND reason IS NOT NULL")
    op.create_index("ix_outbox_held", "outbox", ["outbox_id"], sqlite_where=held, postgresql_where=held)
    op.create_table(
        "recall",
        sa.Column("number", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("reach", sa.String(length=16), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("since_us", sa.BigInteger(), nullable=False),
        sa.Column("because", sa.String(length=400), nullable=False),
        sa.Column("begun_by", sa.String(length=200), nullable=False),
        sa.Column("begun_as", sa.String(length=200), nullable=False),
        sa.Column("begun_us", sa.BigInteger(), nullable=False),
        sa.Column("ended_us", sa.BigInteger()),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_recall")),
    )
    op.create_table(
        "recalled",
        sa.Column("notification_id", sa.String(length=64), nullable=False),
        sa.Column("recall", sa.Integer(), nullable=False),
        sa.Column("told", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(
            ["notification_id"],
            ["notification.notification_id"],
            name=op.f("fk_recalled_notification_id_notification"),
        ),
        sa.ForeignKeyConstraint(["recall"], ["recall.number"], name=op.f("fk_recalled_recall_recall")),
        sa.PrimaryKeyConstraint("notification_id", name=op.f("pk_recalled")),
    )
    op.create_index(op.f("ix_recalled_recall"), "recalled", ["recall"])
