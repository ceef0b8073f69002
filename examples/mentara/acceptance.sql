-- What a seeded Mentara database must hold. Each query returns one true. The line above it says for
-- which profiles, which rows of the acceptance list, and what.

-- all · M01–M18: what every enricher fills
SELECT bool_and(n > 0) FROM (VALUES ((SELECT count(*) FROM memberships)), ((SELECT count(*) FROM relationships)), ((SELECT count(*) FROM therapist_availability)),
  ((SELECT count(*) FROM pre_assessments)), ((SELECT count(*) FROM posts)), ((SELECT count(*) FROM moderator_communities)), ((SELECT count(*) FROM comments)),
  ((SELECT count(*) FROM post_hearts)), ((SELECT count(*) FROM meetings)), ((SELECT count(*) FROM meeting_notes)), ((SELECT count(*) FROM worksheets)),
  ((SELECT count(*) FROM worksheet_assignments)), ((SELECT count(*) FROM conversations)), ((SELECT count(*) FROM messages)), ((SELECT count(*) FROM reviews)),
  ((SELECT count(*) FROM message_reactions)), ((SELECT count(*) FROM message_read_receipts)), ((SELECT count(*) FROM rooms)), ((SELECT count(*) FROM notifications)),
  ((SELECT count(*) FROM reports)), ((SELECT count(*) FROM user_blocks)), ((SELECT count(*) FROM payments))) t (n);
-- all · M19: a membership for each client
SELECT count(*) = 0 FROM clients c WHERE (SELECT count(*) FROM memberships m WHERE m.user_id = c.user_id) < 1;
-- all · M19: five posts
SELECT count(*) = 0 FROM clients c WHERE (SELECT count(*) FROM posts p WHERE p.author_id = c.user_id) < 5;
-- all · M19: ten comments
SELECT count(*) = 0 FROM clients c WHERE (SELECT count(*) FROM comments p WHERE p.author_id = c.user_id) < 10;
-- all · M19: three hearts given
SELECT count(*) = 0 FROM clients c WHERE (SELECT count(*) FROM post_hearts h WHERE h.user_id = c.user_id) < 3;
-- all · M19: two conversations
SELECT count(*) = 0 FROM clients c WHERE (SELECT count(*) FROM conversation_participants p WHERE p.user_id = c.user_id) < 2;
-- all · M19: an assessment
SELECT count(*) = 0 FROM clients c WHERE (SELECT count(*) FROM pre_assessments a WHERE a.client_id = c.user_id) < 1;
-- all · M19: three notifications
SELECT count(*) = 0 FROM clients c WHERE (SELECT count(*) FROM notifications n WHERE n.user_id = c.user_id) < 3;
-- all · M20: three meetings for each client who has a therapist
SELECT count(*) = 0 FROM relationships r WHERE (SELECT count(*) FROM meetings m WHERE m.client_id = r.client_id) < 3;
-- all · M21: two clients for each therapist
SELECT count(*) = 0 FROM therapists t WHERE (SELECT count(*) FROM relationships r WHERE r.therapist_id = t.user_id) < 2;
-- all · M21: three days
SELECT count(*) = 0 FROM therapists t WHERE (SELECT count(*) FROM therapist_availability a WHERE a.therapist_id = t.user_id) < 3;
-- all · M21: two posts
SELECT count(*) = 0 FROM therapists t WHERE (SELECT count(*) FROM posts p WHERE p.author_id = t.user_id) < 2;
-- all · M21: five comments
SELECT count(*) = 0 FROM therapists t WHERE (SELECT count(*) FROM comments p WHERE p.author_id = t.user_id) < 5;
-- all · M21: four meetings
SELECT count(*) = 0 FROM therapists t WHERE (SELECT count(*) FROM meetings m WHERE m.therapist_id = t.user_id) < 4;
-- all · M21: three worksheets
SELECT count(*) = 0 FROM therapists t WHERE (SELECT count(*) FROM worksheets w WHERE w.therapist_id = t.user_id) < 3;
-- all · M21: a review
SELECT count(*) = 0 FROM therapists t WHERE (SELECT count(*) FROM reviews v WHERE v.therapist_id = t.user_id) < 1;
-- all · M21: three notifications
SELECT count(*) = 0 FROM therapists t WHERE (SELECT count(*) FROM notifications n WHERE n.user_id = t.user_id) < 3;
-- all · M22: eight members in each community
SELECT count(*) = 0 FROM communities c WHERE (SELECT count(*) FROM memberships m WHERE m.community_id = c.id) < 8;
-- all · M22: ten posts
SELECT count(*) = 0 FROM communities c WHERE (SELECT count(*) FROM posts p WHERE p.community_id = c.id) < 10;
-- all · M22: a moderator
SELECT count(*) = 0 FROM communities c WHERE (SELECT count(*) FROM moderator_communities m WHERE m.community_id = c.id) < 1;
-- all · M37: users 25 to 30
SELECT count(*) BETWEEN 25 AND 30 FROM users;
-- all · M37: communities 10 to 15
SELECT count(*) BETWEEN 10 AND 15 FROM communities;
-- all · M37: posts 150 to 200
SELECT count(*) BETWEEN 150 AND 200 FROM posts;
-- all · M37: comments 300 to 400
SELECT count(*) BETWEEN 300 AND 400 FROM comments;
-- all · M37: meetings 40 to 60
SELECT count(*) BETWEEN 40 AND 60 FROM meetings;
-- all · M37: messages 200 to 300
SELECT count(*) BETWEEN 200 AND 300 FROM messages;
-- all · M37: reviews 10 to 15
SELECT count(*) BETWEEN 10 AND 15 FROM reviews;
-- all · M39: 33 tables, 25 of them with rows
SELECT count(*) = 33 AND count(*) FILTER (WHERE pg_relation_size(oid) > 0) >= 25
FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace;
-- all · M41: notes belong to their session, assignments to their worksheet
SELECT (SELECT count(*) FROM meeting_notes n JOIN meetings m ON m.id = n.meeting_id WHERE n.author_id <> m.therapist_id)
  + (SELECT count(*) FROM worksheet_assignments a JOIN worksheets w ON w.id = a.worksheet_id
     WHERE NOT EXISTS (SELECT FROM relationships r WHERE r.therapist_id = w.therapist_id AND r.client_id = a.client_id)) = 0;
