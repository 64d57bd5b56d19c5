"""The kinds of documents: recognised by their keys, sorted as WooCommerce sorts, refused with a clear word."""

import json

import pytest


@pytest.mark.parametrize("letter", "OPVCKGT")
def test_a_kind_is_told_by_the_keys_of_its_documents(handler, make, letter):
    assert handler.kind_of(make.document(letter, 5)).letter == letter


def test_a_product_of_the_type_variation_is_a_variation(handler, make):
    assert handler.kind_of(make.document("P", 5, type="variation")).letter == "V"


def test_a_variation_of_a_recent_release_has_all_keys_of_a_product(handler, make):
    assert handler.kind_of(make.document("P", 5) | make.document("V", 5)).letter == "V"


@pytest.mark.parametrize(
    ("letter", "key", "noun"),
    [("O", "order_key", "order"), ("C", "username", "customer"), ("K", "discount_type", "coupon")],
)
def test_a_document_of_no_kind_is_refused_with_the_keys_it_lacks(handler, make, letter, key, noun):
    document = make.document(letter, 5)
    del document[key]
    with pytest.raises(
        handler.DocumentError, match=rf"^no WooCommerce document: the nearest, {noun}, has {key} as well$"
    ):
        handler.kind_of(document)


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b"7", b'"x"', b"null", b"\xff{}", '{"a": 1}'.encode("utf-16")])
def test_a_body_that_is_no_json_object_is_refused(handler, body):
    with pytest.raises(handler.DocumentError, match="a document is a JSON object in UTF-8"):
        handler.parse(body)


@pytest.mark.parametrize(
    "number", [727, "727", "0727", " 727", 727.5, 0, -3, None, True, "x", 10**12, [1], "0" * 5000 + "5"]
)
def test_an_id_is_a_number_or_its_text(handler, make, number):
    document = make.document("O", number)
    if number in (727, "727", "0727"):
        assert handler.id_of(document, "order") == 727
    else:
        with pytest.raises(handler.DocumentError, match="the id of order documents is a number of 1 to 12 digits"):
            handler.id_of(document, "order")


@pytest.mark.parametrize(
    ("date", "key"),
    [
        ("2024-03-05T10:00:00", "2024-03-05T10:00:00"),
        ("2024-03-05T10:00:00Z", "2024-03-05T10:00:00"),
        (None, "0000-00-00T00:00:00"),
        ("", "0000-00-00T00:00:00"),
        (20240305, "0000-00-00T00:00:00"),
    ],
)
def test_a_date_that_is_none_sorts_before_all_others(handler, make, date, key):
    entries = handler.entries(handler.KINDS["O"], make.document("O", 72, date_created=date))
    dated = {entry for entry in entries if "@date|" in entry}
    assert dated == {f"O#{name}@date|{key}#000000000072" for name in ("any", "st=processing", "cu=0")}
    assert entries - dated == {f"O#{name}@id|000000000072" for name in ("any", "st=processing")}


def test_customers_sort_by_name_as_a_case_and_accent_insensitive_collation_does(handler, make):
    people = [
        {"first_name": "  \u00c5sa ", "last_name": "Berg"},
        {"first_name": "Ann", "last_name": ""},
        {"first_name": "ANN", "last_name": "Lee"},
        {"first_name": "Ann-Lee", "last_name": None},
        {"first_name": "", "last_name": "", "username": "annika"},
        {"first_name": "\u0130brahim", "last_name": "\u00d6z"},
        {"first_name": "Wei\u00df", "last_name": ""},
    ]
    keys = [handler.display_name(make.document("C", 1, **person)) for person in people]
    assert keys == ["asa berg ", "ann ", "ann lee ", "ann-lee ", "annika ", "ibrahim oz ", "weiss "]
    placed = sorted(f"{key}#{12:012}" for key in keys)
    assert [place[:-14] for place in placed] == [
        "ann",
        "ann lee",
        "ann-lee",
        "annika",
        "asa berg",
        "ibrahim oz",
        "weiss",
    ]


def test_a_long_name_still_makes_a_sort_key_that_dynamodb_takes(put, get):
    put("C", 5, first_name="\U0001f600" * 600, username="\U0001f600" * 600, email="\U0001f600" * 600)
    _, headers, [found] = get("/customers")
    assert (headers["X-WP-Total"], found["id"]) == ("1", 5)


@pytest.mark.parametrize("links", ["https://shop.example/wp-json/wc/v3/products/64", "64"])
def test_the_product_of_a_variation_may_stand_in_its_links(handler, make, links):
    document = make.document("V", 5, parent_id=0, _links={"up": [{"href": links}]})
    assert handler.entries(handler.KINDS["V"], document) == {"V#p=64@date|2024-03-05T10:00:00#000000000005"}


@pytest.mark.parametrize("parent", [10**12, -64, -(10**12), "9" * 3001, "9" * 5000])
def test_a_variation_of_what_no_product_can_be_is_refused(handler, make, parent):
    with pytest.raises(handler.DocumentError, match="a variation names its product"):
        handler.entries(handler.KINDS["V"], make.document("V", 5, parent_id=parent))


@pytest.mark.parametrize("links", [{}, {"up": []}, {"up": [{"href": "https://x/"}]}, None])
def test_a_variation_of_no_product_is_refused(handler, make, links):
    document = make.document("V", 5, _links=links)
    del document["parent_id"]
    with pytest.raises(handler.DocumentError, match="a variation names its product"):
        handler.entries(handler.KINDS["V"], document)


def test_a_fingerprint_ignores_only_what_changes_at_random(handler, make):
    document = make.document("P", 5)
    same = json.loads(json.dumps({**dict(reversed(document.items())), "related_ids": [1], "_links": 0}))
    assert handler.fingerprint(same) == handler.fingerprint(document)
    for name in document.keys() - {"related_ids", "_links"}:
        assert handler.fingerprint({**document, name: "other"}) != handler.fingerprint(document), name


@pytest.mark.parametrize(
    ("letter", "field"),
    [("O", "status"), ("P", "status"), ("P", "stock_status"), ("P", "type"), ("C", "role"), ("K", "discount_type")],
)
@pytest.mark.parametrize("value", ["a|b", "a#b", "a@b", "x" * 65, None, ["x"], "a\u0000b", "\ud800", "caf\u00e9", 7])
def test_a_document_of_odd_fields_still_has_its_place_in_lists(handler, make, letter, field, value):
    document = make.document(letter, 5, **{field: value})
    for entry in handler.entries(handler.KINDS[letter], document):
        name, _, place = entry.partition("|")
        assert name.rpartition("@")[2] in handler.ORDERINGS
        assert place.endswith("000000000005")
        assert name.isascii()


@pytest.mark.parametrize("constant", [b"NaN", b"Infinity", b"-Infinity"])
def test_what_only_python_takes_for_a_number_is_no_json(handler, constant):
    with pytest.raises(handler.DocumentError, match="a document is a JSON object in UTF-8"):
        handler.parse(b'{"id": 5, "x": %s}' % constant)


def test_half_a_character_of_a_name_does_not_count(handler, make):
    names = [make.document("C", 5, first_name=name) for name in ("Zo\ud800e", "Zoe")]
    assert handler.entries(handler.KINDS["C"], names[0]) == handler.entries(handler.KINDS["C"], names[1])


def test_floats_that_a_double_cannot_tell_apart_are_two_versions(handler):
    one, other = (handler.parse(b'{"id": 5, "price": 0.1000000000000000000%d}' % digit) for digit in (1, 2))
    assert handler.fingerprint(one) != handler.fingerprint(other)
