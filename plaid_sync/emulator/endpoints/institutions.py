"""/institutions/get and /institutions/get_by_id."""

from plaid_sync.emulator.call import Call
from plaid_sync.emulator.institutions import COUNTRIES, INSTITUTIONS, PRODUCTS
from plaid_sync.emulator.payloads import Payload, institution_payload


def institutions_get(call: Call) -> Payload:
    """A page of the institutions of these countries that support all products asked for."""
    options = call.part("options")
    found = [
        institution
        for institution in INSTITUTIONS.values()
        if set(COUNTRIES) & set(call.texts("country_codes"))
        and set(options.texts("products")) <= set(PRODUCTS)
        and options.body.get("oauth") in {None, institution.is_oauth}
    ]
    offset = call.number("offset", 0)
    with_metadata = options.flag("include_optional_metadata")
    page = found[offset : offset + call.number("count", 0)]
    return {
        "institutions": [
            institution_payload(institution, with_metadata=with_metadata, with_status=False) for institution in page
        ],
        "total": len(found),
    }


def institutions_get_by_id(call: Call) -> Payload:
    """One institution."""
    options = call.part("options")
    payload = institution_payload(
        call.world.institution(call.text("institution_id")),
        with_metadata=options.flag("include_optional_metadata"),
        with_status=options.flag("include_status"),
    )
    return {"institution": payload}
