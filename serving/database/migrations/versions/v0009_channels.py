"""Addresses, objections to a channel, and what channels report back."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    _addresses()
    _reports()
    _counter()


def _addresses() -> None:
    op.create_table(
        "address",
        sa.Column("citizen_id", sa.String(length=64), nullable=False),
        sa.Column("channel", sa.String(length=16), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("sole", sa.Boolean(), nullable=False),
        sa.Column("said_us", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("citizen_id", "channel", name=op.f("pk_address")),
    )
    op.create_index(op.f("ix_address_digest"), "address", ["digest"])
    op.create_table(
        "forgotten_address",
        sa.Column("citizen_id", sa.String(length=64), nullable=False),
        sa.Column("channel", sa.String(length=16), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("reason", sa.String(length=64), nullable=False),
        sa.Column("at_us", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("citizen_id", "channel", "digest", name=op.f("pk_forgotten_address")),
    )
    op.create_table(
        "channel_objection",
        sa.Column("citizen_id", sa.String(length=64), nullable=False),
        sa.Column("channel", sa.String(length=16), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("objected", sa.Boolean(), nullable=False),
        sa.Column("by", sa.String(length=64), nullable=False),
        sa.Column("since_us", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("citizen_id", "channel", "version", name=op.f("pk_channel_objection")),
    )


def _reports() -> None:
    op.create_table(
        "channel_report",
        sa.Column("number", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("notification_id", sa.String(length=64), nullable=False),
        sa.Column("channel", sa.String(length=16), nullable=False),
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("by", sa.String(length=64), nullable=False),
        sa.Column("at_us", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["notification_id"], ["notification.notification_id"], name=op.f("fk_channel_report_notification_id")
        ),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_channel_report")),
    )
    op.create_index(op.f("ix_channel_report_notification_id"), "channel_report", ["notification_id"])
    op.create_table(
        "inbound_call",
        sa.Column("call_id", sa.String(length=128), nullable=False),
        sa.Column("at_us", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("call_id", name=op.f("pk_inbound_call")),
    )
    op.create_table(
        "push_subscription",
        sa.Column("subscription_id", sa.String(length=64), nullable=False),
        sa.Column("citizen_id", sa.String(length=64), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("added_us", sa.BigInteger(), nullable=False),
        sa.UniqueConstraint("digest", name=op.f("uq_push_subscription_digest")),
        sa.PrimaryKeyConstraint("subscription_id", name=op.f("pk_push_subscription")),
    )
    op.create_index(op.f("ix_push_subscription_citizen_id"), "push_subscription", ["citizen_id"])


def _counter() -> None:
    op.create_table(
        "counter_desk",
        sa.Column("portal", sa.String(length=64), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.PrimaryKeyConstraint("portal", "kind", "name", name=op.f("pk_counter_desk")),
    )
    op.create_table(
        "counter_item",
        sa.Column("notification_id", sa.String(length=64), nullable=False),
        sa.Column("citizen_id", sa.String(length=64), nullable=False),
        sa.Column("language", sa.String(length=35), nullable=False),
        sa.Column("district", sa.String(length=200), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("by", sa.String(length=64), nullable=True),
        sa.Column("added_us", sa.BigInteger(), nullable=False),
        sa.Column("closed_us", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(
            ["notification_id"], ["notification.notification_id"], name=op.f("fk_counter_item_notification_id")
        ),
        sa.PrimaryKeyConstraint("notification_id", name=op.f("pk_counter_item")),
    )
    op.create_index(op.f("ix_counter_item_open"), "counter_item", ["state", "district", "added_us"])
    op.create_table(
        "counter_item_authority",
        sa.Column("notification_id", sa.String(length=64), nullable=False),
        sa.Column("authority", sa.String(length=200), nullable=False),
        sa.ForeignKeyConstraint(
            ["notification_id"],
            ["counter_item.notification_id"],
            name=op.f("fk_counter_item_authority_notification_id"),
        ),
        sa.PrimaryKeyConstraint("notification_id", "authority", name=op.f("pk_counter_item_authority")),
    )