-- all · M41: rooms only for video meetings
SELECT count(*) = 0 FROM rooms r JOIN meetings m ON m.id = r.meeting_id WHERE m.kind <> 'video';
-- all · M41: reviews only of completed meetings
SELECT count(*) = 0 FROM reviews r JOIN meetings m ON m.id = r.meeting_id WHERE m.status <> 'completed';
-- all · M41: receipts only of participants
SELECT count(*) = 0 FROM message_read_receipts r JOIN messages m ON m.id = r.message_id
WHERE NOT EXISTS (SELECT FROM conversation_participants p WHERE p.conversation_id = m.conversation_id AND p.user_id = r.user_id);
-- all · M41: one heart a person and post
SELECT count(*) = count(DISTINCT (user_id, post_id)) FROM post_hearts;
-- all · M18: payments are of completed meetings, by their clients
SELECT count(*) = 0 FROM payments p JOIN meetings m ON m.id = p.meeting_id JOIN payment_methods x ON x.id = p.payment_method_id
WHERE m.status <> 'completed' OR x.client_id <> m.client_id;
-- all · 220: members alone post, comment and give hearts, and only after they joined
SELECT count(*) = 0 FROM (SELECT p.author_id AS who, p.community_id, p.created_at AS at FROM posts p
  UNION ALL SELECT c.author_id, p.community_id, c.created_at FROM comments c JOIN posts p ON p.id = c.post_id
  UNION ALL SELECT h.user_id, p.community_id, h.created_at FROM post_hearts h JOIN posts p ON p.id = h.post_id
  UNION ALL SELECT r.reporter_id, p.community_id, r.created_at FROM reports r JOIN posts p ON p.id = r.post_id) t
