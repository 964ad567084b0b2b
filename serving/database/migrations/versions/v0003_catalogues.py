"""Catalogues by version, push policies by version, and publications: who drafted and approved what, from when on."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "catalogue",
        sa.Column("version", sa.String(length=64), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.Column("stored_us", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("version", name=op.f("pk_catalogue")),
    )
    op.create_table(
        "push_policy",
        sa.Column("version", sa.String(length=64), nullable=False),
        sa.Column("content", sa.String(length=2000), nullable=False),
        sa.Column("stored_us", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("version", name=op.f("pk_push_policy")),
    )
    op.create_table(
        "publication",
        sa.Column("number", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("version", sa.String(length=64), nullable=False),
        sa.Column("in_force_us", sa.BigInteger(), nullable=False),
        sa.Column("note", sa.String(length=1000), nullable=False),
        sa.Column("drafted_by", sa.String(length=200), nullable=True),
        sa.Column("drafted_as", sa.String(length=200), nullable=True),
        sa.Column("drafted_us", sa.BigInteger(), nullable=False),
        sa.Column("approved_by", sa.String(length=200), nullable=True),
        sa.Column("approved_as", sa.String(length=200), nullable=True),
        sa.Column("approved_us", sa.BigInteger(), nullable=True),
        sa.Column("rolled_back_by", sa.String(length=200), nullable=True),
        sa.Column("rolled_back_as", sa.String(length=200), nullable=True),
        sa.Column("rolled_back_us", sa.BigInteger(), nullable=True),
        sa.Column("rolled_back_note", sa.String(length=1000), nullable=False),
        sa.CheckConstraint("approved_by IS NULL OR approved_by <> drafted_by", name=op.f("ck_publication_two_persons")),
        sa.ForeignKeyConstraint(["version"], ["catalogue.version"], name=op.f("fk_publication_version")),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_publication")),
    )
    op.create_index(op.f("ix_publication_version"), "publication", ["version"], unique=False)
