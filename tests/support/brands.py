"""The brands the tests run with: those that ship, and an invented one that exists only as a folder of data."""

from __future__ import annotations

from pathlib import Path

from area_clienti.brand_folders import BrandFolder
from domain.brands import load_brands

SHIPPED = load_brands()
THIRD_BRAND = BrandFolder.read(Path(__file__).resolve().parents[1] / "data" / "third_brand")
# A delta that follows the demo delivery: a brand's first customers come with some night's delivery, like any others.
THIRD_BRAND_DELIVERY = THIRD_BRAND.folder / "delivery"
EVERY_BRAND = dict(sorted({**SHIPPED, THIRD_BRAND.id: THIRD_BRAND.brand}.items()))
