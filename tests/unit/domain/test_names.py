"""Names: spelling is forgiven, a different name never is."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.company_names import same_company
from domain.names import PersonName, same_person

SAME_PEOPLE = [
    (("Mario", "Rossi"), ("MARIO", "rossi")),
    (("Nicolò", "D'Angelo"), ("Nicolo'", "D Angelo")),
    (("Nicolò", "D’Angelo"), ("nicolo", "dangelo")),
    (("Anna Maria", "De Luca"), ("Annamaria", "DeLuca")),
    (("Anna-Maria", "Bianchi"), ("Anna  Maria", "Bianchi")),
    (("Rossi", "Mario"), ("Mario", "Rossi")),
    (("Jürgen", "Müller"), ("Juergen", "Mueller")),
    (("Jürgen", "Müller"), ("Jurgen", "Muller")),
    (("Łukasz", "Đurić"), ("Lukasz", "Duric")),
]
OTHER_PEOPLE = [
    (("Mario", "Rossi"), ("Maria", "Rossi")),
    (("Mario", "Rossi"), ("Mario", "Russo")),
    (("Mario", "Rossi"), ("Mario Luigi", "Rossi")),
    (("Anna Maria", "Rossi"), ("Maria Anna", "Rossi")),
    (("Mario", "Rossi"), ("Mario", "")),
    (("", ""), ("", "")),
    (("'", "-"), ("'", "-")),
    (("Mar", "ioRossi"), ("Mario", "Rossi")),
]
SAME_COMPANIES = [
    ("Alfa S.r.l.", "ALFA SRL"),
    ("Alfa S.r.l.", "Alfa"),
    ("Alfa S. r. l.", "alfa s.r.l"),
    ("Alfa Società a responsabilità limitata", "Alfa srl"),
    ("S.p.A. Alfa", "Alfa Spa"),
    ("Galli & C. S.n.c.", "Galli e C. snc"),
    ("F.lli Rossi s.a.s.", "Fratelli Rossi SAS"),
    ("L'Arte del Legno srl", "L’ARTE DEL LEGNO"),
    ("Alfa S.r.l. unipersonale", "Alfa S.r.l."),
    ("Alfa S.r.l. in liquidazione", "Alfa S.r.l."),
]
OTHER_COMPANIES = [
    ("Alfa S.r.l.", "Alfa S.p.A."),
    ("Alfa", "Alfa 2"),
    ("Alfa S.r.l.", "S.r.l."),
    ("S.r.l.", "S.p.A."),
    ("", ""),
    ("Studio Rossi", "Studio Russo"),
    ("Rossi Trasporti", "Rossi"),
]

words = st.text(alphabet="abcdefghilmnopqrstuvz", min_size=2, max_size=12)


@pytest.mark.parametrize(("one", "other"), SAME_PEOPLE)
def test_the_same_person_written_two_ways_is_the_same(one: tuple[str, str], other: tuple[str, str]) -> None:
    assert same_person(PersonName(*one), PersonName(*other))
    assert same_person(PersonName(*other), PersonName(*one))


@pytest.mark.parametrize(("one", "other"), OTHER_PEOPLE)
def test_different_people_are_never_the_same(one: tuple[str, str], other: tuple[str, str]) -> None:
    assert not same_person(PersonName(*one), PersonName(*other))
    assert not same_person(PersonName(*other), PersonName(*one))


@pytest.mark.parametrize(("one", "other"), SAME_COMPANIES)
def test_the_same_company_written_two_ways_is_the_same(one: str, other: str) -> None:
    assert same_company(one, other)
    assert same_company(other, one)


@pytest.mark.parametrize(("one", "other"), OTHER_COMPANIES)
def test_different_companies_are_never_the_same(one: str, other: str) -> None:
    assert not same_company(one, other)
    assert not same_company(other, one)


@given(words, words, words, words)
def test_plain_names_are_the_same_only_letter_by_letter(
    first: str, last: str, other_first: str, other_last: str
) -> None:
    expected = (first, last) in ((other_first, other_last), (other_last, other_first))
    assert same_person(PersonName(first, last), PersonName(other_first, other_last)) == expected
    assert same_person(PersonName(f" {first.upper()} ", last.title()), PersonName(first, last))


@given(st.text(max_size=40), st.text(max_size=40))
def test_no_text_breaks_a_comparison_and_order_never_matters(one: str, other: str) -> None:
    assert same_company(one, other) == same_company(other, one)
    here, there = PersonName(one, "Rossi"), PersonName(other, "Rossi")
    assert same_person(here, there) == same_person(there, here)
