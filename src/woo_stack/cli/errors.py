"""What a command tells its user when it cannot go on."""

from woo_stack.errors import WooStackError


class CommandError(WooStackError):
    """One sentence for stderr that names the field, its value and what is allowed; `main` prints it.

    ``status`` is the exit status: 2 for a wrong command line, 1 for everything else.
    """

    def __init__(self, message: str, status: int = 1) -> None:
        super().__init__(message)
        self.status = status
