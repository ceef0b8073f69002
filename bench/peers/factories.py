"""factory_boy's create_batch."""

import sys
from datetime import UTC

import factory
from models import Channel, Message, User, engine
from sqlalchemy.orm import Session

session = Session(engine())


class Factory(factory.alchemy.SQLAlchemyModelFactory):
    class Meta:
        abstract = True
        sqlalchemy_session = session


class UserFactory(Factory):
    class Meta:
        model = User

    name = factory.Faker("name")
    email = factory.Sequence(lambda n: f"person{n}@example.com")


class ChannelFactory(Factory):
    class Meta:
        model = Channel

    name = factory.Faker("catch_phrase")


class MessageFactory(Factory):
    class Meta:
        model = Message

    channel_id = factory.Faker("random_int", min=1, max=100)
    user_id = factory.Faker("random_int", min=1, max=1_000)
    content = factory.Faker("sentence")
    created_at = factory.Faker("date_time_this_year", tzinfo=UTC)
    updated_at = factory.SelfAttribute("created_at")


UserFactory.create_batch(1_000)
ChannelFactory.create_batch(100)
session.flush()
MessageFactory.create_batch(int(sys.argv[1]))
session.commit()
