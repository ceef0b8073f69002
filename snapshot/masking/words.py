"""What the name of a column says: words of English, German, French and Spanish.

A name is split at `_` and capitals, accents are folded. A meaning is known by words that follow
one another in it. The first meaning of MEANINGS counts: `email address` is no address.
"""

from __future__ import annotations

import re
import unicodedata
from functools import cache

_PARTS = re.compile(r"[a-z]+|[0-9]+")
_CAPITALS = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")


def _set(text: str) -> frozenset[str]:
    return frozenset(text.split())


# Phrases are separated by commas. A plural is found by its singular.
MEANINGS: dict[str, str] = {
    "password": """
        password, passwd, pwd, passwort, kennwort, mot de passe, motdepasse, mdp, contrasena,
        passphrase, pin
    """,
    "secret": """
        token, secret, api key, apikey, access key, private key, session key, cookie, otp, totp,
        salt, credential, jwt, bearer, csrf, nonce, recovery code, backup code, hash, digest,
        fingerprint, sha, schluessel, cle api
    """,
    "email": """
        email, e mail, mail, emailaddress, mailaddress, emailadresse, mailadresse, correo,
        courriel, mel, emailaddr
    """,
    "ip": "ip, ipaddress, ipaddr, remote addr, ipadresse, ipv",
    "mac": "mac, macaddr, macaddress, macadresse, hwaddr, bssid",
    "iban": "iban",
    "digits": """
        account number, account no, account nr, bank account, kontonummer, konto nr, kto, kto
        nr, numero compte, num compte, cuenta, sort code, routing number, blz, cvv, cvc, last
        four, card last
    """,
    "card": """
        card number, cardnumber, card no, card nr, card, credit card, creditcard, ccn, cc
        number, cc no, pan, kreditkarte, kreditkartennummer, kartennummer, carte bancaire,
        numero carte, tarjeta
    """,
    "ssn": "ssn, social security, social security number, socialsecuritynumber, sin",
    "code": """
        national id, national insurance, nino, nhs, nhs number, mrn, medical record, record
        number, patient number, patient no, patient nr, patientennummer, insurance number,
        insurance no, policy number, policy no, versichertennummer, versicherungsnummer,
        versicherten nr, versicherungs nr, versichertennr, kvnr, krankenversicherungsnummer,
        sozialversicherungsnummer, sv nr, svnr, steuer id, steuernummer, steuer nr, steuerid,
        tax id, taxid, tax number, tin, vat id, vat number, ust id, ustid, ustidnr, siret,
        siren, nir, insee, securite sociale, num secu, secu, dni, nie, nif, cif, curp, rfc, nss,
        passport, reisepass, passnummer, pass nr, ausweis, ausweisnummer, ausweis nr, passeport,
        pasaporte, licence number, license number, licence no, license no, driver license,
        drivers license, driving licence, driver licence, fuehrerschein, permis, permis
        conduire, matricula, immatriculation, kennzeichen, licence plate, license plate, plate,
        numberplate, vin, imei, imsi, iccid, serial, serial number, seriennummer, device id,
        udid, idfa, gaid, bic, swift, employee number, employee no, personalnummer, personal nr,
        member number, member no, mitgliedsnummer, customer number, kundennummer, kunden nr,
        numero client, numero cliente
    """,
    "zip": """
        zip, zipcode, zip code, postal code, postalcode, postcode, post code, postal, plz,
        postleitzahl, code postal, codigo postal, cp
    """,
    "phone": """
        phone, telephone, tel, mobile, mobil, cell, cellphone, fax, telefax, telefon,
        telefonnummer, handy, handynummer, rufnummer, mobilnummer, faxnummer, telefono, movil,
        celular, portable, gsm, msisdn, tlf, tfno, fon, whatsapp, phonenumber, phoneno,
        landline, festnetz, telnr
    """,
    "birth": """
        dob, birth, birthday, birthdate, date of birth, born, geb, geburtsdatum, geburtstag,
        geboren, gebdat, gebdatum, naissance, ddn, nacimiento, fnac, fec nac, birthyear
    """,
    "first_name": """
        first name, firstname, fname, given name, givenname, forename, vorname, rufname, prenom,
        nombre de pila, middle name, middlename, middle initial, second name, initials
    """,
    "last_name": """
        last name, lastname, lname, surname, family name, familyname, nachname, familienname,
        zuname, geburtsname, maiden name, maidenname, nom famille, nom de famille, nom
        naissance, nom, apellido, primer apellido, segundo apellido
    """,
    "user_agent": "user agent, useragent, browser",
    "username": """
        user name, username, login, login name, loginname, nick, nickname, handle, screen name,
        screenname, benutzername, identifiant, pseudo, skype, twitter, instagram, telegram,
        github, facebook, linkedin, changed by, created by, updated by, modified by, deleted by,
        edited by, db user
    """,
    "url": """
        url, uri, website, homepage, webseite, web site, web, site web, sitio web, link, href,
        permalink
    """,
    "picture": "avatar, photo, picture, image, foto, bild, portrait, selfie",
    "path": """
        path, filename, file name, filepath, datei, dateiname, pfad, fichier, nom fichier,
        archivo, storage key, object key, attachment
    """,
    "hostname": "hostname, host name, host, computer name, domain",
    "slug": "slug, subdomain",
    "company": """
        company, company name, companyname, organisation, organization, employer, firm, firma,
        firmenname, arbeitgeber, entreprise, societe, employeur, raison sociale, empresa,
        compania, empleador, razon social, workplace
    """,
    "street": """
        street, street address, address, addr, adr, address line, addressline, strasse, str,
        strassenname, hausnummer, hausnr, house number, house no, anschrift, adresse, rue, voie,
        direccion, calle, domicilio, postfach, po box, apartment, apt, streetaddress
    """,
    "city": """
        city, town, ort, stadt, wohnort, ville, commune, ciudad, localidad, municipio,
        poblacion, village, birthplace, place of birth, geburtsort, lieu naissance, lugar
        nacimiento, suburb, district, neighbourhood, neighborhood, county, landkreis, ortsteil
    """,
    "name": """
        full name, fullname, display name, displayname, contact name, contactname, real name,
        realname, patient name, person name, customer name, client name, guest name, emergency
        contact, vollname, vollstaendiger name, nom complet, nombre completo, ansprechpartner,
        account holder, cardholder, card holder, kontoinhaber, next of kin, contact person,
        prescribed by, treated by, reviewed by, approved by, signed by, ship name,
        patientenname, billing name, shipping name, legal name, beneficiary name, holder name,
        insured name, name patient, nom patient, nombre paciente
    """,
    "plain_name": "name, nombre, bezeichnung, label",
    "geo": """
        lat, latitude, lng, lon, longitude, geo, coordinate, location, gps, breitengrad,
        laengengrad, geom, geometry, standort, position gps
    """,
    "pay": """
        salary, income, wage, gehalt, lohn, einkommen, salaire, revenu, salario, sueldo,
        ingreso, net worth, kontostand
    """,
    "free_text": """
        note, comment, remark, description, message, body, text, content, bio, biography, about,
        memo, bemerkung, notiz, notizen, kommentar, beschreibung, nachricht, freitext,
        anmerkung, diagnosis, diagnose, diagnostic, diagnostico, anamnese, anamnesis, befund,
        symptom, allergy, allergie, alergia, allergen, history, complaint, finding, report,
        commentaire, remarque, observation, nota, comentario, observacion, mensaje, descripcion,
        motivo, motif, reason, subject, betreff, asunto, sujet, feedback, review, answer,
        response, transcript, instruction, summary, details, excerpt, caption, query, search
        text, prompt, purpose, verwendungszweck, payment reference, libelle, concepto, grund,
        begruendung, inhalt, texte, texto, contenu, contenido, medication, therapy, statement,
        signature
    """,
    "person": """
        titulaire, holder, inhaber, titular, author, signatory, recipient, sender, absender,
        empfaenger, guardian, attn, attention, doctor, physician, arzt, medecin, medico,
        therapist, prescriber, contact, spouse, mother, father, mutter, vater, sibling, relative
    """,
    "account": "user, actor, benutzer, usuario, utilisateur, owner, author",
    "event_day": """
        death, died, deceased, dod, sterbedatum, verstorben, deces, defuncion, admission,
        admitted, discharge, discharged, aufnahme, entlassung, visit, visited, besuch,
        appointment, termin, rendez vous, rdv, cita, hired, hire date, joined, last seen, last
        login, last sign in, seen, signed in, checked in, check in, check out, prescribed,
        treated, operated, surgery, arrival, departure, stay, period, wedding, married
    """,
}
_TECHNICAL = _set(
    """
    angelegt archived changed creado create created cree deleted ends expired expires exported
    geaendert imported inserted last load loaded modificado modifie modified processed published
    sent starts synced update updated valid write
    """
)
# Names of what sorts rows into a few kinds, and is said of many people.
_CATEGORY = _set(
    """
    action anrede category channel civilite color colour country currency devise direction
    dosage encoding event format gender genre geschlecht icd idioma kind land lang language
    langue level locale method mime mode moneda op operation operator pais pays phase plan
    platform priority provider rating relation relationship role schema scope severity sex sexe
    sexo size source specialty sprache stage state status theme tier timezone topic type tz unit
    version visibility waehrung weekday
    """
)
# A word at the end that makes it something else: email_type, phone_count, address_status.
_OTHER = _set(
    """
    category confirmed count enabled flag format kind label length number_of priority status typ
    type valid verified
    """
)
_LOOKUPS = _set("country currency language category status role genre kind type priority unit icd")
_PEOPLE = _set(
    """
    account actor angehoerige angehoeriger applicant author beneficiary benutzer candidate
    client cliente contact customer doctor donor driver empleado employe employee guardian guest
    insured kontakt kunde lead member membre mitarbeiter nurse owner paciente passenger patient
    people person personas personen personne physician player profile recipient referrer relative
    resident staff student subscriber teacher tenant_user therapist user usuario versicherter
    visitor
    """
)
_ORGANISATIONS = _set(
    """
    agency apotheke bank brand clinic company employer empresa entreprise firm firma hospital
    insurer klinik krankenkasse kunde lab laboratory merchant organisation organization pharmacy
    practice praxis proveedor shipper societe store supplier tenant vendor versicherung
    """
)


