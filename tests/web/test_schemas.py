"""What the API takes: nothing is converted, nothing unknown passes, numbers of JSON are one kind."""

import pytest
from pydantic import ValidationError

from classicxm.web.schemas import AddBody, AnnotateBody, RecommendBody, SearchBody, VectorBody


def test_whole_numbers_however_they_are_written():
    body = SearchBody.model_validate_json(
        '{"target": "any", "k": 5.0, "like": [3.0, "3"], "query": {"image": 0}}'
    )
    assert body.k == 5 and body.like == [3, "3"] and body.query.image == 0


@pytest.mark.parametrize(
    ("model", "body", "field"),
    [
        (SearchBody, '{"target": "smell"}', "target"),
        (SearchBody, "{}", "target"),
        (SearchBody, '{"target": "any", "k": "5"}', "k"),
        (SearchBody, '{"target": "any", "k": 0}', "k"),
        (SearchBody, '{"target": "any", "k": 1001}', "k"),
        (SearchBody, '{"target": "any", "other": 1}', "other"),
        (SearchBody, '{"target": "any", "weights": {"smell": 1}}', "weights"),
        (SearchBody, '{"target": "any", "min_score": 1e31}', "min_score"),
        (SearchBody, '{"target": "any", "query": {"image": 64}}', "query"),
        (VectorBody, '{"target": "any", "vector": []}', "vector"),
        (RecommendBody, '{"target": "any", "history": []}', "history"),
        (RecommendBody, '{"target": "any", "history": ["a"], "diversity": 1.5}', "diversity"),
        (AnnotateBody, '{"correction": "mine"}', "correction"),
        (AddBody, '{"id": 9223372036854775808, "item": {"text": "a"}}', "id"),
    ],
)
def test_what_is_refused(model, body, field):
    with pytest.raises(ValidationError) as caught:
        model.model_validate_json(body)
    assert caught.value.errors()[0]["loc"][0] == field
