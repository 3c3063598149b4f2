"""`python -m imports.corpus DIR`: the report on a folder, in books of its own."""

import sys

from imports.corpus import install

if __name__ == "__main__":
    install.prepare()

    from imports.corpus.report import main  # its models need Django set up

    sys.exit(main(sys.argv[1:]))
