"""``_fields``: some of a document, each value in the bytes that came."""

import gzip
import json

import pytest

BODY = (
    r'{"id":5, "note":"caf\u00e9 a\/b \ud83d\ude00","price":3.3499999999999996 , "big":12345678901234567890.10,"e":1e5,'
    r'"none":null,"flag":true,"billing":{"email":"a@b.c","name":"A"},"deep":{"a":{"b":[1.0,{"c":-0}]}},'
    '"lines":[{"id":1,"total":"2.50"},{"id":2}],"empty":{},"void":[], "caf\\u00e9":7}'
)


@pytest.mark.parametrize(
    ("given", "shown"),
    [
        ("id", '{"id":5}'),
        ("price,note", r'{"note":"caf\u00e9 a\/b \ud83d\ude00","price":3.3499999999999996}'),
        (" big  e\tnone,,flag ", '{"big":12345678901234567890.10,"e":1e5,"none":null,"flag":true}'),
        ("billing.email", '{"billing":{"email":"a@b.c"}}'),
        ("billing.email,billing.name", '{"billing":{"email":"a@b.c","name":"A"}}'),
        ("billing,billing.email", '{"billing":{"email":"a@b.c","name":"A"}}'),
        ("billing.email,billing", '{"billing":{"email":"a@b.c","name":"A"}}'),
        ("deep.a.b", '{"deep":{"a":{"b":[1.0,{"c":-0}]}}}'),
        ("id.x,none.x", '{"id":5,"none":null}'),
        ("lines", '{"lines":[{"id":1,"total":"2.50"},{"id":2}]}'),
        ("lines.id", '{"lines":[]}'),
        ("lines.0", '{"lines":[{"id":1,"total":"2.50"}]}'),
        ("lines.1.id", '{"lines":{"1":{"id":2}}}'),
        ("billing.fax", '{"billing":[]}'),
        ("empty,void", '{"empty":{},"void":[]}'),
        ("caf\u00e9", r'{"caf\u00e9":7}'),
        ("nothing", "[]"),
        (["id", "billing.email"], '{"id":5,"billing":{"email":"a@b.c"}}'),
        (["id,e"], "[]"),
        ("", BODY),
        (",", BODY),
        (".", "[]"),
        ("a" + ".a" * 5000, "[]"),
    ],
)
def test_fields_are_picked_as_wordpress_does_and_no_byte_of_them_changes(handler, given, shown):
    assert handler.picked(BODY, handler.fields(given)) == shown
    assert handler.picked(f" \n{BODY}\r\n ", handler.fields(given)) == shown
    json.loads(shown)


@pytest.mark.parametrize(("depth", "status"), [(300, 200), (985, 400)])
def test_fields_of_a_document_nested_very_deeply(*, handler, put, new_event, mirror, depth, status):
    put("O", 1)
    deep = mirror.table.item("s#O#1") | {"z": {"B": gzip.compress(f'{{"m":{"[" * depth}{"]" * depth}}}'.encode())}}
    mirror.table.client.put_item(TableName=mirror.table.name, Item=deep)
    for fields in ("m", "m" + ".0" * depth):
        answer = handler.read(new_event("/wp-json/wc/v3/orders/1", f"_fields={fields}"), None)
        assert (answer["statusCode"], "Nested too deeply." in answer["body"]) == (status, status == 400)
    assert handler.read(new_event("/wp-json/wc/v3/orders/1"), None)["statusCode"] == 200


def test_fields_of_lists_and_documents(handler, get, put, new_event):
    put("O", 1, line_items=[{"price": 3.3499999999999996, "id": 4}])
    put("O", 2, line_items=[])
    answer = handler.read(new_event("/wp-json/wc/v3/orders", "_fields=id,line_items&order=asc"), None)
    assert answer["body"] == '[{"id":1,"line_items":[{"price": 3.3499999999999996, "id": 4}]},{"id":2,"line_items":[]}]'
    assert answer["headers"]["X-WP-Total"] == "2"
    assert get("/orders/1", "_fields[]=id&_fields[]=status")[2] == {"id": 1, "status": "processing"}
    assert get("/orders/9", "_fields=id")[2]["code"] == "woocommerce_rest_shop_order_invalid_id"
