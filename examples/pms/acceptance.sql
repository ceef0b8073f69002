-- What a seeded PMS database must hold. Each query returns one true. The line above it says for
-- which profiles, which rows of the acceptance list, and what.

-- local · H01, H02: 372 rows in ten tables
SELECT (SELECT array_agg(n ORDER BY place) FROM (VALUES
  (1, (SELECT count(*) FROM practice_profiles)), (2, (SELECT count(*) FROM locations)), (3, (SELECT count(*) FROM clients)),
  (4, (SELECT count(*) FROM providers)), (5, (SELECT count(*) FROM appointments)), (6, (SELECT count(*) FROM notes)),
  (7, (SELECT count(*) FROM ledger_entries)), (8, (SELECT count(*) FROM auth_tokens)), (9, (SELECT count(*) FROM encryption_keys)),
  (10, (SELECT count(*) FROM fhir_mappings))) t (place, n)) = '{3,6,25,8,50,75,100,15,10,80}';
-- staging · H01, H04: 1,337 rows in ten tables
SELECT (SELECT array_agg(n ORDER BY place) FROM (VALUES
  (1, (SELECT count(*) FROM practice_profiles)), (2, (SELECT count(*) FROM locations)), (3, (SELECT count(*) FROM clients)),
  (4, (SELECT count(*) FROM providers)), (5, (SELECT count(*) FROM appointments)), (6, (SELECT count(*) FROM notes)),
  (7, (SELECT count(*) FROM ledger_entries)), (8, (SELECT count(*) FROM auth_tokens)), (9, (SELECT count(*) FROM encryption_keys)),
  (10, (SELECT count(*) FROM fhir_mappings))) t (place, n)) = '{5,12,100,20,200,300,400,30,20,250}';
-- local · H03: exactly these tenants
SELECT array_agg(DISTINCT tenant_id) = '{dev_tenant_001,dev_tenant_002,dev_tenant_003}' FROM clients;
-- staging · H05: exactly these tenants
SELECT array_agg(DISTINCT tenant_id) = '{staging_tenant_001,staging_tenant_002,staging_tenant_003,staging_tenant_004,staging_tenant_005}' FROM clients;
-- all · H03: each table is divided evenly
SELECT bool_and(most - least <= 1) FROM (SELECT what, max(n) AS most, min(n) AS least FROM (
  SELECT 'p' AS what, tenant_id, count(*) AS n FROM practice_profiles GROUP BY 2 UNION ALL SELECT 'l', tenant_id, count(*) FROM locations GROUP BY 2
  UNION ALL SELECT 'c', tenant_id, count(*) FROM clients GROUP BY 2 UNION ALL SELECT 'v', tenant_id, count(*) FROM providers GROUP BY 2
  UNION ALL SELECT 'a', tenant_id, count(*) FROM appointments GROUP BY 2 UNION ALL SELECT 'n', tenant_id, count(*) FROM notes GROUP BY 2
  UNION ALL SELECT 'e', tenant_id, count(*) FROM ledger_entries GROUP BY 2 UNION ALL SELECT 't', tenant_id, count(*) FROM auth_tokens GROUP BY 2
  UNION ALL SELECT 'k', tenant_id, count(*) FROM encryption_keys GROUP BY 2 UNION ALL SELECT 'f', tenant_id, count(*) FROM fhir_mappings GROUP BY 2) t GROUP BY what) d;
-- all · H10: related rows share their tenant
SELECT (SELECT count(*) FROM locations c JOIN practice_profiles p ON p.id = c.practice_id WHERE c.tenant_id <> p.tenant_id)
  + (SELECT count(*) FROM providers c JOIN practice_profiles p ON p.id = c.practice_id WHERE c.tenant_id <> p.tenant_id)
  + (SELECT count(*) FROM appointments a JOIN clients c ON c.id = a.client_id JOIN providers p ON p.id = a.provider_id JOIN locations l ON l.id = a.location_id
     WHERE a.tenant_id <> c.tenant_id OR a.tenant_id <> p.tenant_id OR a.tenant_id <> l.tenant_id)
  + (SELECT count(*) FROM notes n JOIN appointments a ON a.id = n.appointment_id WHERE n.tenant_id <> a.tenant_id)
  + (SELECT count(*) FROM ledger_entries e JOIN clients c ON c.id = e.client_id WHERE e.tenant_id <> c.tenant_id)
  + (SELECT count(*) FROM auth_tokens t JOIN providers p ON p.id = t.provider_id WHERE t.tenant_id <> p.tenant_id)
  + (SELECT count(*) FROM fhir_mappings f JOIN clients c ON c.id = f.client_id WHERE f.tenant_id <> c.tenant_id) = 0;
-- all · H13: appointments end after they start, notes come after them, ledger entries have their sign
SELECT (SELECT count(*) FROM appointments WHERE ends_at <= starts_at)
  + (SELECT count(*) FROM notes n JOIN appointments a ON a.id = n.appointment_id WHERE n.created_at < a.ends_at)
  + (SELECT count(*) FROM ledger_entries WHERE (kind = 'charge') <> (amount > 0)) = 0;
