"""A community for mental health: clients, therapists, communities, and what they do together."""

from dataclasses import dataclass
from datetime import time, timedelta

from snapshot.seeding import Blueprint, chance, parameter, up_to


@dataclass(frozen=True)
class Minimums:
    clients: int = parameter(18, "clients")
    therapists: int = parameter(7, "therapists")
    moderators: int = parameter(2, "moderators", least=1)
    admins: int = parameter(1, "administrators")
    communities: int = parameter(15, "communities", most=60)
    memberships_per_client: int = parameter(1, "communities each client is in")
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
    comments_per_post: int = parameter(2, "comments on each post")


bp = Blueprint("mentara", Minimums, schema="schema.sql")
bp.view("client_users", "users", "role = 'client'")
bp.view("therapist_users", "users", "role = 'therapist'")
bp.view("moderator_users", "users", "role = 'moderator'")
bp.view("admin_users", "users", "role = 'admin'")
bp.view("video_meetings", "meetings", "kind = 'video'")
bp.view("completed_meetings", "meetings", "status = 'completed'")

TOPICS = (
    "Anxiety", "Depression", "Sleep", "Grief", "Burnout", "Parenting", "Panic", "Mindfulness",
    "Trauma", "Self-esteem", "Loneliness", "Anger", "Addiction", "Eating", "Relationships",
)  # fmt: skip
SPECIALITIES = ("CBT", "EMDR", "family therapy", "mindfulness", "grief", "addiction")


# --- base data


def user(r):
    first, last = r.fake.first_name(), r.fake.last_name()
    return dict(
        first_name=first,
        last_name=last,
        email=r.email(f"{first} {last}", "mentara.local"),
        avatar_url=r.avatar(),
        created_at=r.between(r.now - timedelta(days=700), r.now - timedelta(days=200)),
    )


@bp.fill("users", total="clients", kind={"role": "client"})
def client_users(r):
    while True:
        yield user(r)


@bp.fill("users", total="therapists", kind={"role": "therapist"})
def therapist_users(r):
    while True:
        yield user(r)


@bp.fill("users", total="moderators", kind={"role": "moderator"})
def moderator_users(r):
    while True:
        yield user(r)


@bp.fill("users", total="admins", kind={"role": "admin"})
def admin_users(r):
    while True:
        yield user(r)


@bp.fill("clients", each="client_users")
def clients(person, r):
    yield dict(
        goals=r.sample(["sleep", "calm", "focus", "confidence"], 2), has_seen_intro=r.chance(0.8)
    )


@bp.fill("therapists", each="therapist_users")
def therapists(person, r):
    yield dict(
        license_number=f"TH-{r.code(4)}-{r.mark()}",
        specialities=r.sample(SPECIALITIES, 2),
        hourly_rate=r.between(60, 140),
        years_experience=r.between(2, 30),
    )


@bp.fill("moderators", each="moderator_users")
def moderators(person, r):
    yield dict(permissions={"delete_posts": True, "ban_users": r.chance(0.5)})


@bp.fill("admins", each="admin_users")
def admins(person, r):
    yield dict(level="owner")


@bp.fill("communities", total="communities")
def communities(r):
    number = 0
    while True:
        topic, series = TOPICS[number % len(TOPICS)], number // len(TOPICS)
        name = f"{topic} {series + 1}" if series else topic
        yield dict(
            slug=name.lower().replace(" ", "-"),
            name=f"{name} support",
            description=r.sentence(),
            created_at=r.now - timedelta(days=r.between(800, 1200)),
        )
        number += 1


# --- 1 to 3: foundation
bp.tier("Foundation")


@bp.fill("memberships", each="clients", need="memberships_per_client")
def client_memberships(client, r, communities):
    for community in r.shuffled(communities):
        yield dict(community_id=community.id, joined_at=r.now - timedelta(days=r.between(100, 190)))


@bp.fill("memberships", each="communities", need="members_per_community")
def community_members(community, r, users):
    for person in r.shuffled(users):
        yield dict(user_id=person.id, joined_at=r.now - timedelta(days=r.between(100, 190)))


@bp.fill("relationships", each="therapists", need=up_to("relationships_per_therapist"))
def relationships(therapist, r, clients):
    for client in r.shuffled(clients):  # who has a therapist already is passed over
        yield dict(
            client_id=client.user_id,
            status=r.share({"active": 90, "paused": 10}),
            assigned_at=r.now - timedelta(days=r.between(60, 95)),
        )


@bp.fill(
    "therapist_availability", each="therapists", need="days_per_therapist", title="Availability"
)
def availability(therapist, r):
    for weekday in r.shuffled(range(1, 8)):
        starts = r.between(7, 12)
        yield dict(weekday=weekday, starts=time(starts), ends=time(starts + r.between(3, 8)))


# --- 4 to 6: content
bp.tier("Content")