WHERE NOT EXISTS (SELECT FROM memberships m WHERE m.user_id = t.who AND m.community_id = t.community_id AND m.joined_at <= t.at);
-- all · 221: comments have answers, below the same post and later, and nobody answers himself at once
SELECT count(*) > 20 AND bool_and(c.post_id = p.post_id AND c.created_at >= p.created_at AND c.id > p.id AND c.author_id <> p.author_id)
FROM comments c JOIN comments p ON p.id = c.parent_id;
-- all · 221: comments come after their post, and none is of the future
SELECT bool_and(c.created_at >= p.created_at AND c.created_at <= (SELECT anchor FROM snapshot.seed_run)) IS NOT FALSE
FROM comments c JOIN posts p ON p.id = c.post_id;
-- all · 222: meetings are at hours of the therapist, by the therapist's clock
SELECT count(*) > 40 AND bool_and(EXISTS (SELECT FROM therapist_availability a WHERE a.therapist_id = m.therapist_id
  AND a.weekday = extract(isodow FROM m.starts_at AT TIME ZONE t.time_zone) AND a.starts <= (m.starts_at AT TIME ZONE t.time_zone)::time
  AND a.ends >= ((m.starts_at + make_interval(mins => m.minutes)) AT TIME ZONE t.time_zone)::time))
FROM meetings m JOIN therapists t ON t.user_id = m.therapist_id;
-- all · 222: no therapist has two meetings at once
SELECT count(*) = 0 FROM meetings a JOIN meetings b ON a.therapist_id = b.therapist_id AND a.id < b.id
  AND abs(extract(epoch FROM a.starts_at - b.starts_at)) < 50 * 60;
-- all · 223: rooms only for calls that took place, opened just before
SELECT count(*) > 0 AND bool_and(m.kind = 'video' AND m.status = 'completed' AND m.starts_at - r.opened_at BETWEEN '0' AND '10 minutes')
FROM rooms r JOIN meetings m ON m.id = r.meeting_id;
-- all · 223: every call that took place has a room, every completed meeting a note
SELECT bool_and((m.kind <> 'video' OR EXISTS (SELECT FROM rooms r WHERE r.meeting_id = m.id)) AND EXISTS (SELECT FROM meeting_notes n WHERE n.meeting_id = m.id))
FROM meetings m WHERE status = 'completed';
-- all · 224: not every message is read; those that were answered are
SELECT count(*) FILTER (WHERE NOT was_read) BETWEEN 5 AND 100 AND bool_and(was_read OR NOT answered) FROM (
  SELECT EXISTS (SELECT FROM message_read_receipts x WHERE x.message_id = m.id) AS was_read,
    EXISTS (SELECT FROM messages l WHERE l.conversation_id = m.conversation_id AND l.sender_id <> m.sender_id AND l.sent_at > m.sent_at) AS answered
  FROM messages m) t;
-- all · 225: the score of the questionnaire is the sum of its answers
SELECT bool_and((scores ->> 'phq9')::int = (SELECT sum(answer) FROM assessment_answers x WHERE x.assessment_id = a.id)) FROM pre_assessments a;
-- all · 226: addresses agree with names, most without a number
SELECT bool_and(email LIKE '%' || lower(regexp_replace(last_name, '[^A-Za-z]', '', 'g')) || '%')
  AND avg((email ~ '[0-9]')::int) < 0.3 FROM users;
-- all · 227: hardly a text is there twice
SELECT (SELECT count(DISTINCT content) >= 0.93 * count(*) FROM posts) AND (SELECT count(DISTINCT content) >= 0.8 * count(*) FROM comments)
  AND (SELECT count(DISTINCT content) >= 0.8 * count(*) FROM messages);
-- all · 228: posts are written in the evening more than at night
SELECT avg((extract(hour FROM p.created_at AT TIME ZONE 'UTC') BETWEEN 16 AND 23)::int) > 0.4
  AND avg((extract(hour FROM p.created_at AT TIME ZONE 'UTC') BETWEEN 1 AND 5)::int) < 0.05 FROM posts p JOIN clients c ON c.user_id = p.author_id;
-- all · 229: what is over is completed or cancelled, what comes is scheduled or cancelled
SELECT bool_and(CASE status WHEN 'completed' THEN at <= now WHEN 'scheduled' THEN at > now - interval '50 minutes' ELSE true END)
FROM (SELECT status, starts_at AS at, (SELECT anchor FROM snapshot.seed_run) AS now FROM meetings) t;
-- all · 230: in a conversation, messages come in the order of their ids
SELECT bool_and(sent_at >= before) FROM (SELECT sent_at, lag(sent_at) OVER (PARTITION BY conversation_id ORDER BY id) AS before FROM messages) t WHERE before IS NOT NULL;
-- all · 231: some posts and members are far more popular than others
SELECT max(n) >= 4 * avg(n) FROM (SELECT count(c.id) AS n FROM posts p LEFT JOIN comments c ON c.post_id = p.id GROUP BY p.id) t;
