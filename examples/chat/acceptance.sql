-- What a seeded chat database must hold. Each query returns one true. The line above it says for
-- which profiles, which rows of the acceptance list, and what.

-- small · C01, C07: ten people, five channels
SELECT (SELECT count(*) FROM users) = 10 AND (SELECT count(*) FROM channels) = 5;
-- large · C01, C07: twenty people, ten channels
SELECT (SELECT count(*) FROM users) = 20 AND (SELECT count(*) FROM channels) = 10;
-- all · C02: auth0 ids
SELECT bool_and(auth0_id ~ '^auth0\|[0-9a-f]{8}-([0-9a-f]{4}-){3}[0-9a-f]{12}$') AND count(*) = count(DISTINCT auth0_id) FROM users;
-- all · C03: an address belongs to one person
SELECT count(*) = count(DISTINCT lower(email)) FROM users;
-- all · C04: names and pictures
SELECT bool_and(is_active IS NOT NULL AND name <> '' AND picture ~ '^https?://') FROM users;
-- all · C05: a bio has at most 200 characters
SELECT max(length(bio)) <= 200 FROM users;
-- all · C06: everything happened this year
SELECT bool_and(extract(year FROM t AT TIME ZONE 'UTC') = extract(year FROM anchor AT TIME ZONE 'UTC') AND t <= anchor)
FROM (SELECT created_at FROM users UNION ALL SELECT created_at FROM channels UNION ALL SELECT created_at FROM messages) c (t), snapshot.seed_run;
-- all · C08: three of ten channels are direct messages, to within a row
SELECT abs(count(*) FILTER (WHERE is_dm) - 0.3 * count(*)) <= 1 FROM channels;
-- all · C09: private ones among the others: 40 per cent, within 99.9 % of what dice do
SELECT abs(count(*) FILTER (WHERE is_private) - 0.4 * count(*)) <= 3.3 * sqrt(0.24 * count(*)) FROM channels WHERE NOT is_dm;
-- all · C10: a direct message is called after its owner
SELECT bool_and(c.name = u.name || ' DM') FROM channels c JOIN users u ON u.id = c.owner_id WHERE is_dm;
-- all · C11, C12: it has no description, and is private
SELECT count(*) = 0 FROM channels WHERE is_dm AND (description IS NOT NULL OR NOT is_private);
-- all · C13: join codes of private channels only
SELECT bool_and((join_code IS NOT NULL) = (is_private AND NOT is_dm)) FROM channels;
-- all · C14: owners are people
SELECT count(*) = 0 FROM channels WHERE owner_id NOT IN (SELECT id FROM users);
-- all · C15: two people in a direct message, its owner among them
SELECT bool_and(n = 2 AND owner) FROM (SELECT count(DISTINCT user_id) AS n, bool_or(user_id = owner_id) AS owner
  FROM channels c JOIN user_channel u ON u.channel_id = c.id WHERE is_dm GROUP BY c.id) t;
-- all · C16: two to all in the others, their owner among them
SELECT bool_and(n BETWEEN 2 AND (SELECT count(*) FROM users) AND owner) FROM (SELECT count(*) AS n, bool_or(user_id = owner_id) AS owner
  FROM channels c JOIN user_channel u ON u.channel_id = c.id WHERE NOT is_dm GROUP BY c.id) t;
-- all · C17: nobody is a member twice
SELECT count(*) = count(DISTINCT (user_id, channel_id)) FROM user_channel;
-- all · C18: twenty messages a channel
SELECT bool_and((SELECT count(*) FROM messages m WHERE m.channel_id = c.id AND parent_id IS NULL) = 20) FROM channels c;
-- all · C19: only members write
SELECT count(*) = 0 FROM messages m WHERE NOT EXISTS (SELECT FROM user_channel u WHERE u.channel_id = m.channel_id AND u.user_id = m.user_id);
-- all · C20: 60 per cent are one sentence, within 99.9 % of what dice do
SELECT abs(count(*) FILTER (WHERE content !~ '[.!?] ') - 0.6 * count(*)) <= 3.3 * sqrt(0.24 * count(*)) + 0.02 * count(*) FROM messages WHERE parent_id IS NULL;
-- all · C21: a fifth has a reply, within 99.9 % of what dice do
SELECT abs(count(*) FILTER (WHERE parent_id IS NOT NULL) - 0.2 * count(*) FILTER (WHERE parent_id IS NULL))
  <= 3.3 * sqrt(0.16 * count(*) FILTER (WHERE parent_id IS NULL)) FROM messages;
-- all · C22: a reply comes later, in the same channel, from a member
SELECT count(*) = 0 FROM messages m JOIN messages p ON p.id = m.parent_id WHERE m.created_at < p.created_at OR m.channel_id <> p.channel_id
  OR NOT EXISTS (SELECT FROM user_channel u WHERE u.channel_id = m.channel_id AND u.user_id = m.user_id);
-- all · C23: nothing is changed before it is written
SELECT count(*) = 0 FROM messages WHERE updated_at < created_at;
-- all · C24: four of ten messages have reactions, within 99.9 % of what dice do
SELECT abs((SELECT count(DISTINCT message_id) FROM message_reactions) - 0.4 * count(*)) <= 3.3 * sqrt(0.24 * count(*)) FROM messages;
-- all · C25: one to three of them
SELECT min(n) >= 1 AND max(n) <= 3 FROM (SELECT count(*) AS n FROM message_reactions GROUP BY message_id) t;
-- all · C26: one a person
SELECT count(*) = count(DISTINCT (message_id, user_id)) FROM message_reactions;
-- all · C27: with what the table of reactions offers
SELECT count(*) = 0 FROM message_reactions WHERE reaction_id NOT IN (SELECT id FROM reactions);
-- all · C36: channel, message, reply, reaction: each after the other
SELECT (SELECT count(*) FROM messages m JOIN channels c ON c.id = m.channel_id WHERE m.created_at < c.created_at)
  + (SELECT count(*) FROM message_reactions r JOIN messages m ON m.id = r.message_id WHERE r.created_at < m.created_at) = 0;
