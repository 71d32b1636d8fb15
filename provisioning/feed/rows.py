"""The rows of the feed: the fields of each file, its row key and the rules that bind several fields."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from dataclasses import field as dataclass_field
from decimal import Decimal
from hashlib import blake2b
from typing import Any

from domain.contacts import Channel
from domain.customers import CustomerKind, CustomerStatus
from provisioning.feed import fields
from provisioning.feed.fields import Field, InvalidError

_SEPARATOR = "|"
_JOIN = "\x1f".join
# Days, words and names come many times over. Codes and contacts come once: what is remembered is bounded.
_REMEMBERED = 20_000

Values = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class InvalidRow:
    """Why a row goes to quarantine; `field` is empty when the whole row is meant."""

    field: str
    reason: str


@dataclass(slots=True)
class Row:
    """A valid row: its key as one text, and the directory's columns with `row_hash`."""

    key: str = dataclass_field(repr=False)
    columns: dict[str, Any] = dataclass_field(repr=False)


@dataclass(frozen=True, slots=True)
class RowRules:
    """What a row of one file must be.

    `beside` names the columns that are read together with another, which comes before them: their field takes both
    cells. `check` raises what is wrong with fields that are right one by one.
    """

    key: tuple[str, ...]
    fields: Mapping[str, Field]
    beside: Mapping[str, str] = dataclass_field(default_factory=dict)
    check: Callable[[Values], None] | None = None


class RowParser:
    """Reads the rows of one file, column by column; cells come in the order of the rules' fields.

    `brands` None allows every brand.
    """

    def __init__(self, rules: RowRules, brands: Collection[str] | None) -> None:
        self._rules = rules
        self._names = tuple(rules.fields)
        self._places = [self._names.index(name) for name in rules.key]
        self._beside = [(self._names.index(name), self._names.index(other)) for name, other in rules.beside.items()]
        reads = dict(rules.fields)
        if brands is not None and "brand" in reads:
            reads["brand"] = fields.brand_of(brands)
        self._cells = [_Cells(name, read) for name, read in reads.items()]

    def rows(self, rows: Sequence[Sequence[str]]) -> list[Row | InvalidRow]:
        """Validate rows; of a wrong one the first field that is wrong is told."""
        if not rows:
            return []
        cells = self._columns(rows)
        values, texts, contents = zip(*map(_Cells.read, self._cells, cells), strict=True)
        wrong = self._wrong(values)
        keys = map(_SEPARATOR.join, zip(*(texts[place] for place in self._places), strict=True))
        digests = [
            blake2b(content.encode(), digest_size=16).digest() for content in map(_JOIN, zip(*contents, strict=True))
        ]
        return [
            wrong.get(at) or self._checked(key, dict(zip(self._names, row, strict=True)), digest)
            for at, (key, row, digest) in enumerate(zip(keys, zip(*values, strict=True), digests, strict=True))
        ]

    def key(self, cells: Sequence[str]) -> Row | InvalidRow:
        """Validate the row key alone."""
        given = self._columns([cells])
        read = [self._cells[place].read(given[place]) for place in self._places]
        columns = {name: values[0] for name, (values, _, _) in zip(self._rules.key, read, strict=True)}
        for name, value in columns.items():
            if isinstance(value, InvalidError):
                return InvalidRow(name, value.reason)
        return Row(_SEPARATOR.join(texts[0] for _, texts, _ in read), columns)

    def _columns(self, rows: Sequence[Sequence[str]]) -> list[Sequence[Any]]:
        columns: list[Sequence[Any]] = list(zip(*rows, strict=True))
        for place, other in self._beside:
            columns[place] = list(zip(columns[other], columns[place], strict=True))
        return columns

    def _wrong(self, values: Sequence[Sequence[Any]]) -> dict[int, InvalidRow]:
        found: dict[int, InvalidRow] = {}
        for name, cells, column in zip(self._names, self._cells, values, strict=True):
            if cells.some_wrong:
                for at, value in enumerate(column):
                    if isinstance(value, InvalidError):
                        found.setdefault(at, InvalidRow(name, value.reason))
        return found

    def _checked(self, key: str, columns: dict[str, Any], digest: bytes) -> Row | InvalidRow:
        if self._rules.check is not None:
            try:
                self._rules.check(columns)
            except InvalidError as error:
                return InvalidRow("", error.reason)
        columns["row_hash"] = digest
        return Row(key, columns)


class _Cells(dict[Any, tuple[Any, str, str]]):
    """The cells of one column that were read: by what was given the value, its text, and its part of the digest.

    Of a wrong cell the value is the `InvalidError`.
    """

    def __init__(self, name: str, field: Field) -> None:
        super().__init__()
        self.some_wrong = False
        self._name = name
        self._field = field

    def __missing__(self, given: Any) -> tuple[Any, str, str]:
        try:
            value = self._field(given)
            text = _text(value)
        except InvalidError as error:
            value, text = InvalidError(error.reason), ""
            self.some_wrong = True
        self[given] = read = value, text, f"{self._name}={text}"
        return read

    def read(self, column: Sequence[Any]) -> Sequence[Sequence[Any]]:
        """Read the cells of a column: the values, the texts and the parts of the digests."""
        if len(self) > _REMEMBERED:
            self.clear()
            self.some_wrong = False
        return tuple(zip(*map(self.__getitem__, column), strict=True))


