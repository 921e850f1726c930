"""find uncertain replies"""

import sqlalchemy as sa
from alembic import op


revision = '0002'
down_revision = '0001'
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Bring the schema up."""
    uncertain = sa.text("state = 'uncertain'")
    with op.batch_alter_table('reply', schema=None) as batch_op:
        batch_op.create_index('ix_reply_uncertain', ['conversation_id', 'id'], unique=False, sqlite_where=uncertain, postgresql_where=uncertain)
