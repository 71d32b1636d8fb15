"""The tables of the first version."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "directory_agencies",
        sa.Column("agency_code", sa.String(length=64), nullable=False),
        sa.Column("brand", sa.String(length=64), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("email", sa.String(length=254), nullable=False),
        sa.Column("phone", sa.String(length=32), nullable=False),
        sa.Column("address", sa.String(length=300), nullable=False),
        sa.Column("row_hash", sa.LargeBinary(length=16), nullable=False),
        sa.PrimaryKeyConstraint("agency_code", name=op.f("pk_directory_agencies")),
    )
    op.create_table(
        "directory_deliveries",
        sa.Column("sequence", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("checksum", sa.String(length=64), nullable=False),
        sa.Column("mode", sa.String(length=64), nullable=False),
        sa.Column("quarantined", sa.Integer(), nullable=False),
        sa.Column("summary", sa.Text(), nullable=False),
        sa.Column("applied_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("pushed_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("sequence", name=op.f("pk_directory_deliveries")),
    )
    op.create_table(
        "directory_customers",
        sa.Column("customer_code", sa.String(length=64), nullable=False),
        sa.Column("brand", sa.String(length=64), nullable=False),
        sa.Column("kind", sa.String(length=64), nullable=False),
        sa.Column("first_name", sa.String(length=200), nullable=False),
        sa.Column("last_name", sa.String(length=200), nullable=False),
        sa.Column("company_name", sa.String(length=200), nullable=False),
        sa.Column("tax_code", sa.String(length=16), nullable=False),
        sa.Column("vat_number", sa.String(length=11), nullable=False),
        sa.Column("agency_code", sa.String(length=64), nullable=False),
        sa.Column("scheme", sa.String(length=64), nullable=False),
        sa.Column("status", sa.String(length=64), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("removed", sa.Boolean(), nullable=False),
        sa.Column("row_hash", sa.LargeBinary(length=16), nullable=False),
        sa.Column("record_hash", sa.String(length=64), nullable=True),
        sa.Column("push_pending", sa.Boolean(), nullable=False),
        sa.Column("push_refusal", sa.String(length=64), nullable=True),
        sa.ForeignKeyConstraint(
            ["agency_code"], ["directory_agencies.agency_code"], name=op.f("fk_directory_customers_agency_code")
        ),
        sa.PrimaryKeyConstraint("customer_code", name=op.f("pk_directory_customers")),
    )
    with op.batch_alter_table("directory_customers", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_directory_customers_agency_code"), ["agency_code"], unique=False)
        batch_op.create_index(batch_op.f("ix_directory_customers_brand_tax_code"), ["brand", "tax_code"], unique=False)
        batch_op.create_index(
            batch_op.f("ix_directory_customers_brand_vat_number"), ["brand", "vat_number"], unique=False
        )
        batch_op.create_index(
            "ix_directory_customers_push_pending",
            ["brand", "customer_code"],
            unique=False,
            sqlite_where=sa.text("push_pending"),
            postgresql_where=sa.text("push_pending"),
        )

    op.create_table(
        "directory_addresses",
        sa.Column("row_key", sa.String(length=400), nullable=False),
        sa.Column("customer_code", sa.String(length=64), nullable=False),
        sa.Column("kind", sa.String(length=64), nullable=False),
        sa.Column("street", sa.String(length=200), nullable=False),
        sa.Column("postal_code", sa.String(length=16), nullable=False),
        sa.Column("city", sa.String(length=200), nullable=False),
        sa.Column("province", sa.String(length=8), nullable=False),
        sa.Column("country", sa.String(length=64), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("row_hash", sa.LargeBinary(length=16), nullable=False),
        sa.ForeignKeyConstraint(
            ["customer_code"], ["directory_customers.customer_code"], name=op.f("fk_directory_addresses_customer_code")
        ),
        sa.PrimaryKeyConstraint("row_key", name=op.f("pk_directory_addresses")),
    )
    with op.batch_alter_table("directory_addresses", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_directory_addresses_customer_code"), ["customer_code"], unique=False)

    op.create_table(
        "directory_contacts",
        sa.Column("row_key", sa.String(length=400), nullable=False),
        sa.Column("customer_code", sa.String(length=64), nullable=False),
        sa.Column("channel", sa.String(length=64), nullable=False),
        sa.Column("value", sa.String(length=254), nullable=False),
        sa.Column("certified", sa.Boolean(), nullable=False),
        sa.Column("roles", sa.Text(), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("row_hash", sa.LargeBinary(length=16), nullable=False),
        sa.ForeignKeyConstraint(
            ["customer_code"], ["directory_customers.customer_code"], name=op.f("fk_directory_contacts_customer_code")
        ),
        sa.PrimaryKeyConstraint("row_key", name=op.f("pk_directory_contacts")),
    )
    with op.batch_alter_table("directory_contacts", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_directory_contacts_customer_code"), ["customer_code"], unique=False)
        batch_op.create_index(batch_op.f("ix_directory_contacts_value"), ["value"], unique=False)

    op.create_table(
        "directory_linked_persons",
        sa.Column("row_key", sa.String(length=400), nullable=False),
        sa.Column("customer_code", sa.String(length=64), nullable=False),
        sa.Column("tax_code", sa.String(length=16), nullable=False),
        sa.Column("first_name", sa.String(length=200), nullable=False),
        sa.Column("last_name", sa.String(length=200), nullable=False),
        sa.Column("role", sa.String(length=64), nullable=False),
        sa.Column("email", sa.String(length=254), nullable=False),
        sa.Column("mobile", sa.String(length=32), nullable=False),
        sa.Column("row_hash", sa.LargeBinary(length=16), nullable=False),
        sa.ForeignKeyConstraint(
            ["customer_code"],
            ["directory_customers.customer_code"],
            name=op.f("fk_directory_linked_persons_customer_code"),
        ),
        sa.PrimaryKeyConstraint("row_key", name=op.f("pk_directory_linked_persons")),
    )
    with op.batch_alter_table("directory_linked_persons", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_directory_linked_persons_customer_code"), ["customer_code"], unique=False)

    op.create_table(
        "directory_policies",
        sa.Column("policy_number", sa.String(length=64), nullable=False),
        sa.Column("customer_code", sa.String(length=64), nullable=False),
        sa.Column("branch", sa.String(length=64), nullable=False),
        sa.Column("product_name", sa.String(length=200), nullable=False),
        sa.Column("status", sa.String(length=64), nullable=False),
        sa.Column("effective_on", sa.Date(), nullable=False),
        sa.Column("expires_on", sa.Date(), nullable=True),
        sa.Column("premium_eur", sa.BigInteger(), nullable=True),
        sa.Column("frequency", sa.String(length=64), nullable=False),
        sa.Column("direct_debit", sa.Boolean(), nullable=False),
        sa.Column("additional_payment", sa.Boolean(), nullable=False),
        sa.Column("iot_amount_eur", sa.BigInteger(), nullable=True),
        sa.Column("company_policy", sa.Boolean(), nullable=False),
        sa.Column("coverages", sa.Text(), nullable=False),
        sa.Column("row_hash", sa.LargeBinary(length=16), nullable=False),
        sa.ForeignKeyConstraint(
            ["customer_code"], ["directory_customers.customer_code"], name=op.f("fk_directory_policies_customer_code")
        ),
        sa.PrimaryKeyConstraint("policy_number", name=op.f("pk_directory_policies")),
    )
    with op.batch_alter_table("directory_policies", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_directory_policies_customer_code"), ["customer_code"], unique=False)

    op.create_table(
        "directory_documents",
        sa.Column("document_id", sa.String(length=64), nullable=False),
        sa.Column("policy_number", sa.String(length=64), nullable=False),
        sa.Column("kind", sa.String(length=64), nullable=False),
        sa.Column("title", sa.String(length=200), nullable=False),
        sa.Column("issued_on", sa.Date(), nullable=False),
        sa.Column("path", sa.String(length=300), nullable=False),
        sa.Column("row_hash", sa.LargeBinary(length=16), nullable=False),
        sa.ForeignKeyConstraint(
            ["policy_number"],
            ["directory_policies.policy_number"],
            name=op.f("fk_directory_documents_policy_number"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("document_id", name=op.f("pk_directory_documents")),
    )
    with op.batch_alter_table("directory_documents", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_directory_documents_policy_number"), ["policy_number"], unique=False)

    op.create_table(
        "directory_instalments",
        sa.Column("instalment_id", sa.String(length=64), nullable=False),
        sa.Column("policy_number", sa.String(length=64), nullable=False),
        sa.Column("kind", sa.String(length=64), nullable=False),
        sa.Column("payable_online", sa.Boolean(), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("amount_eur", sa.BigInteger(), nullable=False),
        sa.Column("status", sa.String(length=64), nullable=False),
        sa.Column("paid_on", sa.Date(), nullable=True),
        sa.Column("row_hash", sa.LargeBinary(length=16), nullable=False),
        sa.ForeignKeyConstraint(
            ["policy_number"],
            ["directory_policies.policy_number"],
            name=op.f("fk_directory_instalments_policy_number"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("instalment_id", name=op.f("pk_directory_instalments")),
    )
    with op.batch_alter_table("directory_instalments", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_directory_instalments_policy_number"), ["policy_number"], unique=False)

    op.create_table(
        "directory_insured_persons",
        sa.Column("row_key", sa.String(length=400), nullable=False),
        sa.Column("policy_number", sa.String(length=64), nullable=False),
        sa.Column("customer_code", sa.String(length=64), nullable=True),
        sa.Column("full_name", sa.String(length=200), nullable=False),
        sa.Column("family_of", sa.String(length=64), nullable=True),
        sa.Column("row_hash", sa.LargeBinary(length=16), nullable=False),
        sa.ForeignKeyConstraint(
            ["customer_code"],
            ["directory_customers.customer_code"],
            name=op.f("fk_directory_insured_persons_customer_code"),
        ),
        sa.ForeignKeyConstraint(
            ["family_of"], ["directory_customers.customer_code"], name=op.f("fk_directory_insured_persons_family_of")
        ),
        sa.ForeignKeyConstraint(
            ["policy_number"],
            ["directory_policies.policy_number"],
            name=op.f("fk_directory_insured_persons_policy_number"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("row_key", name=op.f("pk_directory_insured_persons")),
    )
    with op.batch_alter_table("directory_insured_persons", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_directory_insured_persons_customer_code"), ["customer_code"], unique=False)
        batch_op.create_index(batch_op.f("ix_directory_insured_persons_family_of"), ["family_of"], unique=False)
        batch_op.create_index(batch_op.f("ix_directory_insured_persons_policy_number"), ["policy_number"], unique=False)


def downgrade() -> None:
    with op.batch_alter_table("directory_insured_persons", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_directory_insured_persons_policy_number"))
        batch_op.drop_index(batch_op.f("ix_directory_insured_persons_family_of"))
        batch_op.drop_index(batch_op.f("ix_directory_insured_persons_customer_code"))

    op.drop_table("directory_insured_persons")
    with op.batch_alter_table("directory_instalments", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_directory_instalments_policy_number"))

    op.drop_table("directory_instalments")
    with op.batch_alter_table("directory_documents", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_directory_documents_policy_number"))

    op.drop_table("directory_documents")
    with op.batch_alter_table("directory_policies", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_directory_policies_customer_code"))

    op.drop_table("directory_policies")
    with op.batch_alter_table("directory_linked_persons", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_directory_linked_persons_customer_code"))

    op.drop_table("directory_linked_persons")
    with op.batch_alter_table("directory_contacts", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_directory_contacts_value"))
        batch_op.drop_index(batch_op.f("ix_directory_contacts_customer_code"))

    op.drop_table("directory_contacts")
    with op.batch_alter_table("directory_addresses", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_directory_addresses_customer_code"))

    op.drop_table("directory_addresses")
    with op.batch_alter_table("directory_customers", schema=None) as batch_op:
        batch_op.drop_index(
            "ix_directory_customers_push_pending",
            sqlite_where=sa.text("push_pending"),
            postgresql_where=sa.text("push_pending"),
        )
        batch_op.drop_index(batch_op.f("ix_directory_customers_brand_vat_number"))
        batch_op.drop_index(batch_op.f("ix_directory_customers_brand_tax_code"))
        batch_op.drop_index(batch_op.f("ix_directory_customers_agency_code"))

    op.drop_table("directory_customers")
    op.drop_table("directory_deliveries")
    op.drop_table("directory_agencies")
