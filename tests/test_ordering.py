"""The load order: against a brute-force oracle, whatever the graph."""

from __future__ import annotations

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from snapshot.catalog import ForeignKey, Name
from snapshot.planning.ordering import load_order, out_of_order


def name(number: int) -> Name:
    return Name("public", f"t{number:04}")


def key(number: int, table: Name, referenced: Name) -> ForeignKey:
    return ForeignKey(f"fk{number}", table, ("a",), referenced, ("id",), table, referenced)


graphs = st.integers(1, 8).flatmap(
    lambda n: st.tuples(
        st.just(n), st.lists(st.tuples(st.integers(0, n - 1), st.integers(0, n - 1)), max_size=20)
    )
)


def reachable(n: int, edges: list[tuple[int, int]]) -> list[list[bool]]:
    reach = [[(i, j) in edges for j in range(n)] for i in range(n)]
    for k in range(n):
        for i in range(n):
            for j in range(n):
                reach[i][j] = reach[i][j] or (reach[i][k] and reach[k][j])
    return reach


@given(graphs, st.randoms())
def test_referenced_tables_come_first_but_on_cycles(graph, random) -> None:
    n, edges = graph
    keys = [key(i, name(a), name(b)) for i, (a, b) in enumerate(edges)]
    order = load_order([name(i) for i in range(n)], keys)
    reach = reachable(n, edges)
    position = {table: index for index, table in enumerate(order.tables)}
    assert sorted(position) == [name(i) for i in range(n)]
    deferred = {d.foreign_key.name for d in order.deferred}
    for fk, (a, b) in zip(keys, edges, strict=True):
        on_cycle = a == b or (reach[a][b] and reach[b][a])
        assert (fk.name in deferred) == on_cycle
        if not on_cycle:
            assert position[name(b)] < position[name(a)]
    components = {
        frozenset(j for j in range(n) if j == i or (reach[i][j] and reach[j][i])) for i in range(n)
    }
    assert {frozenset(c) for c in order.cycles} == {
        frozenset(map(name, c)) for c in components if len(c) > 1
    }
    shuffled_keys, shuffled_tables = list(keys), [name(i) for i in range(n)]
    random.shuffle(shuffled_keys)
    random.shuffle(shuffled_tables)
    assert load_order(shuffled_tables, shuffled_keys) == order
    assert {d.foreign_key.name for d in out_of_order(order.tables, keys)} <= deferred


def test_of_tables_that_are_ready_the_smallest_name_comes_first() -> None:
    keys = [key(0, name(1), name(9)), key(1, name(3), name(0))]
    order = load_order(map(name, (9, 3, 2, 1, 0)), keys)
    assert [int(t.name[1:]) for t in order.tables] == [0, 2, 3, 9, 1]


def test_a_long_chain_needs_no_recursion() -> None:
    keys = [key(i, name(i + 1), name(i)) for i in range(5000)]
    assert load_order(map(name, range(5001)), keys).tables == tuple(map(name, range(5001)))
    ring = [*keys, key(5000, name(0), name(5000))]
    assert len(load_order(map(name, range(5001)), ring).cycles[0]) == 5001


def test_out_of_order_names_the_keys_that_a_given_order_breaks() -> None:
    keys = [key(i, a, b) for i, (b, a) in enumerate(pairwise(map(name, range(3))))]
    broken = out_of_order([name(1), name(0), name(2)], keys)
    assert [d.foreign_key.name for d in broken] == ["fk0"]
    assert broken[0].reason == "t0000 is loaded after t0001"