@bp.fill("pre_assessments", each="clients", title="Assessments")
def assessments(client, r):
    yield dict(
        scores={scale: r.between(0, 27) for scale in ("phq9", "gad7", "pss10")},
        completed_at=r.now - timedelta(days=r.between(96, 190)),
    )


@bp.fill("assessment_answers", each="pre_assessments", need=9, title="Assessments")
def answers(assessment, r):
    for question in range(1, 10):
        yield dict(question=question, answer=r.between(0, 3))


def post(r, **who):
    return dict(
        title=r.fake.sentence(nb_words=5),
        content=r.paragraph(),
        created_at=r.now - timedelta(minutes=r.between(10_000, 140_000)),
        **who,
    )


@bp.fill("posts", each="clients", need="posts_per_client")
def client_posts(client, r, memberships):
    homes = memberships.of(user_id=client.user_id)
    while True:
        yield post(r, community_id=r.pick(homes).community_id)


@bp.fill("posts", each="therapists", need="posts_per_therapist")
def therapist_posts(therapist, r, communities):
    while True:
        yield post(r, community_id=r.pick(communities).id)


@bp.fill("posts", each="communities", need="posts_per_community")
def community_posts(community, r, memberships):
    members = memberships.of(community)
    while True:
        yield post(r, author_id=r.pick(members).user_id)


@bp.fill("post_files", each="posts", need=chance(0.1), title="Posts")
def post_files(post, r):
    yield dict(url=f"https://files.example.com/{r.hex(16)}.jpg")


@bp.fill("moderator_communities", each="communities", title="Moderator assignments")
def moderator_assignments(community, r, moderators):
    for moderator in r.shuffled(moderators):
        yield dict(moderator_id=moderator.user_id, assigned_at=community.created_at)


# --- 7 and 8: engagement
bp.tier("Engagement")


def comment(r, post, **who):
    return dict(
        content=r.sentence(),
        created_at=post.created_at + timedelta(minutes=r.between(1, 9_000)),
        **who,
    )


@bp.fill("comments", each="clients", need="comments_per_client")
def client_comments(client, r, posts):
    while True:
        read = r.pick(posts)
        yield comment(r, read, post_id=read.id)


@bp.fill("comments", each="therapists", need="comments_per_therapist")
def therapist_comments(therapist, r, posts):
    while True:
        read = r.pick(posts)
        yield comment(r, read, post_id=read.id)


@bp.fill("comments", each="posts", need="comments_per_post")
def post_comments(post, r, memberships):
    members = memberships.of(community_id=post.community_id)
    while True:
        yield comment(r, post, author_id=r.pick(members).user_id)


@bp.fill("post_hearts", each="clients", need="hearts_per_client", title="Hearts")
def hearts(client, r, posts):
    for post in r.shuffled(posts):
        yield dict(
            post_id=post.id, created_at=post.created_at + timedelta(minutes=r.between(1, 9_000))
        )


@bp.fill("comment_hearts", each="comments", need=chance(0.2), title="Hearts")
def comment_hearts(comment, r, client_users):
    for person in r.shuffled(client_users):
        if person.id != comment.author_id:
            yield dict(user_id=person.id)


# --- 9 to 11: therapy
bp.tier("Therapy")


def meeting(r, relation):
    status = r.share({"completed": 60, "scheduled": 30, "cancelled": 10})
    starts = r.now + timedelta(
        days=r.between(1, 30) if status == "scheduled" else -r.between(1, 50)
    )
    return dict(
        client_id=relation.client_id,
        therapist_id=relation.therapist_id,
        kind=r.share({"video": 50, "audio": 20, "chat": 20, "in_person": 10}),
        status=status,
        starts_at=starts + timedelta(hours=r.between(8, 17)),
    )


@bp.fill("meetings", each="relationships", need="meetings_per_relationship")
def meetings(relation, r):
    while True:
        yield meeting(r, relation)


@bp.fill("meetings", each="therapists", need="meetings_per_therapist",
         where="EXISTS (SELECT FROM relationships r WHERE r.therapist_id = user_id)")  # fmt: skip
def therapist_meetings(therapist, r, relationships):
    while True:
        relation = r.pick(relationships.of(therapist))
        yield dict(meeting(r, relation), relationship_id=relation.id)


@bp.fill("meeting_notes", each="completed_meetings", title="Meetings")
def notes(held, r):
    yield dict(
        author_id=held.therapist_id,
        content=r.paragraph(),
        created_at=held.starts_at + timedelta(hours=1),
    )


@bp.fill("worksheets", each="therapists", need="worksheets_per_therapist")
def worksheets(therapist, r):
    while True:
        yield dict(
            title=r.fake.catch_phrase(),
            instructions=r.paragraph(),
            created_at=r.now - timedelta(days=r.between(10, 60)),
        )


