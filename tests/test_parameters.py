import pytest

from classicxm.parameters import Boolean, Choice, Either, InstanceOf, Integer, Real, check_parameters


@pytest.mark.parametrize(
    ("allowed", "good", "bad", "words"),
    [
        (Integer(1), [1, 7], [0, 1.0, True, "1", None], "an integer of at least 1"),
        (Integer(0, 3), [0, 3], [4, -1], "an integer from 0 to 3"),
        (Real(0), [0, 0.5, 3], [-0.1, float("nan"), float("inf"), "1"], "a number of at least 0"),
        (Real(0, 1, above=True), [0.1, 1], [0, 1.1], "a number above 0 and at most 1"),
        (Boolean(), [True, False], [0, 1, None], "True or False"),
        (Choice("a", "b"), ["a"], ["c", None, 1], "one of 'a', 'b'"),
        (Either(None, Integer(1)), [None, 3], [0, "x"], "None or an integer of at least 1"),
        (Either("auto", Real(0)), ["auto", 0.5], ["x", -1], "'auto' or a number of at least 0"),
        (InstanceOf(str, bytes), ["a", b"a"], [1], "str or bytes"),
    ],
)
def test_ranges(allowed, good, bad, words):
    assert all(allowed.accepts(value) for value in good)
    assert not any(allowed.accepts(value) for value in bad)
    assert str(allowed) == words


def test_the_message_names_class_parameter_range_and_value():
    class Parent:
        parameter_ranges = {"a": Integer(1)}

    class Child(Parent):
        parameter_ranges = {"b": Boolean()}

        def __init__(self, a, b):
            self.a, self.b = a, b

    check_parameters(Child(1, True))
    with pytest.raises(ValueError, match=r"Child: a must be an integer of at least 1, got 0"):
        check_parameters(Child(0, True))
    with pytest.raises(ValueError, match=r"Child: b must be True or False, got 'yes'"):
        check_parameters(Child(1, "yes"))


def test_whole_numbers_that_no_float_holds_are_no_real_ones():
    assert not Real().accepts(10**400) and not Real(0, 1).accepts(-(10**400)) and Real().accepts(10**300)
