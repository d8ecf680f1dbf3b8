"""Tax codes are not written as entities but created by a separate service, together with their rates."""

from typing import Any

import msgspec

from quickbooks_emulator import errors
from quickbooks_emulator.company import Company
from quickbooks_emulator.money import Amount
from quickbooks_emulator.store import Record


class _Rate(msgspec.Struct, kw_only=True):
    TaxRateName: str | None = None
    RateValue: Amount | None = None
    TaxRateId: str | int | None = None  # instead of a new rate
    TaxAgencyId: str | int | None = None  # python-quickbooks' test sends a number, and reads text
    TaxApplicableOn: str = "Sales"


class _Request(msgspec.Struct, kw_only=True):
    TaxCode: str
    TaxRateDetails: list[_Rate]
    TaxCodeId: str | None = None


def create(company: Company, payload: Any) -> Record:
    """The response, without the envelope that other responses have. Raises Refusal 2010, 2020, 2500, 6240."""
    try:
        asked = msgspec.convert(payload, _Request, strict=False)
    except msgspec.ValidationError:
        raise errors.unreadable_property() from None
    if company.by_name("TaxCode", asked.TaxCode, "Name"):
        raise errors.duplicate_name()
    rates = [_rate(company, each) for each in asked.TaxRateDetails]
    details = [{"TaxRateRef": {"value": rate["Id"], "name": rate["Name"]}} for rate in rates]
    code = {
        "Name": asked.TaxCode,
        "Description": asked.TaxCode,
        "Active": True,
        "Hidden": False,
        "Taxable": True,
        "TaxGroup": True,
        "SalesTaxRateList": {"TaxRateDetail": details},
        "PurchaseTaxRateList": {"TaxRateDetail": []},
        **_base(company, "TaxCode"),
    }
    company.store.put("TaxCode", code)
    answered = [
        {
            "TaxRateName": rate["Name"],
            "TaxRateId": rate["Id"],
            "RateValue": rate["RateValue"],
            "TaxAgencyId": rate["AgencyRef"]["value"],
            "TaxApplicableOn": each.TaxApplicableOn,
        }
        for rate, each in zip(rates, asked.TaxRateDetails, strict=True)
    ]
    return {"TaxCode": asked.TaxCode, "TaxCodeId": code["Id"], "TaxRateDetails": answered}


def _base(company: Company, entity: str) -> Record:
    made = {"Id": company.next_id(entity), "SyncToken": "0", "domain": "QBO", "sparse": False}
    return {**made, "MetaData": company.metadata()}


def _rate(company: Company, asked: _Rate) -> Record:
    if asked.TaxRateId is not None:
        rate = company.find("TaxRate", str(asked.TaxRateId))
        if rate is None:
            raise errors.unknown_reference("TaxRates", str(asked.TaxRateId))
        return rate
    missing = [name for name in ("TaxRateName", "RateValue", "TaxAgencyId") if getattr(asked, name) is None]
    if missing:
        raise errors.required(*missing)
    rate = {
        "Name": asked.TaxRateName,
        "Description": asked.TaxRateName,
        "Active": True,
        "RateValue": asked.RateValue,
        "AgencyRef": {"value": str(asked.TaxAgencyId)},
        "SpecialTaxType": "NONE",
        "DisplayType": "ReadOnly",
        **_base(company, "TaxRate"),
    }
    company.store.put("TaxRate", rate)
    return rate
