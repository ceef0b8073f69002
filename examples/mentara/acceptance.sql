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
