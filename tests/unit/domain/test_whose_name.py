"""What is equal between a typed name and one on file, what is not, and that nobody else's record is ever taken.

The model here knows who is who before anything is written: an identity is words and, for companies, a legal form; each
is then written in one of the many ways that people and agencies write it. The rules under test see the writing alone.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.brands import load_brands
from domain.company_names import same_company
from domain.contacts import Channel, Contact
from domain.customers import CustomerKind, CustomerStatus
from domain.matching import Ambiguous, Candidate, CandidateContact, Claim, Match, NotRecognised, match_by_contact
from domain.names import PersonName, same_person

BRANDS = load_brands()
SHARED = Contact(Channel.EMAIL, "famiglia@example.it")

# No word is another one's beginning, and none is an abbreviation or a legal form.
STEMS = ["nicolò", "d'angelo", "müller", "anna", "maria", "galli", "officine", "trasporti", "josé", "łukasz"]
# One way alone of writing ü: where neither side has the letter itself, Muller and Mueller are two names.
_ASCII = {"ò": ["o", "o'", "o’"], "é": ["e", "e'"], "ü": ["ue"], "ł": ["l"]}
_FORMS = {
    "srl": ["S.r.l.", "SRL", "s. r. l.", "Società a responsabilità limitata", "Soc. a resp. lim."],
    "srls": ["S.r.l.s.", "SRLS", "Società a responsabilità limitata semplificata"],
    "spa": ["S.p.A.", "SpA", "Società per azioni"],
    "sas": ["S.a.s.", "sas", "Società in accomandita semplice"],
    "snc": ["S.n.c.", "SNC", "Società in nome collettivo"],
    "coop": ["Soc. Coop.", "società cooperativa", "S.coop"],
}
_RIDERS = ["", " unipersonale", " a socio unico", " in liquidazione"]

words = st.lists(st.sampled_from(STEMS), min_size=1, max_size=2, unique=True).map(tuple)


@dataclass(frozen=True)
class Who:
    """A person (`first`, `last`) or a company (`first` and a legal form)."""

    first: tuple[str, ...]
    last: tuple[str, ...] = ()
    form: str = ""


people = st.builds(Who, words, words)
companies = st.builds(Who, words, st.just(()), st.sampled_from(sorted(_FORMS)))


@st.composite
def spelt(draw: st.DrawFn, stems: tuple[str, ...]) -> str:
    """The words with other accents, apostrophes, capitals and separators."""
    text = draw(st.sampled_from([" ", "  ", "-"])).join(stems)
    if draw(st.booleans()):
        text = "".join(draw(st.sampled_from(_ASCII[char])) if char in _ASCII else char for char in text)
    if "'" in text:
        text = text.replace("d'angelo", draw(st.sampled_from(["d'angelo", "d’angelo", "d angelo", "dangelo"])))
    how = draw(st.sampled_from(["as it is", "upper", "title", "capitalize"]))
    return text if how == "as it is" else str(getattr(text, how)())


@st.composite
def company_written(draw: st.DrawFn, who: Who, *, with_form: bool | None = None) -> str:
    """The company with its legal form in front, behind, or left out."""
    name = draw(spelt(who.first))
    if not (draw(st.booleans()) if with_form is None else with_form):
        return name
    form = draw(st.sampled_from(_FORMS[who.form]))
    return f"{form} {name}" if draw(st.booleans()) else f"{name} {form}{draw(st.sampled_from(_RIDERS))}"


def person_written(who: Who) -> st.SearchStrategy[PersonName]:
    return st.builds(PersonName, spelt(who.first), spelt(who.last))


@given(people, st.data())
def test_a_person_is_the_same_however_written_and_in_either_order(who: Who, data: st.DataObject) -> None:
    one, other = data.draw(person_written(who)), data.draw(person_written(who))
    assert same_person(one, other)
    assert same_person(PersonName(other.last, other.first), one)


@given(people, people, st.data())
def test_two_people_are_never_the_same_however_written(one: Who, other: Who, data: st.DataObject) -> None:
    same = (one.first, one.last) in ((other.first, other.last), (other.last, other.first))
    assert same_person(data.draw(person_written(one)), data.draw(person_written(other))) == same


@given(companies, st.data())
def test_a_company_is_the_same_however_written(who: Who, data: st.DataObject) -> None:
    assert same_company(data.draw(company_written(who)), data.draw(company_written(who)))


@given(companies, companies, st.data())
def test_two_companies_are_the_same_only_by_name_and_form(one: Who, other: Who, data: st.DataObject) -> None:
    written = [data.draw(company_written(who, with_form=True)) for who in (one, other)]
    assert same_company(*written) == (one == other)


@pytest.mark.parametrize(
    ("partners", "other"),
    [
        ("Galli s.a.s. di Mario Rossi & C.", "GALLI DI MARIO ROSSI E C. SAS"),
        ("Galli S.n.c. di Rossi Mario e Compagni", "Galli snc di Rossi Mario & C."),
        ("Soc. Agr. Galli S.S.", "Società agricola Galli società semplice"),
    ],
)
def test_a_legal_form_may_stand_before_the_partners(partners: str, other: str) -> None:
    assert same_company(partners, other)
    assert same_company(other, partners)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Galli s.a.s. di Mario Rossi & C.", "Galli s.a.s. di Lucia Rossi & C."),
        ("Galli s.a.s. di Mario Rossi & C.", "Galli sas"),
        ("S.S. Galli", "Galli società semplice"),
        ("Galli S.r.l.s.", "Galli S.r.l."),
    ],
)
def test_what_else_stands_beside_a_name_makes_another_company(one: str, other: str) -> None:
    assert not same_company(one, other)
    assert not same_company(other, one)


def _record(code: str, who: Who, written: Any) -> Candidate:
    person = isinstance(written, PersonName)
    return Candidate(
        code,
        CustomerKind.PERSON if person else CustomerKind.COMPANY,
        CustomerStatus.ACTIVE,
        first_name=written.first if person else "",
        last_name=written.last if person else "",
        company_name="" if person else written,
        contacts=(CandidateContact(SHARED),),
        has_policy=True,
        has_active_policy=True,
    )


@given(st.lists(st.one_of(people, companies), min_size=1, max_size=5), st.one_of(people, companies), st.data())
def test_whoever_shares_a_contact_another_customer_is_never_taken(
    everyone: list[Who], asking: Who, data: st.DataObject
) -> None:
    """All of them are on file with one contact, and somebody, of these or not, registers with it."""
    brand = BRANDS["generali"]
    records = {}
    for number, who in enumerate(everyone):
        written = company_written(who) if who.form else person_written(who)
        records[f"G{number}"] = (who, _record(f"G{number}", who, data.draw(written)))
    if asking.form:
        claim = Claim(brand.kind("company"), company_name=data.draw(company_written(asking)))
    else:
        claim = Claim(brand.kind("person"), person=data.draw(person_written(asking)))
    outcome = match_by_contact(brand, claim, SHARED, [record for _who, record in records.values()])
    namesakes = {code for code, (who, _record) in records.items() if _could_be(who, asking)}
    if isinstance(outcome, Match):
        # A name that one of them alone has, whatever is left out of it.
        assert outcome.customer_code in namesakes
        assert sum(_are(who, asking) for who, _record in records.values()) <= 1
    else:
        assert isinstance(outcome, Ambiguous | NotRecognised)
        assert sum(_are(who, asking) for who, _record in records.values()) != 1 or len(namesakes) > 1


def _are(one: Who, other: Who) -> bool:
    if one.form or other.form:
        return one == other
    return (one.first, one.last) in ((other.first, other.last), (other.last, other.first))


def _could_be(one: Who, other: Who) -> bool:
    """The same, or two companies of one name whose legal form somebody may have left out."""
    return _are(one, other) or bool(one.form and other.form and one.first == other.first)
