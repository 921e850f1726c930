"""keep what people decide"""

import sqlalchemy as sa
from alembic import op


revision = '0003'
down_revision = '0002'
branch_labels = None
depends_on = None

_KEY = sa.BigInteger().with_variant(sa.Integer(), 'sqlite')


def upgrade() -> None:
    """Bring the schema up."""
    op.create_table('urgency_correction',
    sa.Column('id', _KEY, autoincrement=True, nullable=False),
    sa.Column('message_id', _KEY, nullable=False),
    sa.Column('case_id', _KEY, nullable=False),
    sa.Column('level', sa.String(length=16), nullable=False),
    sa.Column('reason', sa.String(length=32), nullable=False),
    sa.Column('staff_id', _KEY, nullable=False),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['case_id'], ['case.id'], name=op.f('fk_urgency_correction_case_id_case')),
    sa.ForeignKeyConstraint(['message_id'], ['message.id'], name=op.f('fk_urgency_correction_message_id_message')),
    sa.ForeignKeyConstraint(['staff_id'], ['staff.id'], name=op.f('fk_urgency_correction_staff_id_staff')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_urgency_correction'))
    )
    with op.batch_alter_table('urgency_correction', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_urgency_correction_message_id'), ['message_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_urgency_correction_case_id'), ['case_id'], unique=False)
    op.create_table('right_answer',
    sa.Column('id', _KEY, autoincrement=True, nullable=False),
    sa.Column('message_id', _KEY, nullable=False),
    sa.Column('answer_slug', sa.String(length=128), nullable=True),
    sa.Column('staff_id', _KEY, nullable=False),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['message_id'], ['message.id'], name=op.f('fk_right_answer_message_id_message')),
    sa.ForeignKeyConstraint(['staff_id'], ['staff.id'], name=op.f('fk_right_answer_staff_id_staff')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_right_answer'))
    )
    with op.batch_alter_table('right_answer', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_right_answer_message_id'), ['message_id'], unique=False)
    # SQLite adds a column that refers to a table in place, which Alembic would copy the whole table for
    key = 'INTEGER' if op.get_bind().dialect.name == 'sqlite' else 'BIGINT'
    op.execute(f'ALTER TABLE "case" ADD COLUMN message_id {key} CONSTRAINT fk_case_message_id_message REFERENCES message (id)')
    op.execute(f'ALTER TABLE outcome ADD COLUMN question_id {key} CONSTRAINT fk_outcome_question_id_message REFERENCES message (id)')
    op.create_index(op.f('ix_outcome_question_id'), 'outcome', ['question_id'], unique=False)
