-- What a seeded Pilates database must hold. Each query returns one true. The line above it says for
-- which profiles, which rows of the acceptance list, and what.

-- light minimal · P10: one of each role
SELECT (SELECT array_agg(n ORDER BY role) FROM (SELECT role, count(*) AS n FROM users GROUP BY role) r) = '{1,1,1}';
-- light minimal · P11: its packages
SELECT array_agg(name ORDER BY id) = '{Single Class,5-Class Pack}' FROM packages;
-- light minimal · P12: its class
SELECT array_agg(name) = '{Morning Flow}' FROM class_templates;
-- light minimal · P13: one week of classes
SELECT count(*) >= 1 AND max(starts_at) - min(starts_at) < interval '7 days' FROM class_instances;
-- light minimal · P15, P31: no more than 100 rows
SELECT (SELECT count(*) FROM users) + (SELECT count(*) FROM packages) + (SELECT count(*) FROM user_packages)
     + (SELECT count(*) FROM class_instances) + (SELECT count(*) FROM bookings) + (SELECT count(*) FROM audit_logs)
     + (SELECT count(*) FROM refresh_tokens) <= 100;
-- light minimal · P32d: no friends and no payments
SELECT (SELECT count(*) FROM friendships) + (SELECT count(*) FROM class_invitations) + (SELECT count(*) FROM payments) = 0;

-- medium · P16: one administrator, two instructors, five students
SELECT (SELECT array_agg(n ORDER BY role) FROM (SELECT role, count(*) AS n FROM users GROUP BY role) r) = '{1,2,5}';
-- medium · P17: five packages with different features
SELECT count(*) = 5 AND count(DISTINCT (credits, price)) >= 4 FROM packages;
-- medium · P18: six classes across the week
SELECT count(*) = 6 AND count(DISTINCT weekday) >= 4 FROM class_templates;
-- medium · P19: four weeks of them
SELECT count(*) = 24 AND count(DISTINCT date_trunc('week', starts_at)) = 4 FROM class_instances;
-- medium · P22: between 100 and 1,000 rows
SELECT (SELECT count(*) FROM users) + (SELECT count(*) FROM bookings) + (SELECT count(*) FROM payments) + (SELECT count(*) FROM audit_logs) BETWEEN 100 AND 1000;

-- medium heavy balanced · P20, P33–P37: all five states of a package
SELECT count(DISTINCT status) = 5 FROM user_packages;
-- medium heavy balanced · P21: bookings, cancellations, friends and payments exist
SELECT (SELECT count(*) FROM bookings) > 0 AND (SELECT count(*) FROM bookings WHERE status = 'CANCELLED') > 0
   AND (SELECT count(*) FROM friendships) > 0 AND (SELECT count(*) FROM payments) > 0;
-- medium heavy balanced · P54: all twelve tables hold rows
SELECT bool_and(filled) FROM (VALUES
  ((SELECT count(*) > 0 FROM users)), ((SELECT count(*) > 0 FROM packages)), ((SELECT count(*) > 0 FROM user_packages)),
  ((SELECT count(*) > 0 FROM class_templates)), ((SELECT count(*) > 0 FROM class_instances)),
  ((SELECT count(*) > 0 FROM bookings)), ((SELECT count(*) > 0 FROM waitlist_entries)), ((SELECT count(*) > 0 FROM payments)),
  ((SELECT count(*) > 0 FROM friendships)), ((SELECT count(*) > 0 FROM class_invitations)),
  ((SELECT count(*) > 0 FROM refresh_tokens)), ((SELECT count(*) > 0 FROM audit_logs))) t (filled);

-- heavy · P23: two administrators, twelve instructors, two hundred students
SELECT (SELECT array_agg(n ORDER BY role) FROM (SELECT role, count(*) AS n FROM users GROUP BY role) r) = '{2,12,200}';
-- heavy · P24: thirteen packages, some of them inactive
SELECT count(*) = 13 AND count(*) FILTER (WHERE NOT is_active) >= 1 FROM packages;
-- heavy · P25: a varied schedule
SELECT count(*) >= 20 AND count(DISTINCT (weekday, starts_hour)) >= 10 FROM class_templates;
-- heavy · P26: eight weeks, hundreds of classes
SELECT count(*) >= 160 AND count(DISTINCT date_trunc('week', starts_at)) = 8 FROM class_instances;
-- heavy · P27: thousands of bookings, in all weeks, before and after now
SELECT count(*) >= 2000 AND count(DISTINCT date_trunc('week', starts_at)) = 8
   AND bool_or(starts_at < (SELECT anchor FROM snapshot.seed_run)) AND bool_or(starts_at > (SELECT anchor FROM snapshot.seed_run))
FROM bookings b JOIN class_instances c ON c.id = b.class_id;
-- heavy · P28: two friendships a student, a payment for each confirmed package
SELECT (SELECT count(*) FROM friendships) >= 2 * (SELECT count(*) FROM users WHERE role = 'STUDENT')
   AND NOT EXISTS (SELECT FROM user_packages p WHERE status = 'PAYMENT_CONFIRMED'
                   AND NOT EXISTS (SELECT FROM payments y WHERE y.user_package_id = p.id));
