"""Build everything in output/: ``python build.py [--check] [--output DIR] [--no-cache]``."""

from woo_stack import Settings, ShopRelease, release, synth

ENVIRONMENTS = {
    "dev": {
        "Parameters": {
            "DeletionProtection": "false",
            "IntakeConcurrency": "0",
            "LogLevel": "DEBUG",
            "LogRetentionDays": "7",
        },
        "Tags": {"Environment": "dev"},
    },
    "staging": {
        "Parameters": {
            "DeletionProtection": "false",
            "IntakeConcurrency": "10",
            "LogLevel": "INFO",
            "LogRetentionDays": "30",
        },
        "Tags": {"Environment": "staging"},
    },
    "prod": {
        "Parameters": {
            "DeletionProtection": "true",
            "IntakeConcurrency": "10",
            "LogLevel": "INFO",
            "LogRetentionDays": "365",
        },
        "Tags": {"Environment": "prod"},
    },
}


def shop_release() -> ShopRelease:
    """Your shop: change `Settings()` here; leave out the variants that you do not deploy."""
    return release(Settings(), ENVIRONMENTS, variants={"woo-stack-http.json": Settings(api="http")})


if __name__ == "__main__":
    raise SystemExit(synth(shop_release))
