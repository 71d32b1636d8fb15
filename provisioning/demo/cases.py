"""The demo delivery: the cases worth meeting, shaped by hand, and synthetic neighbours around them."""

from __future__ import annotations

import json
import random
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

from domain.brands import load_brands
from provisioning.demo import _CUSTOMERS, DEMO_DELIVERY
from provisioning.demo.listing import customers_to_try
from provisioning.feed.build import ContactDraft, DeliveryBuilder, email, landline, mobile
from provisioning.feed.generate import DEFAULT_DAY, SyntheticCustomers
from provisioning.feed.tax_ids import TOWNS, tax_code, vat_number
from provisioning.feed.writer import DeliveryWriter

ROMA, MILANO, TORINO = TOWNS[0], TOWNS[1], TOWNS[2]
_BRANDS = ("generali", "alleanza")
_NEIGHBOURS = 36
_SEED = 20


def write_demo(folder: Path = DEMO_DELIVERY, customers: Path = _CUSTOMERS) -> None:
    """Write delivery and customers; the same bytes each time."""
    generated_at = datetime(DEFAULT_DAY.year, DEFAULT_DAY.month, DEFAULT_DAY.day, 2, tzinfo=UTC)
    with DeliveryWriter(folder, sequence=1, generated_at=generated_at) as writer:
        builder = DeliveryBuilder(writer, DEFAULT_DAY, _BRANDS)
        cases = _Cases(builder)
        cases.generali()
        cases.alleanza()
        agencies = {brand: list(codes) for brand, codes in cases.agencies.items()}
        dice = random.Random(_SEED)  # noqa: S311
        SyntheticCustomers(builder, agencies, dice, DEFAULT_DAY, first=101).add(_NEIGHBOURS)
    to_try = customers_to_try(folder, load_brands().values(), cases.to_try)
    customers.write_text(json.dumps(to_try, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")


class _Cases:
    def __init__(self, builder: DeliveryBuilder) -> None:
        self._add = builder
        self.agencies = {brand: [builder.agency(brand, i, TOWNS[i]) for i in range(3)] for brand in _BRANDS}
        self.to_try: list[str] = []

    def _person(
        self,
        brand: str,
        first: str,
        last: str,
        *contacts: ContactDraft,
        born: date = date(1980, 5, 17),
        female: bool = False,
        kind: str = "person",
        vat: str = "",
        scheme: str = "",
        status: str = "active",
    ) -> str:
        return self._add.customer(
            brand,
            kind,
            self.agencies[brand][0],
            first_name=first,
            last_name=last,
            tax_code=tax_code(first, last, born, ROMA[0], female=female),
            vat_number=vat,
            scheme=scheme,
            status=status,
            contacts=contacts,
            town=ROMA,
        )

    def _company(self, brand: str, name: str, vat: str, *contacts: ContactDraft) -> str:
        return self._add.customer(
            brand,
            "company",
            self.agencies[brand][1],
            company_name=name,
            tax_code=vat,
            vat_number=vat,
            contacts=contacts,
            town=MILANO,
        )

    def generali(self) -> None:
        """Add the cases of Generali."""
        brand, add = "generali", self._add
        self._well_known_person(brand)
        # A couple with one email: name tells them apart.
        for first, female in (("Paolo", False), ("Giovanna", True)):
            number = mobile("338 700 10 01" if female else "338 700 10 00")
            one = self._person(brand, first, "Ferri", email("famiglia.ferri@example.it"), number, female=female)
            add.policy(one, "casa")
        # The same woman as person and as professional, one tax code and one mobile: kind tells them apart.
        for kind in ("person", "professional"):
            reach = (email(f"chiara.{kind}@example.it"), mobile("347 200 3004", certified=True))
            vat = vat_number(2001) if kind == "professional" else ""
            code = self._person(brand, "Chiara", "De Luca", *reach, female=True, kind=kind, vat=vat)
            add.policy(code, "infortuni" if kind == "professional" else "auto")
            if kind == "professional":
                self.to_try.append(code)
        company = self._company(
            brand,
            "Officina Meccanica Galli & C. S.r.l.",
            vat_number(2002),
            email("info@galli.example"),
            mobile("335 600 1122"),
        )
        group = add.policy(company, "aziende", company_policy=True, premium=Decimal("5400.00"), frequency="half-yearly")
        legal = tax_code("Ettore", "Galli", date(1961, 2, 3), MILANO[0], female=False)
        for role in ("legal_representative", "beneficial_owner"):
            add.linked_person(
                company, legal, "Ettore", "Galli", role=role, reach=("ettore@galli.example", "335 600 1123")
            )
        self.to_try.append(company)
        # Insured under the company's policy and holder of nothing, with family.
        employee = self._person(
            brand, "Sara", "Conti", email("sara.conti@example.it"), mobile("349 300 4005"), female=True
        )
        add.insured(group, "Sara Conti", employee)
        add.insured(group, "Leo Martini", "", employee)
        add.insured(group, "Bruno Testa")
        self.to_try.append(employee)
        geometra = self._person(
            brand, "Fabio", "Serra", mobile("333 400 5006", certified=True), scheme="cassa-geometri"
        )
        add.insured(add.policy(geometra, "malattia"), "Fabio Serra", geometra)
        self.to_try.append(geometra)
        self._hard_to_reach(brand)
        self._hard_to_write(brand)

    def _well_known_person(self, brand: str) -> None:
        add = self._add
        mobiles = (mobile("320 123 4519", "preferred", certified=True), mobile("328 765 4321", days_old=5))
        code = self._person(brand, "Mario", "Rossi", email("mario.rossi@example.it", "dematerialisation"), *mobiles)
        add.address(code, TORINO, "Corso Vittorio Emanuele II 44", "domicile")
        car = add.policy(code, "auto", premium=Decimal("612.40"), frequency="half-yearly", iot=Decimal("60.00"))
        add.insured(car, "Mario Rossi", code)
        home = add.policy(code, "casa", years=3)
        for name, family_of in (("Mario Rossi", ""), ("Lucia Bianchi", code), ("Anna Rossi", code)):
            add.insured(home, name, "" if family_of else code, family_of)
        add.policy(code, "vita", years=5, premium=Decimal("1800.00"), frequency="monthly", additional_payment=True)
        add.policy(code, "auto", status="ceased", years=6)
        self.to_try.append(code)

    def _hard_to_reach(self, brand: str) -> None:
        """No mobile, only a landline, a foreign mobile, nothing at all, ceased, and no policy that still runs."""
        add = self._add
        cases = (
            ("Elena", "Marini", (email("elena.marini@example.it"),)),
            ("Aldo", "Greco", (landline("06 1234 5678"),)),
            ("John", "Smith", (mobile("+44 7400 123456"),)),
            ("Ida", "Villa", ()),
        )
        for first, last, contacts in cases:
            add.policy(self._person(brand, first, last, *contacts, female=first in ("Elena", "Ida")), "protezione")
        ceased = self._person(brand, "Ugo", "Sala", email("ugo.sala@example.it"), status="ceased")
        add.policy(ceased, "auto", status="ceased", years=4)
        past = self._person(brand, "Vera", "Monti", email("vera.monti@example.it"), mobile("340 900 8007"), female=True)
        add.policy(past, "casa", status="ceased", years=4)
        self._person(brand, "Nino", "Gatti", email("nino.gatti@example.it"))
        # Two of one name behind one mobile: only the tax code tells them apart.
        for year in (1951, 1984):
            twin = self._person(brand, "Luigi", "Amato", mobile("366 500 6007"), born=date(year, 9, 9))
            add.policy(twin, "risparmio", additional_payment=True)

    def _hard_to_write(self, brand: str) -> None:
        add = self._add
        angelo = self._person(brand, "Nicolò", "D'Angelo", email("d'angelo@example.it"), mobile("+39 348.111.2223"))
        add.policy(angelo, "previdenza", years=9, frequency="monthly", direct_debit=True)
        self.to_try.append(angelo)
        zoe = self._person(
            brand, "Zoë Maria", "Müller-Hofer", email("zoe@caffè.example"), mobile("0039 345 222 3334"), female=True
        )
        add.policy(zoe, "infortuni")

    def alleanza(self) -> None:
        """Add the cases of Alleanza."""
        brand, add = "alleanza", self._add
        reach = (email("marco.verdi@example.it"), mobile("320 555 6623", "preferred", certified=True))
        private = self._person(brand, "Marco", "Verdi", *reach, born=date(1975, 11, 2))
        add.policy(private, "vita", years=4, premium=Decimal("900.00"), frequency="quarterly")
        add.policy(private, "protezione", years=2)
        self.to_try.append(private)
        company = self._company(
            brand,
            "Trasporti Lario S.p.A.",
            vat_number(3001),
            email("amministrazione@lario.example"),
            mobile("331 222 3344"),
        )
        add.policy(company, "aziende", company_policy=True, premium=Decimal("7200.00"))
        add.linked_person(
            company,
            tax_code("Rita", "Lario", date(1970, 1, 30), MILANO[0], female=True),
            "Rita",
            "Lario",
            role="legal_representative",
            reach=("rita@lario.example", "331 222 3345"),
        )
        self.to_try.append(company)
        freelance = self._person(
            brand,
            "Gaia",
            "Colombo",
            email("gaia@colombo.example"),
            mobile("339 444 5566"),
            female=True,
            kind="professional",
            vat=vat_number(3002),
        )
        add.policy(freelance, "infortuni")
        self.to_try.append(freelance)
        # No mobile on file, and no policy that still runs: neither may register here.
        add.policy(self._person(brand, "Rocco", "Bruno", email("rocco.bruno@example.it")), "vita")
        past = self._person(brand, "Nora", "Costa", email("nora.costa@example.it"), mobile("342 111 0099"), female=True)
        add.policy(past, "risparmio", status="ceased", years=5)
        # On file with both brands under one email.
        both = self._person(brand, "Mario", "Rossi", email("mario.rossi@example.it"), mobile("320 123 4519"))
        add.policy(both, "previdenza", years=2)