@bp.fill("worksheet_assignments", each="worksheets", need=up_to(2), title="Worksheets")
def assignments(worksheet, r, relationships):
    for relation in r.shuffled(relationships.of(therapist_id=worksheet.therapist_id)):
        done = r.chance(0.6)
        yield dict(
            client_id=relation.client_id,
            due_on=(worksheet.created_at + timedelta(days=14)).date(),
            submitted_at=worksheet.created_at + timedelta(days=r.between(1, 9)) if done else None,
        )


@bp.fill("conversations", each="clients", need="conversations_per_client", title="Messages")
def conversations(client, r):
    while True:
        yield dict(created_at=r.now - timedelta(days=r.between(10, 90)))


@bp.fill("conversation_participants", each="conversations", need=2, title="Messages")
def participants(conversation, r, users):
    yield dict(user_id=conversation.started_by)
    for person in r.shuffled(users):
        yield dict(user_id=person.id)


@bp.fill("messages", each="conversations", need=6)
def messages(conversation, r, conversation_participants):
    people = conversation_participants.of(conversation)
    while True:
        yield dict(
            sender_id=r.pick(people).user_id,
            content=r.sentence(),
            sent_at=conversation.created_at + timedelta(minutes=r.between(0, 9_000)),
        )


# --- 12 to 15: interactions
bp.tier("Interactions")


@bp.fill("reviews", each="therapists", need=up_to("reviews_per_therapist"))
def reviews(therapist, r, completed_meetings):
    for held in r.shuffled(completed_meetings.of(therapist_id=therapist.user_id)):
        yield dict(
            meeting_id=held.id,
            client_id=held.client_id,
            rating=r.share({5: 50, 4: 30, 3: 15, 2: 5}),
            text=r.paragraph(),
            created_at=held.starts_at + timedelta(hours=r.between(2, 12)),
        )


@bp.fill("message_reactions", each="messages", need=chance(0.3), title="Message interactions")
def reactions(message, r, conversation_participants):
    for person in conversation_participants.of(conversation_id=message.conversation_id):
        if person.user_id != message.sender_id:
            yield dict(user_id=person.user_id, emoji=r.pick("👍❤🙏😊"))


@bp.fill("message_read_receipts", each="messages", title="Message interactions")
def receipts(message, r, conversation_participants):
    for person in conversation_participants.of(conversation_id=message.conversation_id):
        if person.user_id != message.sender_id:
            yield dict(
                user_id=person.user_id,
                read_at=message.sent_at + timedelta(minutes=r.between(1, 500)),
            )


@bp.fill("rooms", each="video_meetings")
def rooms(call, r):
    yield dict(name=f"room-{r.mark(12)}", opened_at=call.starts_at - timedelta(minutes=5))


def notification(r):
    kind, message = r.pick((
        ("post", "Your post has a new comment"), ("heart", "Somebody gave your post a heart"),
        ("meeting", "A meeting is coming up"), ("message", "You have a new message"),
    ))  # fmt: skip
    return dict(
        kind=kind,
        message=message,
        is_read=r.chance(0.5),
        created_at=r.now - timedelta(hours=r.between(1, 700)),
    )


@bp.fill("notifications", each="clients", need="notifications")
def client_notifications(client, r):
    while True:
        yield notification(r)


@bp.fill("notifications", each="therapists", need="notifications")
def therapist_notifications(therapist, r):
    while True:
        yield notification(r)


# --- 16 to 18: system
bp.tier("System")


@bp.fill("reports", total=4)
def reports(r, posts, client_users):
    while True:
        read = r.pick(posts)
        yield dict(
            reporter_id=r.pick(client_users).id,
            post_id=read.id,
            reason=r.pick(("spam", "harassment", "misinformation")),
            status=r.share({"open": 50, "resolved": 30, "dismissed": 20}),
            created_at=read.created_at + timedelta(hours=r.between(1, 140)),
        )


@bp.fill("user_blocks", total=3, distinct=[{"blocker_id", "blocked_id"}])
def blocks(r, client_users):
    while True:
        blocker, blocked = r.sample(client_users, 2)
        yield dict(
            blocker_id=blocker.id,
            blocked_id=blocked.id,
            created_at=r.now - timedelta(days=r.between(1, 60)),
        )


@bp.fill("payment_methods", each="clients", title="Payments")
def payment_methods(client, r):
    yield dict(brand=r.pick(("visa", "mastercard", "amex")), token=f"pm_{r.code(20)}")


@bp.fill("payments", each="completed_meetings")
def payments(held, r, payment_methods, therapists):
    status = r.share({"paid": 80, "pending": 10, "failed": 5, "refunded": 5})
    yield dict(
        payment_method_id=payment_methods.one(client_id=held.client_id).id,
        amount=therapists.one(user_id=held.therapist_id).hourly_rate,
        status=status,
        paid_at=held.starts_at + timedelta(hours=2) if status in ("paid", "refunded") else None,
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
