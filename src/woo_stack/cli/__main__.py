"""`python -m woo_stack.cli` is `woo-stack`."""

from woo_stack.cli import main

raise SystemExit(main())
