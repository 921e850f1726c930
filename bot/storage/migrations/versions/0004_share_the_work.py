"""share the work"""

import sqlalchemy as sa
from alembic import op


revision = '0004'
down_revision = '0003'
branch_labels = None
depends_on = None

_KEY = sa.BigInteger().with_variant(sa.Integer(), 'sqlite')
_SIDES = {'inbox': ('message', 'running', 'received_at'), 'outbox': ('reply', 'sending', 'created_at')}


def upgrade() -> None:
    """Bring the schema up."""
    op.create_table('process',
    sa.Column('id', _KEY, autoincrement=True, nullable=False),
    sa.Column('host', sa.String(length=128), nullable=False),
    sa.Column('pid', sa.Integer(), nullable=False),
    sa.Column('started_at', sa.DateTime(timezone=True), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_process'))
    )
    op.create_table('secret',
    sa.Column('id', _KEY, autoincrement=True, nullable=False),
    sa.Column('name', sa.String(length=64), nullable=False),
    sa.Column('value', sa.String(length=256), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_secret')),
    sa.UniqueConstraint('name', name=op.f('uq_secret_name'))
    )
    op.create_index(op.f('ix_log_object'), 'log', ['object'], unique=False)
    key = 'INTEGER' if op.get_bind().dialect.name == 'sqlite' else 'BIGINT'
    for side, (table, under_way, came_at) in _SIDES.items():
        op.execute(f'ALTER TABLE {table} ADD COLUMN process_id {key} CONSTRAINT fk_{table}_process_id_process REFERENCES process (id)')
        op.add_column('conversation', sa.Column(f'{side}_due', sa.DateTime(timezone=True), nullable=True))
        op.add_column('conversation', sa.Column(f'{side}_set', sa.DateTime(timezone=True), nullable=True))
        waiting = sa.text(f'{side}_due IS NOT NULL')
        op.create_index(f'ix_conversation_{side}_due', 'conversation', [f'{side}_due'], unique=False, sqlite_where=waiting, postgresql_where=waiting)
        # lanes with something under way are opened again when it is recovered, at the start after this
        first = f"FROM {table} WHERE {table}.conversation_id = conversation.id AND {table}.state = 'queued' ORDER BY {table}.id LIMIT 1"
        op.execute(f'UPDATE conversation SET {side}_due = (SELECT due_at {first}), {side}_set = (SELECT {came_at} {first})'
                   f" WHERE id NOT IN (SELECT conversation_id FROM {table} WHERE state = '{under_way}')"
                   f" AND id IN (SELECT conversation_id FROM {table} WHERE state = 'queued')")
    # what was edited after its answer and waits anew has not been settled
    op.execute("UPDATE message SET settled_at = NULL WHERE state IN ('queued', 'running')")
