"""Who takes or pays money, and how banks print them on a statement."""

from dataclasses import dataclass

IN_STORE, ONLINE, OTHER = "in store", "online", "other"


@dataclass(frozen=True, slots=True)
class Merchant:
    """One counterparty; `descriptor` is the bank's line, with {n4}, {n6}, {n10} standing for printed numbers."""

    name: str | None
    descriptor: str
    category: str
    channel: str = IN_STORE
    website: str | None = None
    city: str | None = None
    region: str | None = None
    confidence: str = "VERY_HIGH"


def _online(name: str, descriptor: str, category: str, website: str) -> Merchant:
    return Merchant(name, descriptor, category, ONLINE, website)


def _local(name: str, descriptor: str, category: str, website: str | None = None) -> Merchant:
    return Merchant(name, f"{descriptor} OAKLAND CA", category, IN_STORE, website, "Oakland", "CA")


def _bank(descriptor: str, category: str, confidence: str = "LOW") -> Merchant:
    return Merchant(None, descriptor, category, OTHER, confidence=confidence)


# Income and housing
EMPLOYER = Merchant("Northwind Logistics", "NORTHWIND LOGIST DES:PAYROLL ID:XXXXX40192 PPD", "INCOME_SALARY", OTHER)
SECOND_EMPLOYER = Merchant("Alameda Unified", "ALAMEDA UNIFIED DIRECT DEP PPD ID: 1946000385", "INCOME_SALARY", OTHER)
FREELANCE = Merchant("Stripe", "STRIPE TRANSFER ST-{n10} CCD", "INCOME_CONTRACTOR", ONLINE, "stripe.com")
TAX_REFUND = Merchant("IRS", "IRS TREAS 310 TAX REF PPD ID: 9111036170", "INCOME_TAX_REFUND", OTHER)
LANDLORD = Merchant("Lakeshore Property", "LAKESHORE PROPERTY WEB PMT {n6} WEB", "RENT_AND_UTILITIES_RENT", ONLINE)
POWER = _online("PG&E", "PGANDE WEB ONLINE {n10} WEB", "RENT_AND_UTILITIES_GAS_AND_ELECTRICITY", "pge.com")
WATER = _online("EBMUD", "EBMUD WATER BILL {n10}", "RENT_AND_UTILITIES_WATER", "ebmud.com")
INTERNET = _online(
    "Comcast", "COMCAST CALIFORNIA 800-COMCAST CA", "RENT_AND_UTILITIES_INTERNET_AND_CABLE", "xfinity.com"
)
PHONE = _online("T-Mobile", "TMOBILE*AUTO PAY 800-937-8997 WA", "RENT_AND_UTILITIES_TELEPHONE", "t-mobile.com")
INSURANCE = _online("GEICO", "GEICO *AUTO 800-841-3000 MD", "GENERAL_SERVICES_INSURANCE", "geico.com")
STUDENT_LOAN = Merchant(
    "Nelnet", "DEPT EDUCATION STUDENT LN ID: 9102001001", "LOAN_PAYMENTS_STUDENT_LOAN_PAYMENT", OTHER
)

# Subscriptions
NETFLIX = _online("Netflix", "NETFLIX.COM LOS GATOS CA", "ENTERTAINMENT_TV_AND_MOVIES", "netflix.com")
SPOTIFY = _online("Spotify", "SPOTIFY USA 877-7781161 NY", "ENTERTAINMENT_MUSIC_AND_AUDIO", "spotify.com")
CLOUD = _online("Apple", "APPLE.COM/BILL 866-712-7753 CA", "GENERAL_MERCHANDISE_ELECTRONICS", "apple.com")
NEWSPAPER = _online("The New York Times", "NYTIMES*NYTIMES DISC 800-698-4637 NY",
                    "GENERAL_MERCHANDISE_BOOKSTORES_AND_NEWSSTANDS", "nytimes.com")  # fmt: skip
GYM = _local("24 Hour Fitness", "24HOUR FITNESS USA", "PERSONAL_CARE_GYMS_AND_FITNESS_CENTERS", "24hourfitness.com")

# Every day
COFFEE = _local("Blue Bottle Coffee", "SQ *BLUE BOTTLE COFFEE", "FOOD_AND_DRINK_COFFEE", "bluebottlecoffee.com")
GROCERS = (
    _local("Trader Joe's", "TRADER JOE S #123", "FOOD_AND_DRINK_GROCERIES", "traderjoes.com"),
    _local("Safeway", "SAFEWAY #{n4}", "FOOD_AND_DRINK_GROCERIES", "safeway.com"),
    _local("Whole Foods", "WHOLEFDS LKM 10{n4}", "FOOD_AND_DRINK_GROCERIES", "wholefoodsmarket.com"),
    _local("Farmers Market", "SQ *GRAND LAKE FARMERS", "FOOD_AND_DRINK_GROCERIES"),
)
FUEL = (
    _local("Shell", "SHELL OIL 5744{n4}", "TRANSPORTATION_GAS", "shell.com"),
    _local("Chevron", "CHEVRON 009{n4}", "TRANSPORTATION_GAS", "chevron.com"),
)
RESTAURANTS = (
    _local("Los Compadres", "TST* LOS COMPADRES", "FOOD_AND_DRINK_RESTAURANT"),
    _local("Burma Superstar", "BURMA SUPERSTAR {n4}", "FOOD_AND_DRINK_RESTAURANT", "burmasuperstar.com"),
    _local("Homeroom", "TST* HOMEROOM", "FOOD_AND_DRINK_RESTAURANT", "homeroom510.com"),
    _local("Itani Ramen", "ITANI RAMEN", "FOOD_AND_DRINK_RESTAURANT"),
)
FAST_FOOD = (
    _local("Chipotle", "CHIPOTLE {n4}", "FOOD_AND_DRINK_FAST_FOOD", "chipotle.com"),
    _local("In-N-Out Burger", "IN-N-OUT BURGER 0{n4}", "FOOD_AND_DRINK_FAST_FOOD", "in-n-out.com"),
)
RIDES = (
    _online("Uber", "UBER *TRIP HELP.UBER.COM CA", "TRANSPORTATION_TAXIS_AND_RIDE_SHARES", "uber.com"),
    _local("BART", "BART-CLIPPER", "TRANSPORTATION_PUBLIC_TRANSIT", "bart.gov"),
    _local("City of Oakland Parking", "PARKMOBILE-3 ZONE {n4}", "TRANSPORTATION_PARKING", "parkmobile.io"),
)
AMAZON = _online("Amazon", "AMZN MKTP US*{n6} AMZN.COM/BILL WA",
                 "GENERAL_MERCHANDISE_ONLINE_MARKETPLACES", "amazon.com")  # fmt: skip
