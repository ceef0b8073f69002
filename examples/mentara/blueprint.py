"""A community for mental health: clients, therapists, communities, and what they do together."""

from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from itertools import cycle
from zoneinfo import ZoneInfo

from snapshot.seeding import Blueprint, chance, long_tail, parameter, up_to


@dataclass(frozen=True)
class Minimums:
    clients: int = parameter(18, "clients")
    therapists: int = parameter(7, "therapists")
    moderators: int = parameter(2, "moderators", least=1)
    admins: int = parameter(1, "administrators")
    communities: int = parameter(15, "communities", most=60)
    memberships_per_client: int = parameter(1, "communities each client is in")
    memberships_per_therapist: int = parameter(2, "communities each therapist is in")
    posts_per_client: int = parameter(5, "posts each client wrote")
    comments_per_client: int = parameter(10, "comments each client wrote")
    hearts_per_client: int = parameter(3, "hearts each client gave")
    conversations_per_client: int = parameter(2, "conversations each client began")
    meetings_per_relationship: int = parameter(3, "meetings of a client and his therapist")
    relationships_per_therapist: int = parameter(2, "clients of each therapist")
    days_per_therapist: int = parameter(3, "days a therapist can be met", most=7)
    posts_per_therapist: int = parameter(2, "posts each therapist wrote")
    comments_per_therapist: int = parameter(5, "comments each therapist wrote")
    meetings_per_therapist: int = parameter(4, "meetings of each therapist")
    worksheets_per_therapist: int = parameter(3, "worksheets each therapist made")
    reviews_per_therapist: int = parameter(2, "reviews of each therapist")
    notifications: int = parameter(3, "notifications each client and therapist got")
    members_per_community: int = parameter(8, "members of each community")
    posts_per_community: int = parameter(10, "posts in each community")
    comments_per_post: int = parameter(1, "comments on each post; some have many more")


bp = Blueprint("mentara", Minimums, schema="schema.sql")
bp.view("client", "users", "role = 'client'")
bp.view("therapist", "users", "role = 'therapist'")
bp.view("moderator", "users", "role = 'moderator'")
bp.view("admin", "users", "role = 'admin'")
bp.view("peers", "memberships", "user_id IN (SELECT user_id FROM clients)")
bp.view("completed_meetings", "meetings", "status = 'completed'")
bp.view("held_calls", "meetings", "kind = 'video' AND status = 'completed'")
bp.view(
    "talked_about",  # two posts of each community
    "posts",
    """(SELECT count(*) FROM posts earlier WHERE earlier.community_id = posts.community_id
        AND earlier.created_at < posts.created_at) IN (1, 6)""",
)
ANSWERED = """EXISTS (SELECT FROM messages later WHERE later.conversation_id = messages.conversation_id
    AND later.sender_id <> messages.sender_id AND later.sent_at > messages.sent_at)"""
bp.view("answered", "messages", ANSWERED)
bp.view("unanswered", "messages", f"NOT {ANSWERED}")

TEXTS = bp.texts("community.txt")
TOPICS = {
    "Anxiety": "For racing hearts, what-ifs and everything that we avoid.",
    "Depression": "For grey days, and for the first ones with colour.",
    "Sleep": "Falling asleep, staying asleep, and giving up the phone.",
    "Grief": "For those who miss somebody, however long ago it was.",
    "Burnout": "Too much work, no energy, and the way back.",
    "Parenting": "Children of all ages, and parents at the end of their tether.",
    "Panic": "Attacks, the fear of the next one, and what helps in the lift.",
    "Mindfulness": "Exercises, doubts, and ten quiet minutes a day.",
    "Trauma": "A careful place. Please mark what may upset others.",
    "Self-esteem": "Against the inner critic, with small and large steps.",
    "Loneliness": "For Sundays, new cities and empty evenings.",
    "Anger": "Before, during and after: where it comes from, and where to put it.",
    "Addiction": "One day at a time, with or without a group.",
    "Eating": "Food, bodies and peace with both. No numbers, please.",
    "Relationships": "Couples, break-ups, families and asking for what we need.",
}
SPECIALITIES = ("CBT", "EMDR", "family therapy", "mindfulness", "grief", "addiction")
ZONES = ("Europe/London", "Europe/Berlin", "America/New_York")


