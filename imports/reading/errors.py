"""Why a file can't be read at all."""


class Refused(Exception):
    """The file is no statement that can be imported. The text is one sentence for the user that says what to do."""
