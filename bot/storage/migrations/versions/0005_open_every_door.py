"""open every door"""

import sqlalchemy as sa
from alembic import op


revision = '0005'
down_revision = '0004'
branch_labels = None
depends_on = None

_KEY = sa.BigInteger().with_variant(sa.Integer(), 'sqlite')
_AT = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Bring the schema up."""
    op.create_table('carry_code',
    sa.Column('id', _KEY, autoincrement=True, nullable=False),
    sa.Column('conversation_id', _KEY, nullable=False),
    sa.Column('code_hash', sa.String(length=64), nullable=False),
    sa.Column('created_at', _AT, nullable=False),
    sa.Column('expires_at', _AT, nullable=False),
    sa.Column('used_at', _AT, nullable=True),
    sa.ForeignKeyConstraint(['conversation_id'], ['conversation.id'], name=op.f('fk_carry_code_conversation_id_conversation')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_carry_code')),
    sa.UniqueConstraint('code_hash', name=op.f('uq_carry_code_code_hash'))
    )
    op.create_index(op.f('ix_carry_code_conversation_id'), 'carry_code', ['conversation_id'], unique=False)
    op.create_table('chat_name',
    sa.Column('id', _KEY, autoincrement=True, nullable=False),
    sa.Column('conversation_id', _KEY, nullable=False),
    sa.Column('channel', sa.String(length=32), nullable=False),
    sa.Column('account', sa.String(length=128), nullable=False),
    sa.Column('name', sa.String(length=256), nullable=False),
    sa.ForeignKeyConstraint(['conversation_id'], ['conversation.id'], name=op.f('fk_chat_name_conversation_id_conversation')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_chat_name')),
    sa.UniqueConstraint('channel', 'account', 'name', name=op.f('uq_chat_name_channel_account_name'))
    )
    op.create_index(op.f('ix_chat_name_conversation_id'), 'chat_name', ['conversation_id'], unique=False)
    op.create_table('attachment_content',
    sa.Column('id', _KEY, autoincrement=True, nullable=False),
    sa.Column('attachment_id', _KEY, nullable=False),
    sa.Column('content', sa.LargeBinary(), nullable=False),
    sa.ForeignKeyConstraint(['attachment_id'], ['attachment.id'], name=op.f('fk_attachment_content_attachment_id_attachment')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_attachment_content')),
    sa.UniqueConstraint('attachment_id', name=op.f('uq_attachment_content_attachment_id'))
    )
    op.add_column('attachment', sa.Column('source', sa.Text(), nullable=True))
    op.add_column('attachment', sa.Column('fetch_due', _AT, nullable=True))
    op.add_column('attachment', sa.Column('fetches', sa.Integer(), nullable=True))
    op.add_column('attachment', sa.Column('missing', sa.String(length=16), nullable=True))
    op.create_index('ix_attachment_fetch_due', 'attachment', ['fetch_due'], unique=False, sqlite_where=sa.text('fetch_due IS NOT NULL'), postgresql_where=sa.text('fetch_due IS NOT NULL'))
    op.add_column('channel_account', sa.Column('verified_at', _AT, nullable=True))
    op.add_column('channel_account', sa.Column('failing_since', _AT, nullable=True))
    op.add_column('channel_account', sa.Column('failure', sa.String(length=256), nullable=True))
    op.add_column('conversation', sa.Column('heard_at', _AT, nullable=True))
    op.execute('UPDATE conversation SET heard_at = (SELECT MAX(received_at) FROM message WHERE message.conversation_id = conversation.id)')
    op.add_column('reply', sa.Column('private', sa.Boolean(), nullable=True))
    op.add_column('reply', sa.Column('read_at', _AT, nullable=True))
    op.create_index('ix_reply_vendor', 'reply', ['conversation_id', 'vendor_id'], unique=False)
    op.add_column('message', sa.Column('details', sa.JSON(), nullable=True))
