"""The words that banks put over their columns, in lower case and without what stands in parentheses."""

POSTED = (
    "posted date",
    "posting date",
    "post date",
    "date posted",
    "clearing date",
    "booking date",
    "settlement date",
    "buchungstag",
    "buchungsdatum",
    "datum zaúčtování",
)
HAPPENED = (
    "transaction date",
    "trans. date",
    "trans date",
    "purchase date",
    "date of transaction",
    "execution date",
    "belegdatum",
    "datum provedení",
)
DATE = ("date", "datetime", "datum", "created", "run date", "completed date", "date completed", "fecha", "data")
DESCRIPTION = (
    "original description",
    "description",
    "transaction description",
    "statement description",
    "details",
    "payee",
    "name",
    "narrative",
    "memo",
    "items",
    "omschrijving",
    "buchungstext",
    "verwendungszweck",
    "transaktionsbeschreibung",
    "auftraggeber/empfänger",
    "beguenstigter/zahlungspflichtiger",
    "empfänger",
)
MERCHANT = ("merchant", "merchant name")
AMOUNT = (
    "amount",
    "transaction amount",
    "net amount",
    "amount total",
    "total",
    "net",
    "betrag",
    "buchungsbetrag",
    "bedrag",
    "zaúčtovaná částka",
    "částka",
    "importe",
    "montant",
)
DEBIT = ("debit", "debits", "debit amount", "withdrawal", "withdrawals", "money out", "paid out", "outflow", "debet")
CREDIT = ("credit", "credits", "credit amount", "deposit", "deposits", "money in", "paid in", "inflow")
BALANCE = (
    "balance",
    "running bal.",
    "running balance",
    "runningbalance",
    "account running balance",
    "current balance",
    "cash balance",
    "saldo",
    "kontostand",
)
STATUS = ("status", "state", "transaction status")
CURRENCY = ("currency", "currency code", "währung", "waehrung", "buchungswährung", "munt", "měna účtu")
ACCOUNT = (
    "account",
    "account name",
    "account number",
    "account #",
    "card no.",
    "card number",
    "rekening",
    "rekeningnummer",
    "auftragskonto",
)
INDICATOR = (
    "transaction type",
    "type",
    "debit/credit",
    "credit/debit",
    "credit debit indicator",
    "dr/cr",
    "cr/dr",
    "d/c",
    "indicator",
)

# What an indicator column says; a column with any other word in it is no indicator.
MONEY_OUT = ("debit", "dr", "d", "dbit", "withdrawal", "out")
MONEY_IN = ("credit", "cr", "c", "crdt", "deposit", "in")

PENDING = ("pending", "scheduled", "processing", "authorized", "authorised", "hold")
FAILED = ("cancelled", "canceled", "declined", "denied", "expired", "failed", "rejected", "voided")

# Rows that state a sum or a balance, not a transaction.
SUMMARIES = (
    "beginning balance",
    "opening balance",
    "starting balance",
    "ending balance",
    "closing balance",
    "total",
    "transactions total",
)
