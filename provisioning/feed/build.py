"""Builds the parts of a delivery: customers with contacts and addresses, policies with all that hangs on them."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

from provisioning.feed.people import PRODUCTS
from provisioning.feed.writer import DeliveryWriter

_PER_YEAR = {"annual": 1, "half-yearly": 2, "quarterly": 4, "monthly": 12}


@dataclass(frozen=True, slots=True)
class ContactDraft:
    """A contact as the agency would write it."""

    channel: str
    value: str
    certified: bool = False
    roles: tuple[str, ...] = ()
    days_old: int = 30


def email(value: str, *roles: str, certified: bool = False) -> ContactDraft:
    """Return an email draft."""
    return ContactDraft("email", value, certified, roles)


def mobile(value: str, *roles: str, certified: bool = False, days_old: int = 30) -> ContactDraft:
    """Return a mobile draft."""
    return ContactDraft("mobile", value, certified, roles, days_old)


def landline(value: str) -> ContactDraft:
    """Return a landline draft."""
    return ContactDraft("landline", value)


def code_prefixes(brands: Collection[str]) -> dict[str, str]:
    """How the codes of each brand's customers and agencies begin: the shortest start of its id that is its alone."""
    starts = {brand: [brand[:length] for length in range(1, len(brand) + 1)] for brand in brands}
    others = {brand: [one for one in brands if one != brand] for brand in brands}
    return {
        brand: next((s for s in starts[brand] if not any(o.startswith(s) for o in others[brand])), brand).upper()
        for brand in brands
    }