@cache
def words_of(name: str) -> tuple[str, ...]:
    """The words of a name: `TelefonNr2`, `telefon_nr` are (telefon, nr)."""
    spread = _CAPITALS.sub("_", name).casefold()
    for umlaut, letters in (("ä", "ae"), ("ö", "oe"), ("ü", "ue")):
        spread = spread.replace(umlaut, letters)
    plain = unicodedata.normalize("NFKD", spread).encode("ascii", "ignore").decode()
    parts = _PARTS.findall(plain)
    return tuple(part for part in parts if not part.isdigit()) or tuple(parts)


@cache
def meaning_of(name: str) -> str | None:
    """What a name says of the values, as a key of MEANINGS; None if it says nothing.

    The longest phrase counts, of several the first: a `card holder` is no card.
    """
    words = words_of(name)
    if len(words) > 1 and words[-1] in (*_OTHER, "title"):  # the title of a contact is no person
        return None
    for length in range(len(words), 0, -1):
        phrases = {
            tuple(map(_singular, words[start : start + length]))
            for start in range(len(words) - length + 1)
        }
        if length == len(words):
            phrases.add(("".join(words),))
        for meaning, known in _phrases().items():
            if phrases & known:
                return meaning
    return None


def is_category(name: str) -> bool:
    """Whether a name speaks of a kind, a state or a unit."""
    words = words_of(name)
    return bool(words) and (_singular(words[-1]) in _CATEGORY or words[-1] in _OTHER)