-- all · H15: addresses end in .local
SELECT count(*) = 0 FROM (SELECT email FROM clients UNION ALL SELECT email FROM providers UNION ALL SELECT email FROM practice_profiles) t WHERE email !~* '\.local$';
-- all · H16: numbers are fictional
SELECT count(*) = 0 FROM (SELECT phone FROM clients UNION ALL SELECT phone FROM locations UNION ALL SELECT phone FROM practice_profiles) t WHERE phone !~ '555-01[0-9]{2}$';
-- all · H18: what is sensitive stays empty
SELECT count(*) = 0 FROM clients WHERE ssn IS NOT NULL;
-- all · 240: nobody has paid more than was charged, at any time
SELECT count(*) > 0 AND bool_and(balance >= 0) FROM (SELECT sum(amount) OVER (PARTITION BY client_id ORDER BY id) AS balance FROM ledger_entries) t;
-- all · 240: most accounts with entries are settled, and some are open
SELECT avg((balance = 0)::int) BETWEEN 0.15 AND 0.95 FROM (SELECT sum(amount) AS balance FROM ledger_entries GROUP BY client_id) t;
-- all · 241: every mapping leads to one record of its tenant, and its type says to which
SELECT count(*) = (SELECT count(*) FROM fhir_mappings) FROM fhir_mappings f JOIN (
  SELECT 'client' AS kind, id, tenant_id FROM clients UNION ALL SELECT 'provider', id, tenant_id FROM providers
  UNION ALL SELECT 'practice', id, tenant_id FROM practice_profiles UNION ALL SELECT 'location', id, tenant_id FROM locations) r
  ON r.kind = f.internal_type AND r.id = f.internal_id AND r.tenant_id = f.tenant_id;
-- all · 241: every patient is a Patient, every provider a Practitioner
SELECT (SELECT count(DISTINCT client_id) FROM fhir_mappings WHERE fhir_resource = 'Patient') = (SELECT count(*) FROM clients)
  AND (SELECT count(DISTINCT provider_id) FROM fhir_mappings WHERE fhir_resource = 'Practitioner') = (SELECT count(*) FROM providers);
-- all · 242: visits are on working days between eight and six, by the practice's clock
SELECT bool_and(extract(isodow FROM at) < 6 AND at::time >= '08:00' AND upto::time <= '18:00') FROM (
  SELECT a.starts_at AT TIME ZONE p.timezone AS at, a.ends_at AT TIME ZONE p.timezone AS upto
  FROM appointments a JOIN providers v ON v.id = a.provider_id JOIN practice_profiles p ON p.id = v.practice_id) t;
-- all · 242: no provider has two visits at once
SELECT count(*) = 0 FROM appointments a JOIN appointments b ON a.provider_id = b.provider_id AND a.id < b.id AND a.starts_at < b.ends_at AND b.starts_at < a.ends_at;
-- all · 243: what is over was completed, cancelled or missed; what comes is scheduled or cancelled
SELECT bool_and(CASE WHEN ends_at < now THEN status <> 'scheduled' ELSE status IN ('scheduled', 'cancelled') END)
FROM (SELECT status, ends_at, (SELECT anchor FROM snapshot.seed_run) AS now FROM appointments) t;
-- all · 244: children see no cardiologist, and adults no pediatrician, where the tenant has others
SELECT count(*) = 0 FROM appointments a JOIN clients c ON c.id = a.client_id JOIN providers p ON p.id = a.provider_id
WHERE (p.speciality = 'pediatrics' AND age(a.starts_at, c.date_of_birth) > '18 years') OR (p.speciality = 'cardiology' AND age(a.starts_at, c.date_of_birth) < '40 years');
-- all · 245: notes are of visits that took place, each visit's notes by its provider
SELECT bool_and(a.status = 'completed' AND n.provider_id = a.provider_id) FROM notes n JOIN appointments a ON a.id = n.appointment_id;
-- all · 246: hardly a note is there twice
SELECT count(DISTINCT content) >= 0.8 * count(*) FROM notes;
-- all · 247: addresses agree with names, most without a number
SELECT bool_and(email LIKE '%' || lower(regexp_replace(last_name, '[^A-Za-z]', '', 'g')) || '%') AND avg((split_part(email, '@', 1) ~ '[0-9]')::int) < 0.3
FROM (SELECT email, last_name FROM clients UNION ALL SELECT email, last_name FROM providers) t;
-- all · 248: keys and appointments of a tenant come in the order of their ids
SELECT (SELECT bool_and(created_at >= before) FROM (SELECT created_at, lag(created_at) OVER (PARTITION BY tenant_id ORDER BY version) AS before FROM encryption_keys) t WHERE before IS NOT NULL)
  AND (SELECT avg((starts_at::date >= before::date - 1)::int) > 0.9 FROM (
    SELECT starts_at, lag(starts_at) OVER (PARTITION BY tenant_id ORDER BY id) AS before FROM appointments) t WHERE before IS NOT NULL);
-- all · 249: some patients come often, others never
SELECT max(n) >= 2 * avg(n) AND min(n) = 0 FROM (SELECT count(a.id) AS n FROM clients c LEFT JOIN appointments a ON a.client_id = c.id GROUP BY c.id) t;
-- all · 250: the notes of a visit say the same of what was measured
SELECT count(*) = 0 FROM (SELECT appointment_id FROM notes n, regexp_matches(content, 'BP (\d+/\d+)') AS pressure
                          GROUP BY appointment_id HAVING count(DISTINCT pressure) > 1) t;
-- all · 250: they come in the order in which they are written
SELECT count(*) = 0 FROM notes a JOIN notes b ON b.appointment_id = a.appointment_id
WHERE a.created_at > b.created_at AND a.created_at < (SELECT anchor FROM snapshot.seed_run)
  AND array_position('{intake,progress,assessment,plan,summary}', a.kind) < array_position('{intake,progress,assessment,plan,summary}', b.kind);
-- all · 251: a patient has one insurer
SELECT count(*) = 0 FROM (SELECT client_id FROM ledger_entries WHERE description LIKE 'Insurance payment, %' GROUP BY client_id HAVING count(DISTINCT description) > 1) t;
