"""A customer's policies, and the customer's own data; each object is reached through its owner."""

from __future__ import annotations

from dataclasses import dataclass

from adapters.flask_portal.errors import NotFoundError
from adapters.flask_portal.gateways.directory import DirectoryGateway
from adapters.flask_portal.repository.operations import Domicile, OperationStore
from adapters.flask_portal.sessions import Identity
from provisioning.directory.records import (
    AddressRecord,
    AgencyRecord,
    CustomerRecord,
    DocumentRecord,
    InstalmentRecord,
    PolicyRecord,
    PolicyRole,
)


@dataclass(frozen=True)
class PolicyDetail:
    """A policy with what its reader may see of it: instalments and documents are the holder's alone."""

    policy: PolicyRecord
    instalments: tuple[InstalmentRecord, ...]
    documents: tuple[DocumentRecord, ...]

    @property
    def is_holder(self) -> bool:
        """Whether the reader holds the policy."""
        return self.policy.role is PolicyRole.HOLDER


@dataclass(frozen=True)
class Profile:
    """The customer as on file, with the domicile the customer wrote laid over the agency's."""

    customer: CustomerRecord
    agency: AgencyRecord | None
    residence: AddressRecord | None
    domicile: Domicile | None


class PolicyService:
    """Lists and details."""

    def __init__(self, directory: DirectoryGateway) -> None:
        self._directory = directory

    def listed(self, identity: Identity, *, archived: bool = False) -> tuple[PolicyRecord, ...]:
        """Active policies, or the archive."""
        return self._directory.policies(identity.brand, identity.customer_code, archived=archived)

    def detail(self, identity: Identity, policy_number: str) -> PolicyDetail:
        """One policy of the customer's; raises :class:`NotFoundError` for anyone else's."""
        brand, code = identity.brand, identity.customer_code
        policy = self._directory.policy(brand, code, policy_number)
        if policy is None:
            raise NotFoundError("no such policy of this customer")
        return PolicyDetail(
            policy,
            self._directory.instalments(brand, code, policy_number),
            self._directory.documents(brand, code, policy_number),
        )

    def documents(self, identity: Identity) -> list[tuple[PolicyRecord, tuple[DocumentRecord, ...]]]:
        """Every policy that has documents for this reader, with them; active ones first."""
        brand, code = identity.brand, identity.customer_code
        policies = self.listed(identity) + self.listed(identity, archived=True)
        found = [(one, self._directory.documents(brand, code, one.policy_number)) for one in policies]
        return [(policy, documents) for policy, documents in found if documents]


class ProfileService:
    """The customer's own data."""

    def __init__(self, directory: DirectoryGateway, operations: OperationStore) -> None:
        self._directory = directory
        self._operations = operations

    def customer(self, identity: Identity) -> CustomerRecord | None:
        """The customer as on file; None when the agency no longer delivers them."""
        return self._directory.customer(identity.brand, identity.customer_code)

    def agency(self, identity: Identity) -> AgencyRecord | None:
        """The customer's agency; None when the agency no longer delivers them."""
        return self._directory.agency(identity.brand, identity.customer_code)

    def profile(self, identity: Identity) -> Profile:
        """Everything the profile page shows."""
        customer = self.customer(identity)
        if customer is None:
            raise NotFoundError("the directory no longer has this customer")
        addresses = {one.kind: one for one in self._directory.addresses(identity.brand, identity.customer_code)}
        return Profile(
            customer,
            self._directory.agency(identity.brand, identity.customer_code),
            addresses.get("residence"),
            self._operations.domicile(identity.customer_code) or _domicile(addresses.get("domicile")),
        )


def _domicile(address: AddressRecord | None) -> Domicile | None:
    if address is None:
        return None
    return Domicile(address.street, address.postal_code, address.city, address.province, address.country)