def _text(value: Any) -> str:
    match value:
        case str():
            return value
        case None:
            return ""
        case frozenset():
            return ";".join(sorted(value))
        case tuple():
            return ";".join(value)
        case Decimal():
            return f"{value:.2f}"
        case _:
            return str(value)


def _named(row: Values) -> None:
    if row["kind"] == CustomerKind.COMPANY:
        if not row["company_name"]:
            raise InvalidError("company_name_missing")
    elif not (row["first_name"] and row["last_name"]):
        raise InvalidError("name_missing")


def _in_order(row: Values) -> None:
    if row["expires_on"] is not None and row["expires_on"] < row["effective_on"]:
        raise InvalidError("expires_before_effect")


def _paid_on_a_day(row: Values) -> None:
    if (row["status"] == "paid") != (row["paid_on"] is not None):
        raise InvalidError("paid_on_disagrees")


AGENCY = RowRules(
    key=("agency_code",),
    fields={
        "agency_code": fields.code,
        "brand": fields.code,
        "name": fields.required,
        "email": fields.email,
        "phone": fields.short,
        "address": fields.line,
    },
)

CUSTOMER = RowRules(
    key=("customer_code",),
    fields={
        "customer_code": fields.code,
        "brand": fields.code,
        "kind": fields.one_of(*CustomerKind),
        "first_name": fields.name,
        "last_name": fields.name,
        "company_name": fields.name,
        "tax_code": fields.tax_code,
        "vat_number": fields.vat_number,
        "agency_code": fields.code,
        "scheme": fields.slug,
        "status": fields.one_of(*CustomerStatus),
        "updated_at": fields.moment,
    },
    check=_named,
)

CONTACT = RowRules(
    key=("customer_code", "channel", "value"),
    fields={
        "customer_code": fields.code,
        "channel": fields.one_of(*Channel),
        "value": fields.contact_of,
        "certified": fields.flag,
        "roles": fields.words_of("preferred", "dematerialisation", "fea"),
        "updated_at": fields.moment,
    },
    beside={"value": "channel"},
)

ADDRESS = RowRules(
    key=("customer_code", "kind"),
    fields={
        "customer_code": fields.code,
        "kind": fields.one_of("residence", "domicile"),
        "street": fields.required,
        "postal_code": fields.short,
        "city": fields.required,
        "province": fields.province,
        "country": fields.country,
        "updated_at": fields.moment,
    },
)

POLICY = RowRules(
    key=("policy_number",),
    fields={
        "policy_number": fields.code,
        "customer_code": fields.code,
        "branch": fields.one_of(
            *("auto", "vita", "risparmio", "previdenza", "protezione", "casa", "infortuni", "malattia", "aziende")
        ),
        "product_name": fields.required,
        "status": fields.one_of("active", "ceased"),
        "effective_on": fields.day,
        "expires_on": fields.day_or_none,
        "premium_eur": fields.euro_or_none,
        "frequency": fields.slug,
        "direct_debit": fields.flag,
        "additional_payment": fields.flag,
        "iot_amount_eur": fields.euro_or_none,
        "company_policy": fields.flag,
        "coverages": fields.texts,
    },
    check=_in_order,
)

INSURED_PERSON = RowRules(
    key=("policy_number", "customer_code", "full_name"),
    fields={
        "policy_number": fields.code,
        "customer_code": fields.code_or_none,
        "full_name": fields.required,
        "family_of": fields.code_or_none,
    },
)

INSTALMENT = RowRules(
    key=("instalment_id",),
    fields={
        "instalment_id": fields.code,
        "policy_number": fields.code,
        "kind": fields.one_of("first", "regular", "adjustment", "completion"),
        "payable_online": fields.flag,
        "due_on": fields.day,
        "amount_eur": fields.euro,
        "status": fields.one_of("due", "paid"),
        "paid_on": fields.day_or_none,
    },
    check=_paid_on_a_day,
)

DOCUMENT = RowRules(
    key=("document_id",),
    fields={
        "document_id": fields.code,
        "policy_number": fields.code,
        "kind": fields.one_of("contract", "risk_certificate", "statement", "tax_certificate", "receipt"),
        "title": fields.required,
        "issued_on": fields.day,
        "path": fields.path_inside,
    },
)

LINKED_PERSON = RowRules(
    key=("customer_code", "tax_code", "role"),
    fields={
        "customer_code": fields.code,
        "tax_code": fields.tax_code_given,
        "first_name": fields.required,
        "last_name": fields.required,
        "role": fields.one_of("legal_representative", "beneficial_owner"),
        "email": fields.email,
        "mobile": fields.mobile,
    },
)
