"""What is looked at besides tests: known holes and licences of packages, risky code, secrets under version control."""
