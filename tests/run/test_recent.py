from server.run.recent import Recent


def kept(most: int, *sizes: int) -> Recent[int, str]:
    recent: Recent[int, str] = Recent(most)
    for iteration, nbytes in enumerate(sizes):
        recent.put(iteration, f"item {iteration}", nbytes)
    return recent


def test_the_nearest_item_is_that_of_the_latest_iteration_at_or_before() -> None:
    recent = kept(100, 1, 1, 1)
    recent.put(9, "item 9", 1)
    assert [recent.nearest(at) for at in (0, 2, 5, 9, 20)] == [
        "item 0",
        "item 2",
        "item 2",
        "item 9",
        "item 9",
    ]
    assert recent.nearest(-1) is None
    assert kept(100).nearest(3) is None


def test_the_least_recently_used_items_make_room() -> None:
    recent = kept(10, 4, 4)
    assert recent.get(0) == "item 0"
    recent.put(5, "item 5", 4)
    assert [recent.get(at) for at in (0, 1, 5)] == ["item 0", None, "item 5"]
    assert recent.nearest(0) == "item 0"
    recent.put(6, "item 6", 4)
    assert [recent.get(at) for at in (0, 5, 6)] == ["item 0", None, "item 6"]
    assert recent.nbytes == 8


def test_the_last_item_stays_however_large() -> None:
    recent = kept(10, 4, 99)
    assert (recent.get(0), recent.get(1), recent.nbytes) == (None, "item 1", 99)


def test_an_item_that_is_put_again_counts_once() -> None:
    recent = kept(10, 4)
    recent.put(0, "another", 5)
    assert (recent.get(0), recent.nbytes) == ("another", 5)
    assert (recent.clear(), recent.nbytes, recent.get(0)) == (5, 0, None)
