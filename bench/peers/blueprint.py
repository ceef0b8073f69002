"""The rows that peers write too."""

from dataclasses import dataclass

from snapshot.seeding import Blueprint


@dataclass(frozen=True)
class Size:
    messages: int = 2_000


bp = Blueprint("bench", Size)


@bp.fill("users", total=1_000)
def users(r):
    while True:
        name = r.fake.name()
        yield {"name": name, "email": r.email(name)}


@bp.fill("channels", total=100)
def channels(r):
    while True:
        yield {"name": r.fake.catch_phrase()}


@bp.fill("messages", each="channels", need="messages")
def messages(channel, r, users):
    while True:
        sent = r.this_year()
        yield {
            "user_id": r.pick(users).id,
            "content": r.sentence(),
            "created_at": sent,
            "updated_at": sent,
        }
