"""pytest tests/test_seed_data.py -v: what the application's tests may expect of the seeded rows."""

from pathlib import Path

import psycopg
import pytest

BLUEPRINT = str(Path(__file__).parents[1] / "blueprint.py")

pytestmark = pytest.mark.seeded(BLUEPRINT, users=8, channels=10, messages=12)


def ask(url, query):
    with psycopg.connect(url) as connection:
        return connection.execute(query).fetchall()


def test_users(snapshot_db):
    [(people, addresses)] = ask(snapshot_db, "SELECT count(*), count(DISTINCT email) FROM users")
    assert (people, addresses) == (8, 8)


def test_three_of_ten_channels_are_direct_messages(snapshot_db):
    assert ask(snapshot_db, "SELECT is_dm, count(*) FROM channels GROUP BY 1 ORDER BY 1") == [
        (False, 7),
        (True, 3),
    ]


def test_direct_messages_have_two_members(snapshot_db):
    assert ask(
        snapshot_db,
        """SELECT DISTINCT (SELECT count(*) FROM user_channel WHERE channel_id = c.id)
           FROM channels c WHERE is_dm""",
    ) == [(2,)]


def test_messages_are_written_by_members(snapshot_db):
    assert ask(
        snapshot_db,
        """SELECT count(*), count(u.user_id) FROM messages m
           LEFT JOIN user_channel u USING (channel_id, user_id) WHERE parent_id IS NULL""",
    ) == [(120, 120)]


def test_replies_stay_in_their_channel(snapshot_db):
    [(replies, here)] = ask(
        snapshot_db,
        """SELECT count(*), count(*) FILTER (WHERE m.channel_id = p.channel_id)
           FROM messages m JOIN messages p ON p.id = m.parent_id""",
    )
    assert replies == here > 0


def test_a_status_expires(snapshot_db):
    [(statuses, expiring)] = ask(
        snapshot_db,
        "SELECT count(*), count(*) FILTER (WHERE expires_at > created_at) FROM user_statuses",
    )
    assert statuses == expiring == 40


def test_each_test_has_rows_of_its_own(snapshot_db):
    ask(snapshot_db, "DELETE FROM message_reactions RETURNING id")
    assert ask(snapshot_db, "SELECT count(*) FROM message_reactions") == [(0,)]


def test_reactions_are_there(snapshot_db):
    [(most,)] = ask(
        snapshot_db,
        "SELECT max(n) FROM (SELECT count(*) AS n FROM message_reactions GROUP BY message_id) r",
    )
    assert 1 <= most <= 3
