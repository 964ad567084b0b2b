"""What operators stopped and lifted again."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "stop",
        sa.Column("number", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("reach", sa.String(length=16), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("stopped_by", sa.String(length=200), nullable=False),
        sa.Column("stopped_as", sa.String(length=200), nullable=False),
        sa.Column("stopped_us", sa.BigInteger(), nullable=False),
        sa.Column("because", sa.String(length=400), nullable=False),
        sa.Column("lifted_by", sa.String(length=200)),
        sa.Column("lifted_as", sa.String(length=200)),
        sa.Column("lifted_us", sa.BigInteger()),
        sa.Column("lifted_because", sa.String(length=400), nullable=False),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_stop")),
    )
    standing = sa.text("lifted_us IS NULL")
    op.create_index(
        "ix_stop_standing", "stop", ["reach", "name"], unique=True, sqlite_where=standing, postgresql_where=standing
    )
