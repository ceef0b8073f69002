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
