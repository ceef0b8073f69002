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
-- all · C06: everything happened this year, in every time zone; on New Year's Day in the last 365 days
SELECT bool_and(CASE WHEN anchor < date_trunc('year', anchor) + interval '36 hours' THEN t >= anchor - interval '365 days'
  ELSE t AT TIME ZONE '+12' >= date_trunc('year', anchor AT TIME ZONE 'UTC') END AND t <= anchor)
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
SELECT abs(count(*) FILTER (WHERE content !~ '[.!?] ') - 0.6 * count(*)) <= 3.3 * sqrt(0.24 * count(*)) FROM messages;
-- all · C21: a fifth as many replies, within 99.9 % of what dice do that give one to three to a tenth
SELECT abs(count(*) FILTER (WHERE parent_id IS NOT NULL) - 0.2 * count(*) FILTER (WHERE parent_id IS NULL))
  <= 3.3 * sqrt(0.427 * count(*) FILTER (WHERE parent_id IS NULL)) FROM messages;
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
-- all · C35: five status updates a person, each with an end
SELECT (SELECT count(*) FROM user_statuses) = 5 * (SELECT count(*) FROM users)
  AND (SELECT bool_and(expires_at > created_at) FROM user_statuses);
-- all · 178: nobody writes, reacts, opens a channel or has a status before he joined
SELECT (SELECT count(*) FROM messages m JOIN users u ON u.id = m.user_id WHERE m.created_at < u.created_at)
  + (SELECT count(*) FROM message_reactions r JOIN users u ON u.id = r.user_id WHERE r.created_at < u.created_at)
  + (SELECT count(*) FROM user_statuses s JOIN users u ON u.id = s.user_id WHERE s.created_at < u.created_at)
  + (SELECT count(*) FROM channels c JOIN users u ON u.id = c.owner_id WHERE c.created_at < u.created_at) = 0;
-- all · 179: one of twelve messages was edited, soon after it was sent, within 99.9 % of what dice do
SELECT abs(count(*) FILTER (WHERE updated_at > created_at) - 0.08 * count(*)) <= 3.3 * sqrt(0.0736 * count(*)) + 1
  AND bool_and(updated_at - created_at <= interval '40 minutes') AND bool_or(updated_at > created_at) FROM messages;
-- all · 180: some messages have a thread: more than one reply, in the order of time, none by the author of the message
SELECT (SELECT max(n) > 1 FROM (SELECT count(*) AS n FROM messages WHERE parent_id IS NOT NULL GROUP BY parent_id) t)
  AND (SELECT count(*) = 0 FROM messages a JOIN messages b ON a.parent_id = b.parent_id AND a.id < b.id WHERE a.created_at > b.created_at)
  AND (SELECT count(*) = 0 FROM messages m JOIN messages p ON p.id = m.parent_id WHERE m.user_id = p.user_id);
-- all · 181: a status is active until it expires, and fits its emoji
SELECT bool_and(is_active = (expires_at > anchor) AND (emoji <> '🥪' OR extract(hour FROM created_at AT TIME ZONE 'UTC') BETWEEN 11 AND 13))
FROM user_statuses, snapshot.seed_run;
-- all · 182: in a channel the order of numbers is the order of time; people's too
SELECT (SELECT bool_and(created_at >= before) FROM (SELECT created_at, lag(created_at) OVER (PARTITION BY channel_id ORDER BY id) AS before
          FROM messages WHERE parent_id IS NULL) m WHERE before IS NOT NULL)
  AND (SELECT bool_and(created_at >= before) FROM (SELECT created_at, lag(created_at) OVER (ORDER BY id) AS before FROM users) u WHERE before IS NOT NULL);
-- all · 183: people write in working hours, once the year has a working week: 85 per cent and more between 8 and 19, nobody before 7
SELECT count(*) FILTER (WHERE extract(hour FROM t) < 7) = 0
  AND (avg((extract(isodow FROM t) < 6 AND extract(hour FROM t) BETWEEN 8 AND 18)::int) >= 0.85 OR max(extract(doy FROM t)) < 8)
FROM (SELECT created_at AT TIME ZONE 'UTC' AS t FROM messages WHERE parent_id IS NULL) m;
-- all · 184: names without titles, but for one in twenty; logins that fit them
SELECT count(*) FILTER (WHERE name ~ '\.|( (MD|DDS|DVM|PhD|II|III|IV|V)$)') <= 0.05 * count(*) + 1
  AND count(*) FILTER (WHERE position(lower(regexp_replace(split_part(name, ' ', 2), '[^A-Za-z]', '', 'g')) IN email) > 0) >= 0.95 * count(*) - 1 FROM users;
-- all · 185: hardly a text is said twice
SELECT count(*) - count(DISTINCT content) <= 0.01 * count(*) + 1 FROM messages;
-- all · 186: bios are whole sentences
SELECT bool_and(bio ~ '[.]$') FROM users;
-- all · 187: a channel's description is about what its name says
SELECT bool_and(strpos(lower(description), replace(lower(name), '-', ' ')) > 0) IS NOT FALSE FROM channels WHERE description IS NOT NULL;
