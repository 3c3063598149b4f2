"""The categories that a new install starts with, and how they get into the database."""

from dataclasses import dataclass

from django.apps.registry import Apps
from django.db import transaction
from django.utils.text import slugify


@dataclass(frozen=True)
class Parent:
    """A category of the first level with the names of its children; `recurring` are some of these."""

    short_desc: str
    display_name: str
    palette: str
    children: tuple[str, ...]
    recurring: frozenset[str] = frozenset()
    is_income: bool = False
    is_excluded_from_spending: bool = False

    def flags(self) -> dict[str, str | bool]:
        return {
            "palette": self.palette,
            "is_income": self.is_income,
            "is_excluded_from_spending": self.is_excluded_from_spending,
        }


TAXONOMY = (
    Parent(
        "income",
        "Income",
        "hue-4",
        ("Salary", "Bonus", "Self-employment", "Interest", "Dividends", "Pension and benefits", "Tax refund", "Other"),
        recurring=frozenset({"Salary", "Pension and benefits"}),
        is_income=True,
    ),
    Parent(
        "housing",
        "Housing",
        "hue-1",
        ("Rent", "Mortgage", "Home insurance", "Property tax", "Repairs"),
        recurring=frozenset({"Rent", "Mortgage", "Home insurance"}),
    ),
    Parent(
        "utilities",
        "Utilities",
        "hue-2",
        ("Electricity and gas", "Water and sewage", "Waste", "Internet", "Phone"),
        recurring=frozenset({"Electricity and gas", "Water and sewage", "Waste", "Internet", "Phone"}),
    ),
    Parent("food", "Food and drink", "hue-3", ("Groceries", "Restaurants", "Fast food", "Coffee", "Bars and alcohol")),
    Parent(
        "transport",
        "Transport",
        "hue-5",
        (
            "Fuel",
            "Public transport",
            "Taxi and ride share",
            "Parking and tolls",
            "Car payment",
            "Car insurance",
            "Service",
        ),
        recurring=frozenset({"Car payment", "Car insurance"}),
    ),
    Parent("shopping", "Shopping", "hue-6", ("Clothing", "Electronics", "Household goods", "Books", "Other")),
    Parent("home", "Home and garden", "hue-7", ("Furniture", "Hardware and tools", "Garden")),
    Parent(
        "health",
        "Health",
        "hue-8",
        ("Doctor", "Dentist", "Eye care", "Pharmacy", "Health insurance"),
        recurring=frozenset({"Health insurance"}),
    ),
    Parent(
        "personal-care",
        "Personal care",
        "hue-1",
        ("Hair and beauty", "Gym", "Laundry"),
        recurring=frozenset({"Gym"}),
    ),
    Parent("entertainment", "Entertainment", "hue-2", ("Cinema and events", "Games", "Hobbies", "Sports")),
    Parent(
        "subscriptions",
        "Subscriptions",
        "hue-3",
        ("Video streaming", "Music", "News", "Software", "Memberships"),
        recurring=frozenset({"Video streaming", "Music", "News", "Software", "Memberships"}),
    ),
    Parent("travel", "Travel", "hue-4", ("Flights", "Lodging", "Rental car", "Other")),
    Parent(
        "family",
        "Children and education",
        "hue-5",
        ("Childcare", "School and tuition", "Activities", "Toys"),
        recurring=frozenset({"Childcare"}),
    ),
    Parent("pets", "Pets", "hue-6", ("Pet supplies", "Vet")),
    Parent(
        "finance",
        "Fees and loans",
        "hue-7",
        ("Bank fees", "ATM fees", "Interest charges", "Loan payment", "Student loan", "Professional advice"),
        recurring=frozenset({"Loan payment", "Student loan"}),
    ),
    Parent(
        "taxes",
        "Taxes and insurance",
        "hue-8",
        ("Income tax", "Other taxes", "Life insurance", "Other insurance"),
        recurring=frozenset({"Life insurance", "Other insurance"}),
    ),
    Parent("giving", "Gifts and donations", "hue-1", ("Gifts", "Charity")),
    Parent(
        "transfers",
        "Transfers",
        "hue-2",
        ("Between own accounts", "Credit card payment", "Savings", "Investments", "Round-up"),
        is_excluded_from_spending=True,
    ),
)


def seed(apps: Apps) -> None:
    """Stores the taxonomy if there are no categories at all; else the household has its own by now.

    So nothing that a person renamed or deleted comes back, and a flushed database is complete again.
    """
    category = apps.get_model("categories", "Category")
    objects = category._default_manager.using("default")
    if objects.exists():
        return
    with transaction.atomic(using="default"):
        # Ignoring conflicts, since two machines may start on a new database at once.
        objects.bulk_create(
            (category(short_desc=p.short_desc, display_name=p.display_name, **p.flags()) for p in TAXONOMY),
            ignore_conflicts=True,
        )
        parents = dict(objects.filter(parent=None).values_list("short_desc", "id"))
        children = (
            category(
                short_desc=f"{parent.short_desc}-{slugify(name)}",
                display_name=name,
                parent_id=parents[parent.short_desc],
                is_recurring=name in parent.recurring,
                **parent.flags(),
            )
            for parent in TAXONOMY
            for name in parent.children
        )
        objects.bulk_create(children, ignore_conflicts=True)
