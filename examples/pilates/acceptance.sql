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

-- balanced · P37: expired ones were in more than one state
SELECT count(DISTINCT payment_status) >= 2 FROM user_packages WHERE status = 'EXPIRED';
-- heavy performance payment_testing · P37: in all states
SELECT count(DISTINCT payment_status) = 4 FROM user_packages WHERE status = 'EXPIRED';

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
WHERE p.status IN ('PENDING_APPROVAL', 'REJECTED') OR p.approved_at IS NULL;
-- all · P33, P36: nobody approved them, and their credits are whole
SELECT count(*) = 0 FROM user_packages p JOIN packages k ON k.id = p.package_id WHERE status IN ('PENDING_APPROVAL', 'REJECTED')
  AND (approved_at IS NOT NULL OR approved_by IS NOT NULL OR credits_remaining IS DISTINCT FROM credits);
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

-- all · 187: a bcrypt hash of work factor 10, the same for all (the README says the password)
SELECT bool_and(password_hash ~ '^\$2b\$10\$[./A-Za-z0-9]{53}$') AND count(DISTINCT password_hash) = 1 FROM users;
-- all · 188: an administrator approved what is approved
SELECT bool_and((approved_at IS NULL) = (approved_by IS NULL) AND (approved_at IS NOT NULL) = (payment_status IN ('AUTHORIZED', 'PAYMENT_CONFIRMED'))
  AND (approved_by IS NULL OR approved_by IN (SELECT id FROM users WHERE role = 'ADMIN'))) FROM user_packages;
-- all · 189: credits are what bookings left of them
SELECT bool_and(credits_remaining IS NOT DISTINCT FROM credits - (SELECT count(*) FROM bookings b WHERE b.user_package_id = p.id AND b.status <> 'CANCELLED'))
FROM user_packages p JOIN packages k ON k.id = p.package_id;
-- all · 190: a booking comes after the purchase and the approval, and its class before the package's end
SELECT count(*) = 0 FROM bookings b JOIN user_packages p ON p.id = b.user_package_id JOIN class_instances c ON c.id = b.class_id
WHERE p.user_id <> b.user_id OR p.purchased_at >= p.approved_at OR b.booked_at < p.approved_at OR c.starts_at >= p.expires_at;
-- medium heavy balanced performance · 190: packages pay for a good part of the bookings
SELECT avg((user_package_id IS NOT NULL)::int) >= 0.2 FROM bookings WHERE status <> 'CANCELLED';
-- all · 191: nobody is in two classes at once, and no instructor gives two
SELECT (SELECT count(*) FROM bookings a JOIN class_instances x ON x.id = a.class_id JOIN bookings b ON b.user_id = a.user_id AND b.id > a.id JOIN class_instances y ON y.id = b.class_id
        WHERE a.status <> 'CANCELLED' AND b.status <> 'CANCELLED' AND (x.starts_at, x.ends_at) OVERLAPS (y.starts_at, y.ends_at))
  + (SELECT count(*) FROM class_instances x JOIN class_instances y ON y.instructor_id = x.instructor_id AND y.id > x.id
     WHERE (x.starts_at, x.ends_at) OVERLAPS (y.starts_at, y.ends_at)) = 0;
-- heavy performance · 192: rooms of 8, 10 and 12 places
SELECT array_agg(DISTINCT capacity ORDER BY capacity) = '{8,10,12}' FROM class_templates;
-- all · 192: a class has as many places as its place in the schedule
SELECT coalesce(bool_and(c.capacity = t.capacity AND extract(hour FROM starts_at AT TIME ZONE 'UTC') = starts_hour
  AND extract(isodow FROM starts_at AT TIME ZONE 'UTC') = weekday AND ends_at - starts_at = duration_minutes * interval '1 minute'), false)
FROM class_instances c JOIN class_templates t ON t.id = c.template_id;
-- balanced · 193: two friend requests a student
SELECT count(*) = 2 * (SELECT count(*) FROM users WHERE role = 'STUDENT') FROM friendships;
-- social_testing · 193: five, more than twice as many
SELECT count(*) = 5 * (SELECT count(*) FROM users WHERE role = 'STUDENT') FROM friendships;
-- heavy balanced · 194: few payments are refunded or fail
SELECT avg((status = 'REFUNDED')::int) <= 0.1 AND avg((status = 'FAILED')::int) <= 0.2 FROM payments;
-- payment_testing · 194: half of them are
SELECT avg((status IN ('REFUNDED', 'FAILED'))::int) BETWEEN 0.4 AND 0.6 FROM payments;
-- all · 195: people buy, book, pay and cancel when they are awake
SELECT count(*) FILTER (WHERE extract(hour FROM t) BETWEEN 1 AND 6) = 0 FROM (SELECT purchased_at AT TIME ZONE 'UTC' FROM user_packages
  UNION ALL SELECT booked_at AT TIME ZONE 'UTC' FROM bookings UNION ALL SELECT issued_at AT TIME ZONE 'UTC' FROM refresh_tokens
  UNION ALL SELECT approved_at AT TIME ZONE 'UTC' FROM user_packages UNION ALL SELECT created_at AT TIME ZONE 'UTC' FROM payments
  UNION ALL SELECT created_at AT TIME ZONE 'UTC' FROM friendships UNION ALL SELECT created_at AT TIME ZONE 'UTC' FROM audit_logs) a (t);