class DeliveryBuilder:
    """Adds whole customers and policies to a delivery; dates count back and forth from `today`.

    What it numbers begins with `first`, so that a delivery can stand beside another.
    """

    def __init__(self, writer: DeliveryWriter, today: date, brands: Collection[str], first: int = 1) -> None:
        self._prefix = code_prefixes(brands)
        self._writer = writer
        self._today = today
        self._customers = first - 1
        self._policies = first - 1
        self._instalments = first - 1
        self._documents = first - 1

    def agency(self, brand: str, number: int, town: tuple[str, str, str, str]) -> str:
        """Add an agency; return its code."""
        code = f"{self._prefix[brand]}{number:03d}"
        _, city, province, postal_code = town
        self._writer.write(
            "agencies.csv",
            agency_code=code,
            brand=brand,
            name=f"Agenzia di {city}",
            email=f"agenzia.{code.lower()}@{brand}.example",
            phone="+39 02 12345678",
            address=f"Via Roma 1, {postal_code} {city} ({province})",
        )
        return code

    def customer(
        self,
        brand: str,
        kind: str,
        agency: str,
        *,
        first_name: str = "",
        last_name: str = "",
        company_name: str = "",
        tax_code: str = "",
        vat_number: str = "",
        scheme: str = "",
        status: str = "active",
        contacts: Iterable[ContactDraft] = (),
        town: tuple[str, str, str, str] | None = None,
        street: str = "Via Garibaldi 5",
    ) -> str:
        """Add a customer with contacts and, given a town, a residence; return the customer code."""
        self._customers += 1
        code = f"{self._prefix[brand]}{self._customers:08d}"
        self._writer.write(
            "customers.csv",
            customer_code=code,
            brand=brand,
            kind=kind,
            first_name=first_name,
            last_name=last_name,
            company_name=company_name,
            tax_code=tax_code,
            vat_number=vat_number,
            agency_code=agency,
            scheme=scheme,
            status=status,
            updated_at=self._moment(60),
        )
        for draft in contacts:
            self._writer.write(
                "contacts.csv",
                customer_code=code,
                channel=draft.channel,
                value=draft.value,
                certified=draft.certified,
                roles=";".join(draft.roles),
                updated_at=self._moment(draft.days_old),
            )
        if town is not None:
            self.address(code, town, street)
        return code

    def address(self, code: str, town: tuple[str, str, str, str], street: str, kind: str = "residence") -> None:
        """Add an address."""
        _, city, province, postal_code = town
        self._writer.write(
            "addresses.csv",
            customer_code=code,
            kind=kind,
            street=street,
            postal_code=postal_code,
            city=city,
            province=province,
            country="Italia",
            updated_at=self._moment(60),
        )

    def policy(
        self,
        holder: str,
        branch: str,
        *,
        status: str = "active",
        years: int = 1,
        premium: Decimal = Decimal("480.00"),
        frequency: str = "annual",
        company_policy: bool = False,
        direct_debit: bool = False,
        additional_payment: bool = False,
        iot: Decimal | None = None,
    ) -> str:
        """Add a policy begun `years` years ago with instalments and documents; return its number."""
        self._policies += 1
        number = f"{branch[:2].upper()}{self._policies:09d}"
        begun = self._today - timedelta(days=365 * years - 20)
        product, coverages = PRODUCTS[branch]
        self._writer.write(
            "policies.csv",
            policy_number=number,
            customer_code=holder,
            branch=branch,
            product_name=product,
            status=status,
            effective_on=begun,
            expires_on=begun + timedelta(days=365 * (years + 1)) if status == "active" else begun + timedelta(days=365),
            premium_eur=premium,
            frequency=frequency,
            direct_debit=direct_debit,
            additional_payment=additional_payment,
            iot_amount_eur=iot,
            company_policy=company_policy,
            coverages=";".join(coverages),
        )
        self._add_instalments(number, begun, premium, frequency, direct_debit=direct_debit)
        self._add_documents(number, branch, begun)
        return number

    def _add_instalments(
        self, number: str, begun: date, premium: Decimal, frequency: str, *, direct_debit: bool
    ) -> None:
        each = (premium / _PER_YEAR[frequency]).quantize(Decimal("0.01"))
        apart = timedelta(days=365 // _PER_YEAR[frequency])
        for index in range(3):
            due = begun + index * apart
            paid = due <= self._today - timedelta(days=10)
            self._instalments += 1
            self._writer.write(
                "instalments.csv",
                instalment_id=f"R{self._instalments:010d}",
                policy_number=number,
                kind="first" if index == 0 else "regular",
                payable_online=index > 0 and not direct_debit,
                due_on=due,
                amount_eur=each,
                status="paid" if paid else "due",
                paid_on=due if paid else None,
            )

    def _add_documents(self, number: str, branch: str, begun: date) -> None:
        titles = {"contract": "Contratto di polizza", "receipt": "Quietanza di pagamento"}
        if branch == "auto":
            titles["risk_certificate"] = "Attestato di rischio"
        for kind, title in titles.items():
            self._documents += 1
            self._writer.write(
                "documents.csv",
                document_id=f"D{self._documents:010d}",
                policy_number=number,
                kind=kind,
                title=title,
                issued_on=begun,
                path=f"{number}/{kind}.pdf",
            )

    def insured(self, policy: str, full_name: str, customer: str = "", family_of: str = "") -> None:
        """Add an insured person, who need not be a customer."""
        self._writer.write(
            "insured_persons.csv",
            policy_number=policy,
            customer_code=customer,
            full_name=full_name,
            family_of=family_of,
        )

    def linked_person(
        self, company: str, tax_code: str, first: str, last: str, *, role: str, reach: tuple[str, str]
    ) -> None:
        """Add a representative or beneficial owner of a company; `reach` is email and mobile."""
        self._writer.write(
            "linked_persons.csv",
            customer_code=company,
            tax_code=tax_code,
            first_name=first,
            last_name=last,
            role=role,
            email=reach[0],
            mobile=reach[1],
        )

    def _moment(self, days_old: int) -> datetime:
        return datetime(self._today.year, self._today.month, self._today.day, 8, tzinfo=UTC) - timedelta(days=days_old)
