"""People, channels, messages and reactions."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None

INTEGER, BIG, TEXT, FLAG = sa.Integer, sa.BigInteger, sa.Text, sa.Boolean
TIME = sa.TIMESTAMP(timezone=True)


def number(kind=INTEGER):
    return sa.Column("id", kind, sa.Identity(), primary_key=True)


def column(name, kind, *, null=False, default=None, unique=False):
    return sa.Column(name, kind, nullable=null, server_default=default, unique=unique)


def created(default=True):
    return column("created_at", TIME, default=sa.func.now() if default else None)


def reference(name, target, kind=INTEGER, null=False, **options):
    return sa.Column(name, kind, sa.ForeignKey(target, **options), nullable=null)


def upgrade():
    op.create_table(
        "users",
        number(),
        column("auth0_id", TEXT, unique=True),
        column("email", TEXT),
        column("name", TEXT),
        column("picture", TEXT),
        column("bio", sa.String(200), null=True),
        column("is_active", FLAG, default=sa.true()),
        created(),
    )
    op.create_index("users_email_key", "users", [sa.text("lower(email)")], unique=True)
    op.create_table(
        "channels",
        number(),
        reference("owner_id", "users.id"),
        column("name", TEXT),
        column("description", TEXT, null=True),
        column("is_private", FLAG),
        column("is_dm", FLAG),
        column("join_code", TEXT, null=True, unique=True),
        created(),
    )
    op.create_table(
        "user_channel",
        reference("user_id", "users.id"),
        reference("channel_id", "channels.id"),
        sa.PrimaryKeyConstraint("user_id", "channel_id"),
    )
    op.create_table(
        "messages",
        number(BIG),
        reference("channel_id", "channels.id"),
        reference("user_id", "users.id"),
        reference("parent_id", "messages.id", BIG, null=True),
        column("content", TEXT),
        created(),
        column("updated_at", TIME, default=sa.func.now()),
    )
    op.create_index("messages_by_channel", "messages", ["channel_id", "created_at"])
    op.create_table("reactions", number(), column("emoji", TEXT, unique=True))
    op.create_table(
        "message_reactions",
        number(BIG),
        reference("message_id", "messages.id", BIG, ondelete="CASCADE"),
        reference("user_id", "users.id"),
        reference("reaction_id", "reactions.id"),
        created(),
        sa.UniqueConstraint("message_id", "user_id"),
    )
    op.create_table(
        "user_statuses",
        number(),
        reference("user_id", "users.id"),
        column("status_text", TEXT),
        column("emoji", TEXT),
        created(default=False),
        column("expires_at", TIME),
        column("is_active", FLAG),
    )


def downgrade():
    for table in ("user_statuses", "message_reactions", "reactions", "messages"):
        op.drop_table(table)
    for table in ("user_channel", "channels", "users"):
        op.drop_table(table)
