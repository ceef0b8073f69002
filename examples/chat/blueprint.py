"""People, channels and talk for a chat application."""

from dataclasses import dataclass
from datetime import timedelta

from snapshot.seeding import Blueprint, between, chance, parameter, up_to


@dataclass(frozen=True)
class Size:
    users: int = parameter(10, "people")
    channels: int = parameter(5, "channels; three of ten are direct messages", least=0)
    messages: int = parameter(20, "messages a channel, replies not counted", least=0)
    statuses: int = parameter(0, "status updates a person", least=0)


bp = Blueprint("chat", Size, schema="schema.sql")
bp.profile("small", Size(), "10 people, 5 channels, about 130 messages")
bp.profile("large", Size(users=20, channels=10), "20 people, 10 channels, about 250 messages")
bp.require("reactions", hint="run seed_reactions.py first")


@bp.fill("users", total="users")
def users(r):
    while True:
        name = r.fake.name()
        yield dict(
            auth0_id=f"auth0|{r.uuid()}",
            name=name,
            email=r.email(name),
            bio=r.paragraph()[:200],
            picture=r.avatar(),
            is_active=r.chance(0.95),
            created_at=r.this_year(),
        )


@bp.fill("channels", total="channels")
def channels(r, users):
    while True:
        owner = r.pick(users)
        dm = r.share({False: 70, True: 30})
        private = dm or r.chance(0.4)
        yield dict(
            owner_id=owner.id,
            is_dm=dm,
            is_private=private,
            name=f"{owner.name} DM" if dm else r.fake.catch_phrase(),
            description=None if dm else r.sentence(),
            join_code=f"{r.code(4)}-{r.mark()}" if private and not dm else None,
            created_at=r.this_year(),
        )


@bp.fill(
    "user_channel",
    each="channels",
    need=lambda channel, r: 2 if channel.is_dm else r.between(2, r.parameters.users),
    title="Memberships",
)
def members(channel, r, users):
    yield dict(user_id=channel.owner_id)
    for user in r.shuffled(users):  # the owner comes round again, and is passed over
        yield dict(user_id=user.id)


@bp.fill("messages", each="channels", need="messages", counting="parent_id IS NULL")
def messages(channel, r, user_channel):
    members = user_channel.of(channel)
    while True:
        sent = r.between(channel.created_at, r.now)
        yield dict(
            user_id=r.pick(members).user_id,
            content=r.sentence() if r.chance(0.6) else r.paragraph(),
            created_at=sent,
            updated_at=sent,
        )


@bp.fill("messages", each="messages", where="parent_id IS NULL", need=chance(0.2))
def replies(message, r, user_channel):
    while True:
        sent = r.between(message.created_at, r.now)
        yield dict(
            channel_id=message.channel_id,
            user_id=r.pick(user_channel.of(channel_id=message.channel_id)).user_id,
            content=r.sentence(),
            created_at=sent,
            updated_at=sent,
        )


@bp.fill(
    "message_reactions",
    each="messages",
    need=up_to(chance(0.4, between(1, 3))),
    title="Reactions",
)
def message_reactions(message, r, user_channel, reactions):
    for member in r.shuffled(user_channel.of(channel_id=message.channel_id)):
        yield dict(
            user_id=member.user_id,
            reaction_id=r.pick(reactions).id,
            created_at=r.between(message.created_at, r.now),
        )


@bp.fill("user_statuses", each="users", need="statuses", title="Statuses")
def statuses(user, r):
    while True:
        begins = r.between(user.created_at, r.now)
        yield dict(
            status_text=r.sentence(),
            emoji=r.pick("😊🎉💻☕"),
            created_at=begins,
            expires_at=begins + timedelta(hours=r.between(1, 72)),
            is_active=r.chance(0.5),
        )


bp.check(
    "only members write",
    """SELECT m.id FROM messages m WHERE NOT EXISTS
       (SELECT FROM user_channel u WHERE u.channel_id = m.channel_id AND u.user_id = m.user_id)""",
)
bp.check(
    "a direct message has two members, its owner among them",
    """SELECT c.id FROM channels c LEFT JOIN user_channel u ON u.channel_id = c.id
       WHERE is_dm GROUP BY c.id
       HAVING count(*) <> 2 OR NOT bool_or(u.user_id = c.owner_id)""",
)
bp.check(
    "a reply comes after its message, in the same channel",
    """SELECT m.id FROM messages m JOIN messages p ON p.id = m.parent_id
       WHERE m.created_at < p.created_at OR m.channel_id <> p.channel_id""",
)
