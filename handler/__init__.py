"""The code that runs in Lambda: entry points over one store."""
