"""/institutions/get, /institutions/get_by_id and /institutions/search."""

from plaid_sync.emulator.call import Call
from plaid_sync.emulator.institutions import COUNTRIES, INSTITUTIONS, Institution
from plaid_sync.emulator.payloads import Payload, institution_payload

SEARCH_FINDS = 10


def institutions_get(call: Call) -> Payload:
    """A page of the institutions of these countries that support all products asked for."""
    options = call.part("options")
    found = _found(call, options.texts("products"))
    offset = call.number("offset", 0)
    with_metadata = options.flag("include_optional_metadata")
    page = found[offset : offset + call.number("count", 0)]
    return {
        "institutions": [
            institution_payload(institution, with_metadata=with_metadata, with_status=False) for institution in page
        ],
        "total": len(found),
    }


def institutions_search(call: Call) -> Payload:
    """The first institutions whose name has the words of the query, and that support all products asked for."""
    words = call.text("query").lower().split()
    found = [
        institution
        for institution in _found(call, call.texts("products"))
        if all(word in institution.name.lower() for word in words)
    ]
    with_metadata = call.part("options").flag("include_optional_metadata")
    return {
        "institutions": [
            institution_payload(institution, with_metadata=with_metadata, with_status=False)
            for institution in found[:SEARCH_FINDS]
        ]
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


def _found(call: Call, products: tuple[str, ...]) -> list[Institution]:
    return [
        institution
        for institution in INSTITUTIONS.values()
        if set(COUNTRIES) & set(call.texts("country_codes"))
        and set(products) <= set(institution.products)
        and call.part("options").body.get("oauth") in {None, institution.is_oauth}
    ]
