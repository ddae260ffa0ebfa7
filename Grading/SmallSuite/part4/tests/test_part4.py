def test_is_not_run():
    raise AssertionError
