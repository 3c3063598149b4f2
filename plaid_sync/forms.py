from collections.abc import Sequence

from django import forms
from django.core.exceptions import ValidationError

from plaid_sync.mapping import ASK, NEW, SKIP, OwnAccount, Proposal, choice_of


class MappingForm(forms.Form):
    """Which account of the books each account of the bank feeds: one choice per proposal."""

    def __init__(self, proposals: Sequence[Proposal], data: object = None) -> None:
        super().__init__(data)  # type: ignore[arg-type]  # request.POST or None
        self.proposals = proposals
        for number, proposal in enumerate(proposals):
            self.fields[f"bank-{number}"] = _choice(proposal)

    def rows(self) -> list[tuple[Proposal, forms.BoundField]]:
        return [(proposal, self[f"bank-{number}"]) for number, proposal in enumerate(self.proposals)]

    def clean(self) -> dict[str, str]:
        cleaned: dict[str, str] = super().clean() or {}
        chosen = [choice for choice in cleaned.values() if choice not in (NEW, SKIP)]
        if len(chosen) != len(set(chosen)):
            raise ValidationError("One of your accounts is chosen twice. Each can take the rows of one bank account.")
        return cleaned

    def choices(self) -> dict[str, str]:
        """The cleaned choices by the bank's account id."""
        return {proposal.bank.id: self.cleaned_data[f"bank-{number}"] for number, proposal in enumerate(self.proposals)}

    @property
    def submit_label(self) -> str:
        """ "Add 3 accounts" where that is all there is to do."""
        count = len(self.proposals)
        if all(proposal.choice == NEW for proposal in self.proposals):
            return "Add 1 account" if count == 1 else f"Add {count} accounts"
        return "Connect these accounts"

    @property
    def question_count(self) -> int:
        return sum(proposal.choice == ASK for proposal in self.proposals)


def _choice(proposal: Proposal) -> forms.ChoiceField:
    ask = [(ASK, "Please choose")] if proposal.choice == ASK else []
    own = [(choice_of(account), _link_to(account, proposal)) for account in proposal.accounts]
    new = "Add to your investments" if proposal.bank.is_investment else "Add as a new account"
    return forms.ChoiceField(
        label=str(proposal.bank),
        choices=[*ask, (NEW, new), *own, (SKIP, "Leave out")],
        initial=proposal.choice,
        error_messages={"required": "Please choose what to do with this account."},
    )


def _link_to(account: OwnAccount, proposal: Proposal) -> str:
    held = proposal.coverages.get(choice_of(account))
    if held is None:
        return f"Link to {account}"
    return f"Link to {account} · {held.count:,} transaction{'' if held.count == 1 else 's'}"