-- heavy performance · P29, P31: more than 5,000 rows
SELECT (SELECT count(*) FROM users) + (SELECT count(*) FROM user_packages) + (SELECT count(*) FROM bookings) + (SELECT count(*) FROM payments)
     + (SELECT count(*) FROM friendships) + (SELECT count(*) FROM class_instances) + (SELECT count(*) FROM audit_logs)
     + (SELECT count(*) FROM refresh_tokens) + (SELECT count(*) FROM class_invitations) >= 5000;
-- heavy · P49: friends are half as likely again to share a class as strangers
WITH together AS (SELECT DISTINCT a.user_id AS one, b.user_id AS other FROM bookings a JOIN bookings b USING (class_id)
                  WHERE a.user_id < b.user_id AND a.status <> 'CANCELLED' AND b.status <> 'CANCELLED'),
     friends AS (SELECT least(requester_id, addressee_id) AS one, greatest(requester_id, addressee_id) AS other FROM friendships),
     pairs AS (SELECT a.id AS one, b.id AS other FROM users a JOIN users b ON a.id < b.id WHERE a.role = 'STUDENT' AND b.role = 'STUDENT')
SELECT (SELECT count(*)::float FROM friends JOIN together USING (one, other)) / (SELECT count(*) FROM friends)
  >= 1.5 * (SELECT count(*)::float FROM pairs JOIN together USING (one, other) WHERE (one, other) NOT IN (SELECT * FROM friends))
         / (SELECT count(*) FROM pairs WHERE (one, other) NOT IN (SELECT * FROM friends));

-- approval_testing · P31: more packages wait than in the balanced one
SELECT avg((status = 'PENDING_APPROVAL')::int) >= 0.3 FROM user_packages;
-- social_testing · P31: at least two friendships a student
SELECT (SELECT count(*) FROM friendships) >= 2 * (SELECT count(*) FROM users WHERE role = 'STUDENT');
-- booking_stress · P31: nine of ten places are booked
SELECT sum(booked)::float / sum(capacity) >= 0.9 FROM (
  SELECT c.capacity, count(b.id) FILTER (WHERE b.status <> 'CANCELLED') AS booked
  FROM class_instances c LEFT JOIN bookings b ON b.class_id = c.id GROUP BY c.id) t;
-- payment_testing · P31: every method with every status
SELECT count(DISTINCT (method, status)) = 16 FROM payments;

-- all · P34, P38: status and payment status go together
SELECT count(*) = 0 FROM user_packages WHERE status <> 'EXPIRED' AND (status::text, payment_status::text) NOT IN
  (('PENDING_APPROVAL', 'PENDING'), ('AUTHORIZED', 'AUTHORIZED'), ('PAYMENT_CONFIRMED', 'PAYMENT_CONFIRMED'), ('REJECTED', 'REJECTED'));
-- all · P33, P36: packages that wait, or were rejected, pay for no class
SELECT count(*) = 0 FROM bookings b JOIN user_packages p ON p.id = b.user_package_id
WHERE p.status IN ('PENDING_APPROVAL', 'REJECTED') OR (p.status = 'PENDING_APPROVAL' AND p.approved_at IS NOT NULL);
-- all · P35: confirmed ones are usable
SELECT count(*) = 0 FROM user_packages WHERE status = 'PAYMENT_CONFIRMED'
   AND NOT (expires_at > (SELECT anchor FROM snapshot.seed_run) AND coalesce(credits_remaining, 0) >= 0);
-- all · P37: expired ones are over, and pay for nothing after that
SELECT count(*) = 0 FROM user_packages p WHERE status = 'EXPIRED' AND (expires_at >= (SELECT anchor FROM snapshot.seed_run)
   OR EXISTS (SELECT FROM bookings b JOIN class_instances c ON c.id = b.class_id WHERE b.user_package_id = p.id AND c.starts_at > p.expires_at));
-- medium heavy · P39: popular classes are nine tenths full
SELECT avg(booked::float / capacity) BETWEEN 0.85 AND 0.95 FROM (
  SELECT c.starts_at, c.capacity, (SELECT count(*) FROM bookings b WHERE b.class_id = c.id AND b.status <> 'CANCELLED') AS booked FROM class_instances c) t
WHERE extract(hour FROM starts_at AT TIME ZONE 'UTC') >= 17 OR (extract(isodow FROM starts_at AT TIME ZONE 'UTC') >= 6 AND extract(hour FROM starts_at AT TIME ZONE 'UTC') < 12);
-- medium heavy · P40: average ones six tenths
SELECT avg(booked::float / capacity) BETWEEN 0.55 AND 0.65 FROM (
  SELECT c.starts_at, c.capacity, (SELECT count(*) FROM bookings b WHERE b.class_id = c.id AND b.status <> 'CANCELLED') AS booked FROM class_instances c) t
