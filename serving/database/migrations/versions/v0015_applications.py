"""What became of applications."""

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "application_report",
        sa.Column("number", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("citizen_id", sa.String(length=64), nullable=False),
        sa.Column("service_id", sa.String(length=200), nullable=False),
        sa.Column("notification_id", sa.String(length=64)),
        sa.Column("stage", sa.String(length=16)),
        sa.Column("reason", sa.String(length=400), nullable=False),
        sa.Column("proxy", sa.Boolean(), nullable=False),
        sa.Column("portal", sa.String(length=64), nullable=False),
        sa.Column("happened_us", sa.BigInteger(), nullable=False),
        sa.Column("at_us", sa.BigInteger(), nullable=False),
        sa.Column("catalogue", sa.String(length=64)),
        sa.Column("criteria", sa.String(length=64)),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_application_report")),
    )
    for columns in (["citizen_id", "service_id"], ["catalogue", "service_id"]):
        op.create_index(op.f(f"ix_application_report_{'_'.join(columns)}"), "application_report", columns)