SHOPS = (
    _local("Target", "TARGET 0001{n4}", "GENERAL_MERCHANDISE_SUPERSTORES", "target.com"),
    _local("Costco", "COSTCO WHSE #0482", "GENERAL_MERCHANDISE_SUPERSTORES", "costco.com"),
    _local("Old Navy", "OLD NAVY US {n4}", "GENERAL_MERCHANDISE_CLOTHING_AND_ACCESSORIES", "oldnavy.com"),
    _local("East Bay Booksellers", "EAST BAY BOOKSELLERS", "GENERAL_MERCHANDISE_BOOKSTORES_AND_NEWSSTANDS"),
    _local("Ace Hardware", "GRAND LAKE ACE HDWE", "HOME_IMPROVEMENT_HARDWARE", "acehardware.com"),
    _local("Pet Food Express", "PET FOOD EXPRESS {n4}", "GENERAL_MERCHANDISE_PET_SUPPLIES"),
)
CARE = (
    _local("CVS", "CVS/PHARMACY #0{n4}", "MEDICAL_PHARMACIES_AND_SUPPLEMENTS", "cvs.com"),
    _local("Piedmont Dental", "PIEDMONT DENTAL GROUP", "MEDICAL_DENTAL_CARE"),
    _local("Supercuts", "SUPERCUTS {n4}", "PERSONAL_CARE_HAIR_AND_BEAUTY", "supercuts.com"),
)
OUTINGS = (
    _local("Grand Lake Theatre", "GRAND LAKE THEATRE", "ENTERTAINMENT_TV_AND_MOVIES"),
    _local("Oakland Zoo", "OAKLAND ZOO", "ENTERTAINMENT_SPORTING_EVENTS_AMUSEMENT_PARKS_AND_MUSEUMS"),
)
HOTEL = Merchant(
    "Marriott", "MARRIOTT {n6} SAN DIEGO CA", "TRAVEL_LODGING", IN_STORE, "marriott.com", "San Diego", "CA"
)
AIRLINE = _online("Southwest Airlines", "SOUTHWES 526{n10} 800-435-9792 TX", "TRAVEL_FLIGHTS", "southwest.com")

# The bank's own lines
CASH_MACHINE = _bank("ATM WITHDRAWAL {n6} 3257 LAKESHORE AVE OAKLAND CA", "TRANSFER_OUT_WITHDRAWAL", "HIGH")
CHECK = _bank("CHECK # {n4}", "TRANSFER_OUT_OTHER_TRANSFER_OUT")
ZELLE_OUT = _bank("ZELLE PAYMENT TO MAYA CHEN CONF# {n6}", "TRANSFER_OUT_TRANSFER_OUT_FROM_APPS", "HIGH")
ZELLE_IN = _bank("ZELLE PAYMENT FROM JONAS WEBER CONF# {n6}", "TRANSFER_IN_TRANSFER_IN_FROM_APPS", "HIGH")
TO_SAVINGS = _bank("ONLINE TRANSFER TO SAV ...1111 TRANSACTION#: {n10}", "TRANSFER_OUT_SAVINGS", "HIGH")
FROM_CHECKING = _bank("ONLINE TRANSFER FROM CHK ...0000 TRANSACTION#: {n10}", "TRANSFER_IN_SAVINGS", "HIGH")
CARD_PAYMENT_OUT = _bank("PLATYPUS CARD ONLINE PAYMENT {n10} WEB", "LOAN_PAYMENTS_CREDIT_CARD_PAYMENT", "HIGH")
CARD_PAYMENT_IN = _bank("PAYMENT THANK YOU-MOBILE", "LOAN_PAYMENTS_CREDIT_CARD_PAYMENT", "HIGH")
INTEREST = _bank("INTEREST PAYMENT", "INCOME_INTEREST_EARNED", "VERY_HIGH")
CARD_INTEREST = _bank("PURCHASE INTEREST CHARGE", "BANK_FEES_INTEREST_CHARGE", "VERY_HIGH")
FOREIGN_FEE = _bank("FOREIGN TRANSACTION FEE", "BANK_FEES_FOREIGN_TRANSACTION_FEES", "VERY_HIGH")
