"""What every peer's function does."""


def read(event, context):
    """Nothing."""
    return {"statusCode": 200}