def ago(r, most, least=0):
    """The times from so many days ago to so many days ago."""
    return r.now - timedelta(days=most), r.now - timedelta(days=least)


def soon_after(r, time, most):
    """A time after another one, within so many hours, and not later than now."""
    low = min(time + timedelta(minutes=3), r.now)
    return r.moment(low, min(low + timedelta(hours=most), r.now), "evening")


# --- base data


def user(r):
    person = r.person("mentara.local")
    return dict(
        first_name=person.first_name,
        last_name=person.last_name,
        email=person.email,
        avatar_url=r.avatar(),
        created_at=r.moment(*ago(r, 700, 200), "evening"),
    )


@bp.fill("users", total="clients", kind={"role": "client"}, title="Clients")
def client_users(r):
    while True:
        yield user(r)


@bp.fill("users", total="therapists", kind={"role": "therapist"}, title="Therapists")
def therapist_users(r):
    while True:
        yield user(r)


@bp.fill("users", total="moderators", kind={"role": "moderator"}, title="Moderators")
def moderator_users(r):
    while True:
        yield user(r)


@bp.fill("users", total="admins", kind={"role": "admin"}, title="Administrators")
def admin_users(r):
    while True:
        yield user(r)


@bp.fill("clients", each="client")
def clients(client, r):
    yield dict(
        goals=r.sample(["sleep", "calm", "focus", "confidence"], 2), has_seen_intro=r.chance(0.8)
    )


