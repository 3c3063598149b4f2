from itertools import count

import pytest

from accounts.models import Account
from plaid_sync.answers import read_account
from plaid_sync.mapping import ASK, NEW, OfferedAccount, Proposal, propose

BANK = "First Platypus Bank"
numbers = count(1)


def bank(
    mask: str = "0000", name: str = "Everyday Checking", kind: str = "depository/checking", **rest
) -> OfferedAccount:
    main, _, sub = kind.partition("/")
    return OfferedAccount(id=f"bank-{next(numbers)}", name=name, mask=mask, type=main, subtype=sub, **rest)


def local(name: str = "My account", account_type: str = "checking", institution: str = BANK, **rest) -> Account:
    return Account(pk=next(numbers), name=name, account_type=account_type, institution=institution, **rest)


def only(banks: list[OfferedAccount], accounts: list[Account], **rest) -> Proposal:
    (proposal,) = propose(banks, accounts, institution=BANK, **rest)
    return proposal


def test_the_same_type_subtype_and_ending_is_the_same_account():
    mine = local(mask="0000")
    proposal = only([bank()], [mine, local(mask="1111")])
    assert (proposal.choice, proposal.reason) == (str(mine.pk), "Same ending ••0000.")


def test_the_name_tells_two_accounts_with_one_ending_apart():
    mine = local("everyday  CHECKING", mask="0000")
    proposal = only([bank()], [local("Other", mask="0000"), mine])
    assert proposal.choice == str(mine.pk)


def test_an_account_without_an_ending_is_found_by_its_name():
    mine = local("Everyday checking")
    assert only([bank()], [local("Spending"), mine]).choice == str(mine.pk)


def test_the_only_one_of_its_kind_at_the_bank_is_proposed():
    mine = local("Whatever")
    proposal = only([bank()], [mine])
    assert (proposal.choice, proposal.reason) == (str(mine.pk), "The only Checking account left at this bank.")


def test_another_ending_speaks_against_it():
    assert only([bank(mask="0000")], [local("Everyday Checking", mask="9999")]).choice == NEW


def test_two_that_would_do_are_asked_and_the_first_is_not_taken():
    proposal = only([bank()], [local("One"), local("Two")])
    assert (proposal.choice, len(proposal.accounts)) == (ASK, 2)
    assert "choose" in proposal.reason


def test_one_account_for_two_of_the_bank_is_asked_for_both():
    proposals = propose([bank("0000", "A"), bank("1111", "B")], [local("Mine")], institution=BANK)
    assert [proposal.choice for proposal in proposals] == [ASK, ASK]


def test_one_account_backs_one_bank_account_only():
    mine = local(mask="1111")
    proposals = propose([bank("0000", "A"), bank("1111", "B")], [mine], institution=BANK)
    assert [proposal.choice for proposal in proposals] == [NEW, str(mine.pk)]


@pytest.mark.parametrize(
    ("kind", "account_type"),
    [
        ("depository/checking", "savings"),
        ("depository/savings", "checking"),
        ("credit/credit card", "checking"),
        ("loan/mortgage", "credit"),
        ("depository/paypal", "credit"),
    ],
)
def test_another_type_is_not_proposed(kind: str, account_type: str):
    assert only([bank(kind=kind)], [local(account_type=account_type, mask="0000")]).choice == NEW


def test_a_subtype_that_is_only_near_needs_more_than_its_kind():
    market = bank("5555", "Money Market", "depository/money market")
    assert only([market], [local("Savings", "savings")]).choice == ASK
    mine = local("Savings", "savings", mask="5555")
    assert only([market], [mine]).choice == str(mine.pk)


def test_the_institution_is_compared_without_case_and_spaces():
    mine = local(institution="first  platypusBANK")
    assert only([bank()], [mine]).choice == str(mine.pk)


def test_accounts_of_other_banks_can_be_chosen_but_are_not_guessed():
    proposal = only([bank()], [local(institution="Gingham"), local(institution="")])
    assert (proposal.choice, len(proposal.accounts)) == (NEW, 2)


def test_the_account_that_it_was_started_from_counts_as_this_banks():
    mine = local(institution="")
    assert only([bank()], [mine], started_from=mine).choice == str(mine.pk)


def test_another_currency_is_never_the_same_account():
    proposal = only([bank()], [local(mask="0000", currency="EUR")])
    assert (proposal.choice, proposal.accounts) == (NEW, [])


def test_investment_accounts_are_left_out():
    assert propose([bank(kind="investment/brokerage")], [], institution=BANK) == []


@pytest.mark.parametrize(
    ("kind", "account_type"),
    [
        ("depository/checking", "checking"),
        ("depository/savings", "savings"),
        ("depository/money market", "savings"),
        ("depository/cash management", "checking"),
        ("depository/", "checking"),
        ("credit/paypal", "credit"),
        ("loan/student", "loan"),
    ],
)
def test_a_new_account_gets_the_nearest_type(kind: str, account_type: str):
    assert bank(kind=kind).account_type == account_type


def test_an_offer_is_taken_from_plaids_answer_and_kept():
    answer = {
        "account_id": "abc",
        "name": " Plaid Checking ",
        "mask": None,
        "type": "depository",
        "subtype": None,
        "balances": {"iso_currency_code": None, "unofficial_currency_code": "BTC"},
    }
    offer = OfferedAccount.of(read_account(answer))
    assert (offer.id, offer.name, offer.mask, offer.subtype, offer.currency) == ("abc", "Plaid Checking", "", "", "BTC")
    assert OfferedAccount(**offer.as_stored()) == offer
