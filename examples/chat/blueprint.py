"""People, channels and talk for a chat application."""

from dataclasses import dataclass
from datetime import timedelta

from snapshot.seeding import Blueprint, between, chance, parameter, up_to


@dataclass(frozen=True)
class Size:
    users: int = parameter(10, "people", least=2)
    channels: int = parameter(5, "channels; three of ten are direct messages", least=0)
    messages: int = parameter(20, "messages a channel, replies not counted", least=0)
    statuses: int = parameter(5, "status updates a person", least=0)


bp = Blueprint("chat", Size, schema="schema.sql")
bp.profile("small", Size(), "10 people, 5 channels, about 250 rows")
bp.profile("large", Size(users=20, channels=10), "20 people, 10 channels, about 550 rows")
bp.require(
    "reactions",
    hint="run seed_reactions.py first, or: INSERT INTO reactions (emoji) VALUES ('👍'), ('🎉'), ('😂'), ('❤')",
)
lines = bp.texts("chat.txt")


def upper(text):
    return text[0].upper() + text[1:]


def there(users, time):
    """Those who had joined by then; if nobody had, all."""
    return [user for user in users if user.created_at <= time] or users


def since_new_year(r, part):
    """The time by which this part of the year so far was over."""
    return r.new_year + part * (r.now - r.new_year)


@bp.fill("users", total="users")
def users(r):
    joins = r.timeline(r.new_year, since_new_year(r, 0.3), r.parameters.users, "office")
    while True:
        person = r.person()
        yield dict(
            auth0_id=f"auth0|{r.uuid()}",
            name=person.name,
            email=person.email,
            bio=r.text(lines, "bio"),
            picture=r.avatar(),
            is_active=r.chance(0.95),
            created_at=next(joins),
        )


@bp.fill("channels", total="channels")
def channels(r, users):  # the first one opens when all people are there
    opened = r.timeline(
        since_new_year(r, 0.3), since_new_year(r, 0.5), r.parameters.channels, "office"
    )
    while True:
        opens = next(opened)
        owner = r.pick(there(users, opens))
        dm = r.share({False: 70, True: 30})
        name = f"{owner.name} DM" if dm else r.text(lines, "channel")
        about = None if dm else upper(r.text(lines, "about", aim=name.replace("-", " ")))
        private = dm or r.chance(0.4)
        yield dict(
            owner_id=owner.id,
            is_dm=dm,
            is_private=private,
            name=name,
            description=about,
            join_code=f"{r.code(4)}-{r.mark()}" if private and not dm else None,
            created_at=opens,
        )


@bp.fill(
    "user_channel",
    each="channels",
    need=lambda channel, r: 2 if channel.is_dm else r.long_tail(2, r.parameters.users),
    title="Memberships",
)
def members(channel, r, users):
    yield dict(user_id=channel.owner_id)
    for user in r.shuffled(there(users, channel.created_at)):  # the owner again is passed over
        yield dict(user_id=user.id)
    for user in r.shuffled(users):
        yield dict(user_id=user.id)


def first_name(user):
    words = user.name.split()
    return words[1] if words[0].endswith(".") else words[0]


def before_now(r, since, minutes):
    """So much later, but not after now; never before."""
    return max(since, min(r.now, since + timedelta(minutes=minutes)))


def edited(r, sent):
    """When a message was last changed: one in twelve soon after it was sent."""
    return before_now(r, sent, r.between(1, 40)) if r.chance(0.08) else sent


@bp.fill("messages", each="channels", need="messages", counting="parent_id IS NULL")
def messages(channel, r, user_channel, users):
    members = [users.one(id=member.user_id) for member in user_channel.of(channel)]
    members = there(members, channel.created_at)
    names = [first_name(member) for member in members]
    times = r.timeline(channel.created_at, r.now, r.parameters.messages, "office")
    while True:
        sent = next(times)
        few = not channel.is_dm and r.chance(0.6)  # write most
        author = (r.long_tail if few else r.between)(0, len(members) - 1)
        other = (author + r.between(1, max(1, len(members) - 1))) % len(members)
        kind = "sentence" if r.chance(0.6) else "paragraph"
        yield dict(
            user_id=members[author].id,
            content=upper(r.text(lines, kind, name=names[other])),
            created_at=sent,
            updated_at=edited(r, sent),
        )


@bp.fill("messages", each="messages", where="parent_id IS NULL", need=chance(0.1, between(1, 3)))
def replies(message, r, user_channel, users):
    members = user_channel.of(channel_id=message.channel_id)
    name = first_name(users.one(id=message.user_id))
    sent = message.created_at
    while True:
        sent = before_now(r, sent, r.long_tail(1, 90))
        kind = "reply" if r.chance(0.6) else "long reply"
        yield dict(
            channel_id=message.channel_id,
            user_id=next(m.user_id for m in r.shuffled(members) if m.user_id != message.user_id),
            content=upper(r.text(lines, kind, name=name)),
            created_at=sent,
            updated_at=edited(r, sent),
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
            reaction_id=reactions[r.long_tail(0, len(reactions) - 1)].id,
            created_at=before_now(r, message.created_at, r.long_tail(0, 120)),
        )


STATUSES = {  # emoji → what it says, and for how many hours
    "🥪": ("lunch", 1),
    "📅": ("meeting_status", 1),
    "💻": ("focus", 4),
    "🏠": ("home", 9),
    "🌴": ("away", 7 * 24),
}


@bp.fill("user_statuses", each="users", need="statuses", title="Statuses")
def statuses(user, r):
    times = r.timeline(user.created_at, r.now, r.parameters.statuses, "office")
    while True:
        begins = next(times)
        noon = begins.hour in (11, 12, 13)
        emoji = "🥪" if noon else r.weighted({"📅": 4, "💻": 3, "🏠": 2, "🌴": 1})
        section, hours = STATUSES[emoji]
        expires = begins + timedelta(hours=hours)
        yield dict(
            status_text=r.text(lines, section),
            emoji=emoji,
            created_at=begins,
            expires_at=expires,
            is_active=expires > r.now,
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
