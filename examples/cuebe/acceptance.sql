-- What a seeded Cuebe database must hold. Each query returns one true. The line above it says for
-- which profiles, which rows of the acceptance list, and what.

-- all · Q01: the first user made itself, and everybody else was made by somebody
SELECT count(*) FILTER (WHERE created_by = user_id) = 1 AND bool_and(created_by IS NOT NULL) FROM "userTable";
-- all · Q02: scripts are trees of three levels: acts, their scenes, and what happens in those
SELECT count(*) > 100 AND bool_and(c.type IN ('cue', 'standby', 'note') AND p.type = 'scene' AND a.type = 'act' AND a.parent_element_id IS NULL
  AND a.script_id = c.script_id AND p.script_id = c.script_id)
FROM "scriptElementsTable" c JOIN "scriptElementsTable" p ON p.element_id = c.parent_element_id JOIN "scriptElementsTable" a ON a.element_id = p.parent_element_id;
-- all · Q05: each of the nine tables has rows
SELECT bool_and(n > 0) FROM (VALUES ((SELECT count(*) FROM "userTable")), ((SELECT count(*) FROM "venuesTable")), ((SELECT count(*) FROM "departmentsTable")),
  ((SELECT count(*) FROM "showsTable")), ((SELECT count(*) FROM "scriptsTable")), ((SELECT count(*) FROM "scriptElementsTable")),
  ((SELECT count(*) FROM "crewRelationshipsTable")), ((SELECT count(*) FROM "crewAssignmentsTable")), ((SELECT count(*) FROM script_shares))) t (n);
-- all · 260: the dates say whether a show is closed, runs, is rehearsed or planned
SELECT count(DISTINCT status) = 4 AND bool_and(CASE status WHEN 'closed' THEN closes_on < today WHEN 'running' THEN opens_on <= today AND closes_on >= today
  ELSE opens_on > today END) FROM (SELECT *, (SELECT anchor FROM snapshot.seed_run)::date AS today FROM "showsTable") t;
-- all · 261: a show that opened has one locked script, its last; earlier ones are archived
SELECT bool_and(CASE WHEN h.status IN ('closed', 'running') THEN s.status = (CASE WHEN s.revision = last THEN 'locked' ELSE 'archived' END)::script_status ELSE s.status <> 'locked' END
  AND (s.locked_at IS NULL OR s.locked_at BETWEEN s.created_at AND h.opens_on))
FROM (SELECT *, max(revision) OVER (PARTITION BY show_id) AS last FROM "scriptsTable") s JOIN "showsTable" h USING (show_id);
-- all · 262: logins and addresses agree with names, most without a number; titles are rare
SELECT bool_and(email = username || '@cuebe.example' AND username LIKE '%' || lower(regexp_replace(regexp_replace(full_name, ' (Jr\.|[IV]+|MD|DDS|DVM|PhD)$', ''), '^.* ', '')) || '%')
  AND avg((username ~ '[0-9]')::int) < 0.3 AND avg((full_name ~ '(^(Mrs?|Ms|Miss|Dr)\.? | (MD|DDS|DVM|PhD)$)')::int) < 0.15 FROM "userTable";
-- all · 263: nothing is older than what it belongs to, and nothing but dates of shows is of the future
SELECT (SELECT bool_and(s.created_at >= h.created_at AND s.created_at <= now AND h.created_at >= v.created_at AND h.created_at >= u.created_at)
  FROM "scriptsTable" s JOIN "showsTable" h USING (show_id) JOIN "venuesTable" v USING (venue_id) JOIN "userTable" u ON u.user_id = h.created_by, (SELECT anchor AS now FROM snapshot.seed_run) a)
  AND (SELECT bool_and(x.created_at >= s.created_at AND x.created_at <= now AND coalesce(x.revoked_at >= x.created_at, true)) FROM script_shares x JOIN "scriptsTable" s USING (script_id), (SELECT anchor AS now FROM snapshot.seed_run) a)
  AND (SELECT bool_and(since >= m.created_at::date AND since >= c.created_at::date) FROM "crewRelationshipsTable" JOIN "userTable" m ON m.user_id = manager_user_id JOIN "userTable" c ON c.user_id = crew_user_id);
-- all · 264: cues of a department are numbered from one, in the order in which they are called
SELECT bool_and(cue_number = place) FROM (SELECT cue_number, row_number() OVER (PARTITION BY script_id, cue_prefix ORDER BY "position") AS place FROM "scriptElementsTable" WHERE type = 'cue') t;
-- all · 264: a standby names a cue that follows in its scene
SELECT bool_and(EXISTS (SELECT FROM "scriptElementsTable" c WHERE c.parent_element_id = s.parent_element_id AND c.type = 'cue' AND position(c.cue_label IN s.note) > 0)
  OR NOT EXISTS (SELECT FROM "scriptElementsTable" c WHERE c.parent_element_id = s.parent_element_id AND c.type = 'cue')) FROM "scriptElementsTable" s WHERE type = 'standby';
-- all · 265: one lead for each department of a show that has a crew
SELECT bool_and(leads = 1) FROM (SELECT count(*) FILTER (WHERE is_lead) AS leads FROM "crewAssignmentsTable" GROUP BY show_id, department_id) t;
-- all · 266: a house without a fly tower has no hemp lines, and only houses of some size have a tower
SELECT bool_and((has_fly_tower OR hemp_lines = '{}') AND (NOT has_fly_tower OR capacity > 300)) FROM "venuesTable";
-- all · 267: nobody shares a script with himself, and viewers only view
SELECT bool_and(x.shared_with_user_id <> x.shared_by_user_id AND (u.role <> 'viewer' OR x.permission = 'view')) FROM script_shares x JOIN "userTable" u ON u.user_id = x.shared_with_user_id;
-- all · 268: hardly a cue is there twice in one script
SELECT avg((n = 1)::int) > 0.8 FROM (SELECT count(*) AS n FROM "scriptElementsTable" WHERE type = 'cue' GROUP BY script_id, title) t;
