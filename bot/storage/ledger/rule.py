"""What a rule of the ledger is, and the one statement that finds where any of them is broken."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Connection,
    FromClause,
    Select,
    String,
    cast,
    func,
    literal,
    null,
    or_,
    select,
    union_all,
)

from bot.storage.tables import conversation

EXAMPLES = 5  # rows that are named of each rule and account


@dataclass(frozen=True)
class Rule:
    """Something that is never `broken`. `wrong` says what such a row is, `means` what that comes to for people, `hint` what to do."""

    id: str
    broken: ColumnElement[bool]
    wrong: str
    means: str
    hint: str


@dataclass(frozen=True)
class Book:
    """Rows that are gone through once, by all the rules for them. `about` says what `row_id` is an id of.

    Channel and account are the conversation's where they are not given.
    """

    about: str
    rows: FromClause
    rules: tuple[Rule, ...]
    row_id: ColumnElement[Any] | None = None
    conversation_id: ColumnElement[Any] | None = None
    channel: ColumnElement[Any] | None = None
    account: ColumnElement[Any] | None = None

    def broken(self) -> Iterator[Select[Any]]:
        """The rows that break a rule, rule by rule."""
        place = {"channel": self.channel, "account": self.account}
        ids = {"conversation_id": self.conversation_id, "row_id": self.row_id}
        columns = [_typed(column, String).label(name) for name, column in place.items()]
        columns += [_typed(column, BigInteger).label(name) for name, column in ids.items()]
        verdicts = [rule.broken.label(f"verdict_{number}") for number, rule in enumerate(self.rules)]
        suspects = (
            select(*columns, *verdicts)
            .select_from(self.rows)
            .where(or_(*(rule.broken for rule in self.rules)))
            .cte(f"{self.about}_suspects")  # few rows, and read once a rule
        )
        for rule, verdict in zip(self.rules, verdicts, strict=True):
            found = [suspects.c[column.name] for column in columns]
            yield select(literal(rule.id, String).label("rule"), *found).where(suspects.c[verdict.name])


def _typed(column: ColumnElement[Any] | None, type_: type[String | BigInteger]) -> ColumnElement[Any]:
    return cast(null(), type_) if column is None else column


@dataclass(frozen=True)
class Example:
    """A row that breaks a rule. `conversation_id` is None where none belongs to it, `row_id` where an account as a whole is meant."""

    conversation_id: int | None
    row_id: int | None


@dataclass(frozen=True)
class Imbalance:
    """A rule that is broken in an account of a channel: by how many rows of what `about` says, and some of them."""

    rule: Rule
    about: str
    channel: str
    account: str
    number: int
    examples: tuple[Example, ...]


class Audit:
    """All rules of all books as one statement: it sees one moment on every database, also while messages come and go."""

    def __init__(self, books: Sequence[Book]) -> None:
        self.rules = tuple(rule for book in books for rule in book.rules)
        self._place = {rule.id: place for place, rule in enumerate(self.rules)}
        self._about = {rule.id: book.about for book in books for rule in book.rules}
        self._statement = _numbered(union_all(*(part for book in books for part in book.broken())).subquery("found"))

    def run(self, connection: Connection) -> tuple[Imbalance, ...]:
        """Every rule that is broken, in the order of the books. Reads all of the database: seconds for a million messages."""
        rows = sorted(
            connection.execute(self._statement),
            key=lambda row: (self._place[row.rule], row.channel, row.account, row.rank),
        )
        found = []
        for (rule, channel, account), group in groupby(rows, lambda row: (row.rule, row.channel, row.account)):
            named = list(group)
            examples = tuple(Example(row.conversation_id, row.row_id) for row in named)
            about = self._about[rule]
            found.append(Imbalance(self.rules[self._place[rule]], about, channel, account, named[0].number, examples))
        return tuple(found)


def _numbered(found: FromClause) -> Select[Any]:
    """How many rows of an account break a rule, and the first of them."""
    located = (
        select(
            found.c.rule,
            func.coalesce(found.c.channel, conversation.c.channel, "").label("channel"),
            func.coalesce(found.c.account, conversation.c.account, "").label("account"),
            found.c.conversation_id,
            found.c.row_id,
        )
        .select_from(found.outerjoin(conversation, conversation.c.id == found.c.conversation_id))
        .subquery("located")
    )
    place = (located.c.rule, located.c.channel, located.c.account)
    numbered = select(
        located,
        func.count().over(partition_by=place).label("number"),
        func.row_number().over(partition_by=place, order_by=located.c.row_id).label("rank"),
    ).subquery("numbered")
    return select(numbered).where(numbered.c.rank <= EXAMPLES)