@bp.fill("therapists", each="therapist")
def therapists(therapist, r):
    years = 2 + r.long_tail(0, 28)
    yield dict(
        license_number=f"TH-{r.code(4)}-{r.mark()}",
        specialities=r.sample(SPECIALITIES, 2),
        hourly_rate=60 + 5 * r.between(years // 4, 4 + years // 3),
        years_experience=years,
        time_zone=r.pick(ZONES),
    )


@bp.fill("moderators", each="moderator")
def moderators(moderator, r):
    yield dict(permissions={"delete_posts": True, "ban_users": r.chance(0.5)})


@bp.fill("admins", each="admin")
def admins(admin, r):
    yield dict(level="owner")


@bp.fill("communities", total="communities")
def communities(r):
    for series in range(1, 100):
        for topic, about in TOPICS.items():
            name = f"{topic} {series}" if series > 1 else topic
            yield dict(
                slug=name.lower().replace(" ", "-"),
                name=f"{name} support",
                description=about,
                created_at=r.moment(*ago(r, 1200, 800), "office"),
            )


def topic_of(community, r):
    """What a community talks about; any of our topics in one that somebody else made."""
    topic = community.slug.rstrip("-0123456789")
    return topic if topic.capitalize() in TOPICS else r.pick(list(TOPICS)).lower()


# --- 1 to 3: foundation
bp.tier("Foundation")


@bp.fill("memberships", each="client", need="memberships_per_client")
def client_memberships(client, r, communities):
    for community in r.shuffled(communities):
        yield dict(community_id=community.id, joined_at=r.moment(*ago(r, 190, 100), "evening"))


@bp.fill("memberships", each="therapist", need="memberships_per_therapist")
def therapist_memberships(therapist, r, communities):
    for community in r.shuffled(communities):
        yield dict(community_id=community.id, joined_at=r.moment(*ago(r, 190, 100), "office"))


def joining(community, r, users):
    for person in r.shuffled(users):
        yield dict(user_id=person.id, joined_at=r.moment(*ago(r, 190, 100), "evening"))


@bp.fill("memberships", each="communities", need="members_per_community")
def community_members(community, r, users):
    yield from joining(community, r, users)


@bp.fill("memberships", each="communities", need=up_to(long_tail(0, 26)))
def members_of_popular_communities(community, r, users):
    yield from joining(community, r, users)


@bp.fill("relationships", each="therapist", on={"therapist_id": "id"},
         need="relationships_per_therapist")  # fmt: skip
def relationships(therapist, r, clients):
    for client in r.shuffled(clients):  # who has a therapist already is passed over
        yield dict(
            client_id=client.user_id,
            status=r.weighted({"active": 90, "paused": 10}),
            assigned_at=r.moment(*ago(r, 120, 96), "office"),
        )


@bp.fill("therapist_availability", each="therapist", on={"therapist_id": "id"},
         need="days_per_therapist", title="Availability")  # fmt: skip
def availability(therapist, r):
    week = list(r.shuffled(range(1, 6)))
    for weekday in [6, *week, 7] if r.chance(0.2) else [*week, 6, 7]:
        starts = r.weighted({8: 2, 9: 4, 10: 3, 12: 1})
        yield dict(weekday=weekday, starts=time(starts), ends=time(starts + r.between(4, 8)))


# --- 4 to 6: content
bp.tier("Content")


@bp.fill("pre_assessments", each="client", on={"client_id": "id"}, title="Assessments")
def assessments(client, r):
    worse = r.even()  # who is anxious is often sad as well
    yield dict(
        scores={
            scale: min(most, int(most * (worse * 0.7 + r.between(0.0, 0.3))))
            for scale, most in (("phq9", 27), ("gad7", 21), ("pss10", 40))
        },
        completed_at=r.moment(*ago(r, 190, 121), "evening"),
    )


@bp.fill("assessment_answers", each="pre_assessments", need=9, title="Assessments")
def answers(assessment, r):
    """Nine answers that add up to the score."""
    given = [0] * 9
    for _ in range(assessment.scores.get("phq9", 0)):
        given[r.pick([place for place, points in enumerate(given) if points < 3])] += 1
    for question, points in enumerate(given, 1):
        yield dict(question=question, answer=points)


def post(r, community, at):
    topic = topic_of(community, r)
    section = r.weighted({f"{topic} title": 3, "title": 2})
    return dict(
        title=r.text(TEXTS, section, topic=topic),
        content=r.text(TEXTS, "post", story=r.text(TEXTS, topic)),
        created_at=at,
    )


@bp.fill(
    "posts", each="client", need=lambda client, r: r.parameters.posts_per_client + r.long_tail(0, 5)
)
def client_posts(client, r, memberships, communities):
    homes = memberships.of(user_id=client.id)
    times = r.timeline(*ago(r, 97, 1), r.parameters.posts_per_client, "evening")
    while True:
        home = communities.one(id=r.pick(homes).community_id)
        yield dict(post(r, home, next(times)), community_id=home.id)


@bp.fill("posts", each="therapist", need="posts_per_therapist")
def therapist_posts(therapist, r, memberships, communities):
    homes = memberships.of(user_id=therapist.id)
    times = r.timeline(*ago(r, 97, 1), r.parameters.posts_per_therapist, "office")
    while True:
        home = communities.one(id=r.pick(homes).community_id)
        written = r.text(TEXTS, "therapist post", topic=topic_of(home, r))
        title, _, content = written.partition(" | ")
        yield dict(community_id=home.id, title=title, content=content, created_at=next(times))


@bp.fill("posts", each="communities", need="posts_per_community")
def community_posts(community, r, memberships, peers):
    members = peers.of(community) or memberships.of(community)
    times = r.timeline(*ago(r, 97, 1), r.parameters.posts_per_community, "evening")
    while True:
        yield dict(post(r, community, next(times)), author_id=r.pick(members).user_id)


@bp.fill("post_files", each="posts", need=chance(0.1), title="Posts")
def post_files(post, r):
    yield dict(url=f"https://files.example.com/{r.hex(16)}.jpg")


@bp.fill("moderator_communities", each="communities", title="Moderator assignments")
def moderator_assignments(community, r, moderators):
    for moderator in r.shuffled(moderators):
        yield dict(moderator_id=moderator.user_id, assigned_at=community.created_at)


# --- 7 and 8: engagement
bp.tier("Engagement")


def comment(r, author_id, community, therapists):
    """What somebody writes below a post."""
    if therapists.of(user_id=author_id):
        return r.text(TEXTS, "therapist comment", topic=topic_of(community, r))
    return r.text(TEXTS, "comment")


def thread(post, r, memberships, communities, therapists):
    """Comments on a post and the answers to them, in the order of time."""
    community = communities.one(id=post.community_id)
    members = memberships.of(community_id=post.community_id)
    others = [member for member in members if member.user_id != post.author_id] or members
    written, at = [], post.created_at
    while True:
        at = soon_after(r, at, 9)
        if written and r.chance(0.4):
            to = r.pick(written)
            # the author of the post thanks; to the author's own answers comes a reply
            who = post.author_id if to.author_id != post.author_id else r.pick(others).user_id
            row = dict(author_id=who, parent_id=to.id, content=r.text(TEXTS, "reply"))
        else:
            who = r.pick(others).user_id
            row = dict(
                author_id=who, parent_id=None, content=comment(r, who, community, therapists)
            )
        made = yield dict(row, created_at=at)
        if made:
            written.append(made)


@bp.fill("comments", each="posts", need="comments_per_post")
def post_comments(post, r, memberships, communities, therapists):
    yield from thread(post, r, memberships, communities, therapists)


@bp.fill("comments", each="talked_about", need=long_tail(4, 13))
def comments_on_what_many_read(post, r, memberships, communities, therapists):
    yield from thread(post, r, memberships, communities, therapists)


def comments_of(author_id, r, memberships, communities, posts, therapists):
    """Comments of one person, on others' posts in the communities that the person is in."""
    homes = [member.community_id for member in memberships.of(user_id=author_id)]
    posts = [post for home in homes for post in posts.of(community_id=home)]
    read = [post for post in posts if post.author_id != author_id] or posts
    while read:
        post = read[r.long_tail(0, len(read) - 1)]  # a few are read by all
        community = communities.one(id=post.community_id)
        yield dict(
            post_id=post.id,
            content=comment(r, author_id, community, therapists),
            created_at=soon_after(r, post.created_at, 300),
        )


@bp.fill("comments", each="client", need="comments_per_client")
def client_comments(client, r, memberships, communities, posts, therapists):
    yield from comments_of(client.id, r, memberships, communities, posts, therapists)


@bp.fill("comments", each="therapist", need="comments_per_therapist")
def therapist_comments(therapist, r, memberships, communities, posts, therapists):
    yield from comments_of(therapist.id, r, memberships, communities, posts, therapists)


def hearts_of(client, r, memberships, posts):
    homes = [member.community_id for member in memberships.of(user_id=client.id)]
    for post in r.shuffled([post for home in homes for post in posts.of(community_id=home)]):
        if post.author_id != client.id:
            yield dict(post_id=post.id, created_at=soon_after(r, post.created_at, 300))


@bp.fill("post_hearts", each="client", need="hearts_per_client", title="Hearts")
def hearts(client, r, memberships, posts):
    yield from hearts_of(client, r, memberships, posts)


@bp.fill("post_hearts", each="client", need=up_to(long_tail(0, 40)), title="Hearts")
def hearts_of_the_generous(client, r, memberships, posts):
    yield from hearts_of(client, r, memberships, posts)


@bp.fill("comment_hearts", each="comments", need=chance(0.3), title="Hearts")
def comment_hearts(comment, r, posts, memberships):
    post = posts.one(id=comment.post_id)
    for member in r.shuffled(memberships.of(community_id=post.community_id)):
        if member.user_id != comment.author_id:
            yield dict(user_id=member.user_id)


# --- 9 to 11: therapy
bp.tier("Therapy")

OFFICE_HOURS = [(weekday, hour) for weekday in range(1, 6) for hour in range(9, 17)]


def hours_of(therapist_id, availability):
    """The weekdays and hours at which the therapist can be met for fifty minutes."""
    return (
        sorted(
            (day.weekday, hour)
            for day in availability.of(therapist_id=therapist_id)
            for hour in range(24)
            if day.starts <= time(hour) and time(hour, 50) <= day.ends
        )
        or OFFICE_HOURS
    )


def meeting(r, therapist, week, weekday, hour):
    """A meeting on a day of this week (0), of an earlier or of a later one, by the local clock."""
    monday = r.now.date() - timedelta(days=r.now.weekday())
    day = monday + timedelta(weeks=week, days=weekday - 1)
    starts = datetime.combine(day, time(hour), ZoneInfo(therapist.time_zone)).astimezone(UTC)
    over = starts + timedelta(minutes=50) <= r.now
    return dict(
        therapist_id=therapist.user_id,
        status=r.weighted({"completed" if over else "scheduled": 92, "cancelled": 8}),
        starts_at=starts,
    )


@bp.fill("meetings", each="relationships", need="meetings_per_relationship")
def meetings(relation, r, therapists, therapist_availability):
    """Each pair has an hour of its own, every week or every second one."""
    therapist = therapists.one(user_id=relation.therapist_id)
    hours = cycle(list(r.shuffled(hours_of(relation.therapist_id, therapist_availability))))
    usual = r.weighted({"video": 6, "in_person": 2, "audio": 1, "chat": 1})
    week = r.between(0, 2) - max(3, r.parameters.meetings_per_relationship)
    (weekday, hour), first = next(hours), True
    while True:
        row = meeting(r, therapist, week, weekday, hour)
        made = yield dict(
            row,
            client_id=relation.client_id,
            kind=usual if r.chance(0.8) else r.pick(("video", "audio", "chat")),
            status="completed" if first else row["status"],
        )
        if made is None or made.client_id != relation.client_id:
            weekday, hour = next(hours)  # somebody else has this hour
            continue
        first = False
        week += r.weighted({1: 3, 2: 1})


@bp.fill("meetings", each="therapist", on={"therapist_id": "id"}, need="meetings_per_therapist",
         where="id IN (SELECT therapist_id FROM relationships)")  # fmt: skip
def therapist_meetings(therapist, r, relationships, therapists, therapist_availability):
    """Meetings at other hours, for therapists who have too few."""
    known = therapists.one(user_id=therapist.id)
    while True:
        relation = r.pick(relationships.of(therapist_id=therapist.id))
        weekday, hour = r.pick(hours_of(therapist.id, therapist_availability))
        yield dict(
            meeting(r, known, r.between(-8, 3), weekday, hour),
            relationship_id=relation.id,
            client_id=relation.client_id,
            kind=r.pick(("video", "audio", "chat")),
        )


@bp.fill("meeting_notes", each="completed_meetings", title="Meetings")
def notes(held, r):
    yield dict(
        author_id=held.therapist_id,
        content=r.text(TEXTS, "note", rating=r.between(3, 8)),
        created_at=min(held.starts_at + timedelta(minutes=r.between(52, 110)), r.now),
    )


@bp.fill("worksheets", each="therapist", on={"therapist_id": "id"}, need="worksheets_per_therapist")
def worksheets(therapist, r):
    times = r.timeline(*ago(r, 60, 10), r.parameters.worksheets_per_therapist, "office")
    titles = set()
    while True:
        for _ in range(20):  # not twice the same, if there are others
            title, _, instructions = r.text(TEXTS, "worksheet").partition(" | ")
            if title not in titles:
                break
        titles.add(title)
        yield dict(title=title, instructions=instructions, created_at=next(times))


@bp.fill("worksheet_assignments", each="worksheets", need=up_to(2), title="Worksheets")
def assignments(worksheet, r, relationships):
    for relation in r.shuffled(relationships.of(therapist_id=worksheet.therapist_id)):
        done = r.moment(worksheet.created_at, worksheet.created_at + timedelta(days=9), "evening")
        yield dict(
            client_id=relation.client_id,
            due_on=(worksheet.created_at + timedelta(days=14)).date(),
            submitted_at=done if r.chance(0.6) else None,
        )


@bp.fill("conversations", each="client", need="conversations_per_client", title="Messages")
def conversations(client, r):
    times = r.timeline(*ago(r, 90, 1), r.parameters.conversations_per_client, "evening")
    while True:
        yield dict(created_at=next(times))


@bp.fill("conversation_participants", each="conversations", need=2, title="Messages")
def participants(conversation, r, conversations, relationships, memberships, peers, users):
    """The first conversation is with the therapist, the others with clients of one's communities."""
    me = conversation.started_by
    yield dict(user_id=me)
    first = min(conversations.of(started_by=me), key=lambda other: other.created_at)
    if first.id == conversation.id:
        for relation in relationships.of(client_id=me):
            yield dict(user_id=relation.therapist_id)
    for home in r.shuffled(memberships.of(user_id=me)):
        for peer in r.shuffled(peers.of(community_id=home.community_id)):
            yield dict(user_id=peer.user_id)
    for person in r.shuffled(users):
        yield dict(user_id=person.id)


def length(conversation, r):
    return r.weighted({4: 6, 5: 8, 6: 9, 7: 8, 8: 6, 10: 3, 14: 2, 18: 1})


@bp.fill("messages", each="conversations", need=length)
def messages(conversation, r, conversation_participants, therapists):
    """Two who take turns, mostly."""
    people = [row.user_id for row in conversation_participants.of(conversation)]
    sender, at, said = conversation.started_by, conversation.created_at, set()
    helped = any(therapists.of(user_id=person) for person in people)
    while True:
        section = "to peer"
        if helped:
            section = "from therapist" if therapists.of(user_id=sender) else "to therapist"
        for _ in range(20):
            words = r.text(TEXTS, section)
            if words not in said:
                break
        said.add(words)
        yield dict(sender_id=sender, content=words, sent_at=at)
        at = soon_after(r, at, 2 + r.long_tail(0, 60))
        if r.chance(0.8):
            sender = r.pick([person for person in people if person != sender] or people)


# --- 12 to 15: interactions
bp.tier("Interactions")


@bp.fill("reviews", each="therapist", on={"therapist_id": "id"}, need="reviews_per_therapist")
def reviews(therapist, r, completed_meetings):
    for held in r.shuffled(completed_meetings.of(therapist_id=therapist.id)):
        rating = r.weighted({5: 50, 4: 30, 3: 15, 2: 5})
        yield dict(
            meeting_id=held.id,
            client_id=held.client_id,
            rating=rating,
            text=r.text(TEXTS, f"review {rating}"),
            created_at=soon_after(r, held.starts_at + timedelta(hours=1), 50),
        )


def read_by_others(message, r, conversation_participants):
    for person in conversation_participants.of(conversation_id=message.conversation_id):
        if person.user_id != message.sender_id:
            yield dict(user_id=person.user_id)


@bp.fill("message_reactions", each="answered", need=chance(0.3), title="Message interactions")
def reactions(message, r, conversation_participants):
    for row in read_by_others(message, r, conversation_participants):
        yield dict(row, emoji=r.weighted({"👍": 5, "❤": 4, "🙏": 2, "😊": 2}))


@bp.fill("message_read_receipts", each="answered", title="Message interactions")
def receipts(message, r, conversation_participants, messages):
    """Who answers has read, so before the answer."""
    answers = [
        m
        for m in messages.of(conversation_id=message.conversation_id)
        if m.sender_id != message.sender_id
    ]
    until = min((m.sent_at for m in answers if m.sent_at > message.sent_at), default=r.now)
    for row in read_by_others(message, r, conversation_participants):
        yield dict(row, read_at=r.between(message.sent_at, until))


@bp.fill("message_read_receipts", each="unanswered", need=chance(0.5), title="Message interactions")
def receipts_of_the_last(message, r, conversation_participants):
    for row in read_by_others(message, r, conversation_participants):
        yield dict(row, read_at=soon_after(r, message.sent_at, 30))


@bp.fill("rooms", each="held_calls")
def rooms(call, r):
    yield dict(
        name=f"room-{r.mark(12)}", opened_at=call.starts_at - timedelta(minutes=r.between(1, 6))
    )


def news_of(person, r, posts, comments, meetings, users, communities, memberships):
    """What happened to a person: comments on the own posts, meetings, new posts, in that order."""
    mine = {post.id: post for post in posts.of(author_id=person.id)}
    happened = [
        (
            comment.created_at,
            "post",
            f"{users.one(id=comment.author_id).first_name} commented on “{post.title}”",
        )
        for post in mine.values()
        for comment in comments.of(post_id=post.id)
        if comment.author_id != person.id
    ]
    for held in (*meetings.of(client_id=person.id), *meetings.of(therapist_id=person.id)):
        other = held.client_id if held.therapist_id == person.id else held.therapist_id
        told = held.starts_at - timedelta(days=1)
        if told <= r.now:
            happened.append(
                (told, "meeting", f"Tomorrow: your meeting with {users.one(id=other).first_name}")
            )
    homes = [
        communities.one(id=member.community_id) for member in memberships.of(user_id=person.id)
    ]
    happened = [what for what in happened if what[0] > r.now - timedelta(days=60)]
    for at, kind, message in sorted(r.sample(sorted(happened), 12)):
        yield notification(r, at, kind, message)
    while True:
        at = r.moment(*ago(r, 30), "evening")
        home = r.pick(homes or communities).name if homes or communities else "your communities"
        yield notification(r, at, "community", f"New posts in {home}")


def notification(r, at, kind, message):
    old = at < r.now - timedelta(days=3)
    return dict(kind=kind, message=message, is_read=r.chance(0.9 if old else 0.3), created_at=at)


@bp.fill("notifications", each="client", need="notifications")
def client_notifications(client, r, posts, comments, meetings, users, communities, memberships):
    yield from news_of(client, r, posts, comments, meetings, users, communities, memberships)


@bp.fill("notifications", each="therapist", need="notifications")
def therapist_notifications(
    therapist, r, posts, comments, meetings, users, communities, memberships
):
    yield from news_of(therapist, r, posts, comments, meetings, users, communities, memberships)


# --- 16 to 18: system
bp.tier("System")


@bp.fill("reports", total=4)
def reports(r, posts, peers):
    while True:
        read = r.pick(posts)
        readers = [
            m for m in peers.of(community_id=read.community_id) if m.user_id != read.author_id
        ]
        if not readers:
            continue
        at = soon_after(r, read.created_at, 140)
        old = at < r.now - timedelta(days=7)
        yield dict(
            reporter_id=r.pick(readers).user_id,
            post_id=read.id,
            reason=r.pick(("spam", "harassment", "misinformation")),
            status=r.weighted({"resolved": 60, "dismissed": 40} if old else {"open": 1}),
            created_at=at,
        )


@bp.fill("user_blocks", total=3, distinct=[{"blocker_id", "blocked_id"}])
def blocks(r, client):
    while True:
        blocker, blocked = r.sample(client, 2)
        yield dict(
            blocker_id=blocker.id,
            blocked_id=blocked.id,
            created_at=r.moment(*ago(r, 60, 1), "evening"),
        )


@bp.fill("payment_methods", each="client", on={"client_id": "id"}, title="Payments")
def payment_methods(client, r):
    brand = r.weighted({"visa": 6, "mastercard": 3, "amex": 1})
    yield dict(brand=brand, token=f"pm_{r.code(20)}")


@bp.fill("payments", each="completed_meetings")
def payments(held, r, payment_methods, therapists):
    """Who met the therapist pays for an hour, within five days."""
    due = held.starts_at + timedelta(days=5)
    settled = (
        {"paid": 92, "refunded": 4, "failed": 4} if due < r.now else {"paid": 50, "pending": 50}
    )
    status = r.weighted(settled)
    paid = r.moment(held.starts_at + timedelta(hours=1), min(due, r.now), "evening")
    yield dict(
        payment_method_id=payment_methods.one(client_id=held.client_id).id,
        amount=therapists.one(user_id=held.therapist_id).hourly_rate,
        status=status,
        paid_at=paid if status in ("paid", "refunded") else None,
    )


bp.check(
    "notes belong to their meeting's therapist",
    "SELECT n.id FROM meeting_notes n JOIN meetings m ON m.id = n.meeting_id WHERE n.author_id <> m.therapist_id",
)
bp.check(
    "only completed meetings are reviewed",
    "SELECT r.id FROM reviews r JOIN meetings m ON m.id = r.meeting_id WHERE m.status <> 'completed' OR m.client_id <> r.client_id",
)
bp.check(
    "only video meetings have rooms",
    "SELECT r.id FROM rooms r JOIN meetings m ON m.id = r.meeting_id WHERE m.kind <> 'video'",
)
bp.check(
    "only participants read and react",
    """SELECT x.message_id FROM (SELECT message_id, user_id FROM message_read_receipts
                                 UNION ALL SELECT message_id, user_id FROM message_reactions) x
       JOIN messages m ON m.id = x.message_id
       WHERE NOT EXISTS (SELECT FROM conversation_participants p
                         WHERE p.conversation_id = m.conversation_id AND p.user_id = x.user_id)""",
)