-- heavy performance · 195: at many different times
SELECT count(DISTINCT purchased_at::time) > 0.95 * count(*) AND count(DISTINCT purchased_at::date) > 30 FROM user_packages;
-- all · 196: a payment follows the approval, and is paid after it is begun
SELECT count(*) = 0 FROM payments y JOIN user_packages p ON p.id = y.user_package_id
WHERE y.created_at < coalesce(p.approved_at, p.purchased_at) OR y.paid_at <= y.created_at OR y.user_id <> p.user_id
   OR greatest(y.paid_at, y.refunded_at) > (SELECT anchor FROM snapshot.seed_run);
-- all · 196: confirmed packages are paid in full
SELECT count(*) = 0 FROM user_packages p JOIN packages k ON k.id = p.package_id
WHERE p.payment_status = 'PAYMENT_CONFIRMED' AND EXISTS (SELECT FROM payments)
  AND k.price <> (SELECT sum(amount) FROM payments y WHERE y.user_package_id = p.id AND y.status = 'COMPLETED');
-- all · 197: nobody does anything before he joined
SELECT (SELECT count(*) FROM user_packages p JOIN users u ON u.id = p.user_id WHERE p.purchased_at < u.created_at)
  + (SELECT count(*) FROM bookings b JOIN users u ON u.id = b.user_id WHERE b.booked_at < u.created_at)
  + (SELECT count(*) FROM friendships f JOIN users u ON u.id IN (f.requester_id, f.addressee_id) WHERE f.created_at < u.created_at)
  + (SELECT count(*) FROM audit_logs a JOIN users u ON u.id = a.user_id WHERE a.created_at < u.created_at) = 0;
-- all · 197: nothing is booked after its class began, or cancelled before it was booked
SELECT count(*) = 0 FROM bookings b JOIN class_instances c ON c.id = b.class_id WHERE b.booked_at >= c.starts_at OR b.cancelled_at <= b.booked_at OR b.cancelled_at >= c.starts_at;
-- all · 198: packages that are not on offer any more were not bought lately
SELECT count(*) = 0 FROM user_packages p JOIN packages k ON k.id = p.package_id WHERE NOT k.is_active AND p.status <> 'EXPIRED';
-- all · 199: names without titles, but for one in twenty; addresses that fit them
SELECT count(*) FILTER (WHERE name ~ '\.|( (MD|DDS|DVM|PhD|II|III|IV|V)$)') <= 0.05 * count(*) + 1
  AND count(*) FILTER (WHERE position(lower(regexp_replace(split_part(name, ' ', 2), '[^A-Za-z]', '', 'g')) IN email) > 0) >= 0.95 * count(*) - 1 FROM users;
-- heavy performance · 200: some come and ask much more often than others; some do not
SELECT (SELECT max(n) >= 2 * avg(n) AND count(*) FILTER (WHERE n < avg) >= 0.5 * count(*) FROM (SELECT n, avg(n) OVER () AS avg FROM
          (SELECT count(b.id) AS n FROM users u LEFT JOIN bookings b ON b.user_id = u.id WHERE role = 'STUDENT' GROUP BY u.id) c) t)
  AND (SELECT max(n) >= 2 * avg(n) FROM (SELECT count(f.id) AS n FROM users u LEFT JOIN friendships f ON u.id IN (f.requester_id, f.addressee_id) WHERE role = 'STUDENT' GROUP BY u.id) t);
-- all · 201: who waits longer stands before the others
SELECT coalesce(bool_and(joined_at > before), true) FROM (SELECT joined_at, lag(joined_at) OVER (PARTITION BY class_id ORDER BY position) AS before FROM waitlist_entries) w WHERE before IS NOT NULL;
-- all · 202: why a payment failed fits how it was made
SELECT count(*) = 0 FROM payments WHERE status = 'FAILED' AND failure_reason <> 'rejected_by_studio' AND NOT CASE method
  WHEN 'CREDIT_CARD' THEN failure_reason IN ('card_declined', 'insufficient_funds', 'expired_card')
  WHEN 'CASH' THEN failure_reason = 'not_paid_at_desk'
  WHEN 'BANK_TRANSFER' THEN failure_reason IN ('transfer_not_received', 'insufficient_funds')
  ELSE failure_reason IN ('payer_account_restricted', 'payment_cancelled') END;
-- all · 203: who accepted an invitation booked the class, and nobody else who was invited did
SELECT coalesce(bool_and((i.status = 'ACCEPTED') = EXISTS (
  SELECT FROM bookings b WHERE b.class_id = i.class_id AND b.user_id = i.invitee_id AND b.status = 'CONFIRMED')), true) FROM class_invitations i;
-- heavy · 203: most invite to a class that they have booked
SELECT avg(EXISTS (SELECT FROM bookings b WHERE b.class_id = i.class_id AND b.user_id = i.inviter_id AND b.status <> 'CANCELLED')::int) >= 0.5 FROM class_invitations i;
-- all · 204: everybody's token is known, for tests of the login
SELECT bool_and(token_hash = encode(sha256(convert_to('pilates-demo:' || email, 'UTF8')), 'hex')) FROM refresh_tokens t JOIN users u ON u.id = t.user_id;
