"""Synthetic files of known banks, written from public descriptions of their formats."""

CHASE_CHECKING = """\
Details,Posting Date,Description,Amount,Type,Balance,Check or Slip #
DEBIT,4/03/2026,"COFFEE, SEATTLE",-4.50,DEBIT_CARD,995.50,,
CREDIT,4/01/2026,PAYROLL,1000.00,ACH_CREDIT,1000.00,,
"""
CHASE_CARD = """\
Transaction Date,Post Date,Description,Category,Type,Amount,Memo
04/01/2026,04/03/2026,COFFEE,Food & Drink,Sale,-4.50,
04/02/2026,04/02/2026,Payment Thank You,,Payment,100.00,
"""
OLD_CHASE_CARD = """\
Transaction Date,Post Date,Description,Category,Type,Amount
04/01/2026,04/03/2026,COFFEE,Food & Drink,Sale,-4.50
"""
BANK_OF_AMERICA_CHECKING = """\
Description,,Summary Amt.
Beginning balance as of 04/01/2026,,"1,000.00"
Total credits,,"2,500.00"
Total debits,,"-1,250.00"
Ending balance as of 04/30/2026,,"2,250.00"

Date,Description,Amount,Running Bal.
04/01/2026,Beginning balance as of 04/01/2026,,"1,000.00"
04/03/2026,PAYROLL,"2,500.00","3,500.00"
04/05/2026,RENT,"-1,250.00","2,250.00"
"""
BANK_OF_AMERICA_CARD = """\
Posted Date,Reference Number,Payee,Address,Amount
04/03/2026,00000199,COFFEE,"SEATTLE, WA",-4.50
"""
WELLS_FARGO = """\
"04/03/2026","-4.50","*","","COFFEE"
"04/02/2026","-100.00","*","1234","CHECK # 1234"
"04/01/2026","1000.00","*","","PAYROLL"
"""
AMERICAN_EXPRESS = """\
Date,Description,Card Member,Account #,Amount,Extended Details,Appears On Your Statement As,Address,City/State,\
Zip Code,Country,Reference,Category
04/03/2026,COFFEE,A PERSON,-61005,4.50,"COFFEE
SEATTLE",COFFEE,1 MAIN ST,"SEATTLE
WA",98101,UNITED STATES,'320260930000000000',Restaurant
04/02/2026,AUTOPAY PAYMENT,A PERSON,-61005,-100.00,,,,,,,,
"""
SHORT_AMERICAN_EXPRESS = """\
Date,Description,Card Member,Account #,Amount
04/03/2026,COFFEE,A PERSON,-61005,4.50
"""
CAPITAL_ONE_CARD = """\
Transaction Date,Posted Date,Card No.,Description,Category,Debit,Credit
2026-04-01,2026-04-03,1234,COFFEE,Dining,4.50,
2026-04-02,2026-04-02,1234,CAPITAL ONE AUTOPAY PYMT,Payment/Credit,,100.00
"""
DISCOVER = """\
Trans. Date,Post Date,Description,Amount,Category
04/01/2026,04/03/2026,COFFEE,4.50,Restaurants
04/02/2026,04/02/2026,INTERNET PAYMENT,-100.00,Payments and Credits
"""
CITI = """\
Status,Date,Description,Debit,Credit,Member Name
Pending,04/04/2026,HOTEL,200.00,,A PERSON
Cleared,04/03/2026,COFFEE,4.50,,A PERSON
Cleared,04/02/2026,AUTOPAY,,-100.00,A PERSON
"""
SHORT_CITI = """\
Status,Date,Description,Debit,Credit
Cleared,04/03/2026,COFFEE,4.50,
"""
APPLE_CARD = """\
Transaction Date,Clearing Date,Description,Merchant,Category,Type,Amount (USD),Purchased By
04/01/2026,04/03/2026,"COFFEE 1 MAIN ST SEATTLE 98101 WA USA",Coffee,Restaurants,Purchase,4.50,A Person
"""
SOFI = """\
Date,Description,Type,Amount,Current balance,Status
4/5/26,TRANSFER,WITHDRAWAL,-50.00,945.50,Pending
2026-04-03,COFFEE,DEBIT_CARD,-4.50,995.50,Posted
2026-04-01,PAYROLL,DIRECT_DEPOSIT,1000.00,1000.00,Posted
"""
ALLY = """\
Date, Time, Amount, Type, Description
2026-04-03, 10:30:00, -4.50, Withdrawal, COFFEE
2026-04-01, 08:00:00, 1000.00, Deposit, PAYROLL
"""
USAA = """\
Date,Description,Original Description,Category,Amount,Status
2026-04-04,Hotel,HOTEL 123,Travel,-200.00,Pending
2026-04-06,Rent,RENT TRANSFER,Home,-900.00,Scheduled
2026-04-03,Coffee,COFFEE 123,Restaurants,-4.50,Posted
"""
USAA_CARD = """\
Date,Description,Original Description,Category,Amount
2026-04-03,Coffee,COFFEE 123,Restaurants,4.50
"""
TD_BANK = """\
Date,Bank RTN,Account Number,Transaction Type,Description,Debit,Credit,Check Number,Account Running Balance
2026-04-03,211274450,4351234567,DEBIT,DEBIT CARD PURCHASE, COFFEE, SEATTLE,4.50,,,995.50
2026-04-01,211274450,4351234567,CREDIT,PAYROLL,,1000.00,,1000.00
"""
SCHWAB_CHECKING = """\
"Date","Status","Type","CheckNumber","Description","Withdrawal","Deposit","RunningBalance"
"04/03/2026","Posted","ACH","","COFFEE","$4.50","","$1,031.97"
"04/01/2026","Posted","DEPOSIT","","PAYROLL","","$1,036.47","$1,036.47"
"""
SCHWAB_BROKERAGE = """\
"Transactions  for account Individual XXXX-1234 as of 04/30/2026 10:00:00 ET"
"Date","Action","Symbol","Description","Quantity","Price","Fees & Comm","Amount",
"04/03/2026 as of 04/02/2026","Buy","VTI","VANGUARD TOTAL","10","$250.00","","-$2,500.00",
"04/01/2026","MoneyLink Deposit","","Tfr BANK","","","","$7,971.39",
"Transactions Total","","","","","","","$5,471.39",
"""
FIDELITY = """\


Run Date,Action,Symbol,Description,Type,Quantity,Price ($),Commission ($),Fees ($),Accrued Interest ($),Amount ($),\
Cash Balance ($),Settlement Date
 04/03/2026, YOU BOUGHT TOTAL MARKET, FSKAX, TOTAL MARKET,Cash,10,100,,,,-1000,500,04/04/2026
 04/01/2026, Electronic Funds Transfer Received,, No Description,Cash,,,,,,1500,1500,


"The data and information in this spreadsheet is provided to you solely for your use, and is not a tax document."
Date downloaded 04/30/2026 10:00 am
"""
VENMO = """\
Account Statement - (@someone) ,,,,,,,,,,,,,,,,,,,,,
Account Activity,,,,,,,,,,,,,,,,,,,,,
,ID,Datetime,Type,Status,Note,From,To,Amount (total),Amount (tip),Amount (tax),Amount (fee),Tax Rate,Tax Exempt,\
Funding Source,Destination,Beginning Balance,Ending Balance,Statement Period Venmo Fees,Terminal Location,\
Year to Date Venmo Fees,Disclaimer
,,,,,,,,,,,,,,,,$200.40,,,,,
,4238495509420742845,2026-04-03T00:13:58,Payment,Complete,Dinner,A Person,B Person,- $30.00,,0,,0,,Bank,,,,,Venmo,,
,4238495509420742846,2026-04-04T00:13:58,Payment,Complete,Tickets,B Person,A Person,+ $12.00,,0,,0,,,,,,,Venmo,,
,,,,,,,,,,,,,,,,,$182.40,$0.00,,$0.00,"In case of errors, contact us."
"""
PAYPAL = """\
"Date", "Time", "Time Zone", "Name", "Type", "Status", "Currency", "Gross", "Fee", "Net", "From Email Address",
"4/3/2026", "10:00:00", "PDT", "Coffee", "Payment", "Completed", "USD", "-4.50", "0.00", "-4.50", "a@example.org",
"4/21/2026", "10:00:00", "PDT", "B Person", "Payment", "Completed", "USD", "100.00", "-3.20", "96.80", "b@example.org",
"4/22/2026", "10:00:00", "PDT", "Shop", "Payment", "Denied", "USD", "-9.00", "0.00", "-9.00", "a@example.org",
"""
MINT = (
    "\r\rDate,Description,Original Description,Amount,Transaction Type,Category,Account Name,Labels,Notes\r"
    "4/3/2026,Coffee,COFFEE 123,4.50,debit,Coffee,Checking,,\r"
    '4/1/2026,Payroll,PAYROLL,"1,000.00",credit,Pay,Checking,,\r'
)
YNAB = """\
"Account","Flag","Date","Payee","Category Group/Category","Category Group","Category","Memo","Outflow",\
"Inflow","Cleared"
"Checking","","04/30/2026","Landlord","Bills: Rent","Bills","Rent","April","$1,500.00","$0.00","Cleared"
"Checking","","04/01/2026","Employer","Inflow","Inflow","Pay","","$0.00","$2,000.00","Reconciled"
"""
ACTUAL = """\
Account,Date,Payee,Notes,Category_Group,Category,Amount,Split_Amount,Cleared
Checking,2026-04-03,Coffee,beans,Usual,Food,-4.50,0,Cleared
"""