def is_lookup(table: str) -> bool:
    """Whether a table of this name lists kinds: countries, languages, order_status."""
    words = words_of(table)
    return bool(words) and _singular(words[-1]) in _LOOKUPS


def is_technical(name: str) -> bool:
    """Whether a date of this name is about the row rather than the person in it."""
    return any(word in _TECHNICAL for word in words_of(name))


def about_people(table: str) -> bool:
    """Whether a table of this name holds people, or what lies below a key of this name is one."""
    return any(_singular(word) in _PEOPLE for word in words_of(table))


def about_organisations(table: str) -> bool:
    """Whether a table of this name holds companies and the like."""
    return any(_singular(word) in _ORGANISATIONS for word in words_of(table))


def _singular(word: str) -> str:
    if word.endswith("ies") and len(word) > 4:
        return word[:-3] + "y"
    if word.endswith(("sses", "ches")):
        return word[:-2]
    if word.endswith("s") and not word.endswith(("ss", "us", "is")) and len(word) > 3:
        return word[:-1]
    return word


@cache
def _phrases() -> dict[str, frozenset[tuple[str, ...]]]:
    """The phrases of each meaning, in the singular."""
    return {
        meaning: frozenset(tuple(map(_singular, phrase.split())) for phrase in phrases.split(","))
        for meaning, phrases in MEANINGS.items()
    }
