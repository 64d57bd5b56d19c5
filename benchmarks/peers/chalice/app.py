"""The architecture that every peer builds, as far as Chalice does: two routes and a function."""

from chalice import Chalice, IAMAuthorizer

app = Chalice(app_name="peer")


@app.route("/orders", methods=["GET"], authorizer=IAMAuthorizer())
def orders():
    """Nothing."""
    return []


@app.route("/orders/{number}", methods=["GET"], authorizer=IAMAuthorizer())
def order(number):
    """Nothing."""
    return {"id": number}