WHERE extract(isodow FROM starts_at AT TIME ZONE 'UTC') < 6 AND extract(hour FROM starts_at AT TIME ZONE 'UTC') IN (8, 9, 10, 11, 13, 14, 15, 16);
-- medium heavy · P41: early ones and those at lunch four tenths
SELECT avg(booked::float / capacity) BETWEEN 0.35 AND 0.45 FROM (
  SELECT c.starts_at, c.capacity, (SELECT count(*) FROM bookings b WHERE b.class_id = c.id AND b.status <> 'CANCELLED') AS booked FROM class_instances c) t
WHERE extract(hour FROM starts_at AT TIME ZONE 'UTC') IN (7, 12);
-- medium heavy balanced · P42: five to ten per cent of bookings are cancelled, to within a row
SELECT abs(count(*) FILTER (WHERE status = 'CANCELLED') - 0.075 * count(*)) <= 0.025 * count(*) + 1 FROM bookings;
-- medium heavy balanced · P43: two to five per cent of past bookings were missed, to within a row; none to come
SELECT abs(count(*) FILTER (WHERE status = 'NO_SHOW' AND past) - 0.035 * count(*) FILTER (WHERE past)) <= 0.015 * count(*) FILTER (WHERE past) + 1
   AND count(*) FILTER (WHERE status = 'NO_SHOW' AND NOT past) = 0
FROM (SELECT b.status, c.starts_at < (SELECT anchor FROM snapshot.seed_run) AS past FROM bookings b JOIN class_instances c ON c.id = b.class_id WHERE b.status <> 'CANCELLED') t;
-- all · P44: people wait only for popular classes that are full
SELECT count(*) = 0 FROM class_instances c WHERE EXISTS (SELECT FROM waitlist_entries w WHERE w.class_id = c.id)
  AND NOT ((SELECT count(*) FROM bookings b WHERE b.class_id = c.id AND b.status <> 'CANCELLED') = c.capacity
       AND (extract(hour FROM starts_at AT TIME ZONE 'UTC') >= 17 OR (extract(isodow FROM starts_at AT TIME ZONE 'UTC') >= 6 AND extract(hour FROM starts_at AT TIME ZONE 'UTC') < 12)));
-- all · P44: nobody is booked and waiting
SELECT count(*) = 0 FROM waitlist_entries w JOIN bookings b USING (class_id, user_id) WHERE b.status <> 'CANCELLED';
-- all · P44: positions are 1, 2, 3 without holes
SELECT coalesce(bool_and(last = n), true) FROM (SELECT max(position) AS last, count(*) AS n FROM waitlist_entries GROUP BY class_id) t;
-- all · P45: no class over its capacity
SELECT count(*) = 0 FROM class_instances c WHERE (SELECT count(*) FROM bookings b WHERE b.class_id = c.id AND b.status <> 'CANCELLED') > c.capacity;
-- all · P45: one booking a person and class
SELECT count(*) = count(DISTINCT (user_id, class_id)) FROM bookings;
-- medium heavy social_testing · P46: 70, 20 and 10 per cent of requests, to within a row
SELECT abs(count(*) FILTER (WHERE status = 'ACCEPTED') - 0.7 * count(*)) <= 1
   AND abs(count(*) FILTER (WHERE status = 'PENDING') - 0.2 * count(*)) <= 1
   AND abs(count(*) FILTER (WHERE status = 'BLOCKED') - 0.1 * count(*)) <= 1 FROM friendships;
-- all · P47: a pair appears once, and nobody is a friend of his own
SELECT count(*) = count(DISTINCT (least(requester_id, addressee_id), greatest(requester_id, addressee_id)))
   AND count(*) FILTER (WHERE requester_id = addressee_id) = 0 FROM friendships;
-- medium heavy social_testing · P48: a triangle for every ten students
WITH edges AS (SELECT least(requester_id, addressee_id) AS a, greatest(requester_id, addressee_id) AS b FROM friendships)
SELECT count(*) >= (SELECT count(*) / 10 FROM users WHERE role = 'STUDENT')
FROM edges x JOIN edges y ON y.a = x.b JOIN edges z ON z.a = x.a AND z.b = y.b;
-- medium heavy payment_testing · P50, P51: all methods, all statuses
SELECT count(DISTINCT method) = 4 AND count(DISTINCT status) = 4 FROM payments;
-- all · P52: transaction numbers of cards and PayPal only, in their form
SELECT count(*) = 0 FROM payments WHERE NOT CASE method
  WHEN 'CREDIT_CARD' THEN external_transaction_id ~ '^pi_[A-Z0-9]{24}$'
  WHEN 'PAYPAL' THEN external_transaction_id ~ '^PAYID-[A-Z0-9]{24}$'
  ELSE external_transaction_id IS NULL END;
-- medium heavy payment_testing · P53: refunds in full and in part
SELECT bool_or(refunded_amount = amount) AND bool_or(refunded_amount < amount) FROM payments WHERE status = 'REFUNDED';
-- all · P53: refunds come after the payment, and only where there is one
SELECT count(*) = 0 FROM payments WHERE (status = 'REFUNDED') <> (refunded_amount IS NOT NULL)
   OR (status = 'REFUNDED') <> (refunded_at IS NOT NULL) OR refunded_at <= paid_at;
