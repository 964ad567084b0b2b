"""Who may act for whom, and who is in safe mode."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "mandate",
        sa.Column("mandate_id", sa.String(length=64), nullable=False),
        sa.Column("citizen_id", sa.String(length=64), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("holder", sa.String(length=64), nullable=False),
        sa.Column("scopes", sa.String(length=100), nullable=False),
        sa.Column("because", sa.String(length=400), nullable=False),
        sa.Column("issued_by", sa.String(length=64), nullable=False),
        sa.Column("from_us", sa.BigInteger(), nullable=False),
        sa.Column("until_us", sa.BigInteger(), nullable=False),
        sa.Column("ended_us", sa.BigInteger(), nullable=True),
        sa.Column("ended_by", sa.String(length=64), nullable=True),
        sa.PrimaryKeyConstraint("mandate_id", name=op.f("pk_mandate")),
    )
    op.create_index(op.f("ix_mandate_citizen_id"), "mandate", ["citizen_id"])
    op.create_index(op.f("ix_mandate_holder"), "mandate", ["holder"])
    op.create_table(
        "safe_mode",
        sa.Column("citizen_id", sa.String(length=64), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("is_on", sa.Boolean(), nullable=False),
        sa.Column("said_by", sa.String(length=64), nullable=False),
        sa.Column("since_us", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("citizen_id", "version", name=op.f("pk_safe_mode")),
    )
