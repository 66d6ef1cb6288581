"""Rule books and published limits over HTTP."""


def test_the_list_names_every_edition_with_its_state(call):
    books = {book["id"]: book for book in call("GET", "/v1/books").json["books"]}
    assert books.keys() == {
        "cn_consumer_fraud", "cn_food_drug_punitive", "uk_ofcom_auto_compensation", "retail-cn",
    }  # fmt: skip
    assert {book["status"] for book in books.values()} == {"in_force"}


def test_a_book_is_shown_whole_as_data(call):
    book = call("GET", "/v1/books/retail-cn", by="finance").json
    assert book["text"]["balance"]["kappa"] == "1.5"
    assert book["text"]["book"]["effective_from"] == "2026-01-01"
    assert book["editions"] == ["2026.1"]


def test_an_edition_can_be_named(call):
    assert call("GET", "/v1/books/retail-cn?edition=2026.1", by="finance").status_code == 200
    assert call("GET", "/v1/books/retail-cn?edition=1999", by="finance").status_code == 404
    assert call("GET", "/v1/books/nothing", by="finance").status_code == 404


def test_limits_are_published_without_a_token_and_name_the_way_out(call):
    limits = call("GET", "/v1/limits", by=None).json
    policy = limits["policies"][0]
    assert policy["clocks"]["complaint"]["resolution"] == ["3 wd", "3 wd", "3 wd", "7 wd", "7 wd"]
    assert policy["goodwill_bound"] == {
        "times_base": "1.5", "or_base_plus": {"amount": "20.00", "currency": "CNY"},
    }  # fmt: skip
    assert "profile_free" in limits["profile_free"]
    assert "profile_free" in call("GET", "/v1/limits", by=None, language="zh").json["profile_free"]
