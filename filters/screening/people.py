"""What identifies a person or tells of a private life, beyond what a call needs. French and English."""

import re
from collections.abc import Sequence

from filters.screening.figures import without_days
from filters.screening.lexicon import Lexicon, listed
from filters.screening.tokens import Token, tokens, words
from filters.screening.units import NUMERALS, ORDINALS

#: Nine digits or more are a telephone number, a card or the number of a person, whatever stands between them.
_LONG_NUMBER = re.compile(r"[0-9](?:[\s./()-]{0,2}[0-9]){8}")
#: A French number with slashes could be a day otherwise.
_FRENCH_NUMBER = re.compile(r"\b0[1-9]([\s./-]?)[0-9]{2}(?:\1[0-9]{2}){3}\b")
_ADDRESS = re.compile(r"\w@|@\w|@ ?[^\s@.]{1,63}\.[^\W\d_]{2}|[(\[] ?(?:at|arobase|chez) ?[)\]]")
_ACCOUNT = re.compile(r"\b[A-Za-z]{2}[0-9]{2}(?: ?[A-Za-z0-9]{4}){3}")
#: Social security: French with a letter for Corsica, British.
_INSURED = re.compile(
    r"\b[12] ?[0-9]{2} ?[01][0-9] ?2[AB] ?[0-9]{3} ?[0-9]{3}|\b[A-Z]{2} ?[0-9]{2} ?[0-9]{2} ?[0-9]{2} ?[A-D]\b",
    re.IGNORECASE,
)
_SPELLED_LEAST = 5
_STREETS = listed("""
    rue r avenue av ave bd bld boulevard impasse allee allees chemin place pl quai cours route rte square
    lotissement street st road rd lane avenue close drive crescent terrace court grove
""")
#: How far from its number a street may stand: "8 bis, av.", "14 Old Mill Lane".
_STREET_REACH = 4
_FIRM = Lexicon("""
    siege
    bureaux/bureau/locaux/agence/agences/showroom/atelier/depot/usine/magasin/boutique/entrepot/societe/entreprise
    etablissement/cabinet/restaurant/hotel/salon/stand/boite/filiale/livraison/chantier
    rdv/rendez
    office/offices/headquarters/hq/head/warehouse/shop/store/showroom/branch/site/premises/factory/plant/unit
    appointment/appt/meeting/meet/deliver/delivery/visit/company/firm
""")
_HOME = Lexicon("""
    habite/habitent/habitant/loge/vit/domicile/domicilie/domiciliee/reside/residence/maison/appart/logement
    chez lui/elle/eux/ses/sa/son
    adresse/adr perso/personnelle/privee
    lives/living/resides/home/flat/house
""")
_PRIVATE = Lexicon("""
    iban
    rib fr/numero/n
    arobase/arobas/arrobas
    dot com/fr/net/org/uk
    point fr/com/net/org
    a commercial
    gmail/hotmail/yahoo/outlook/orange/wanadoo com/fr/point/dot
    date de naissance
    date/place/year of birth
    dob
    d o b
    nir
    ssn
    num/numero/n/no de/secu/ss secu/securite
    num/numero/n/no secu/nir
    numero de securite
    securite sociale de
    social security number/no
    national insurance number/no
    ni number/no
    passeport/passport/permis n/numero/number/no
    carte bleue/bancaire/vitale/identite n/numero/expire
    code de la carte
    mot de passe
    password
    divorc*
    separation difficile
    se/s separe
    en instance de
    son/leur couple
    sa femme/copine/maitresse/compagne/copain/belle
    son mari/ex/copain/amant/conjoint/mec/couple/epouse
    ma femme
    veuf/veuve
    celibataire
    marie/mariee avec/a/depuis/et
    pacse/pacsee
    wife/husband/girlfriend/boyfriend/spouse left/is/has/died/and/works/passed/walked/wants/just
    his wife/ex/girlfriend/boyfriend/mistress/husband
    her husband/ex/boyfriend/girlfriend/wife
    widow/widowed/widower
    single mum/mom/mother/dad/father/parent
    marriage/marital/custody
    garde alternee/des/partagee
    garde de ses
    pension alimentaire
    enfants/enfant/gosses/gamins en bas/a/ado/ados
    en bas age
    mere/pere de famille/deux/trois/quatre/cinq
    maman solo
    decede/decedee/deces
    en deuil
    enterrement/obseques
    bereave*
    funeral
    passed away
    his/her mother/father/mum/dad/brother/sister died/passed/is
    ~musulman
    musulmane/musulmans
    juif/juive/juifs
    catholique/catho
    protestant/protestante
    temoin de jehovah
    ramadan
    pratiquant/pratiquante
    croyant/croyante
    muslim/jewish/catholic/hindu/mormon/evangelical
    religious/religion
    ~syndicaliste
    syndique/syndiquee
    cgt/cfdt
    delegue/deleguee syndical/syndicale/cgt/cfdt/fo
    trade/union/shop unionist/rep/steward/activist/member
    vote/votes/votait pour/for/le/front/rn/lfi/labour/tory/reform/conservative/trump/republican
    extreme droite/gauche
    far right/left
    militant/militante
    gay/gays
    lesbienne/lesbian
    homo/homosexuel/homosexuelle/homosexual
    bisexual/bisexuel
    trans
    transgenre/transgender
    d origine
    sans papiers
    immigre/immigree
    immigrant
    illegal immigrant
    ethnic*
    prison/prisons
    casier judiciaire
    garde a vue
    criminal record
    convicted
    on bail/parole/probation
    interdit bancaire
    surendett*
    fiche banque/bdf
    personally bankrupt
    bankrupt personally
    personal debt/debts
    saisie sur salaire
    huissier/huissiers chez/pour lui/elle
    numero/num/tel/mobile/portable/mail/adresse perso/personnel/privee de/c/est
""")
_IDIOMS = Lexicon("""
    trans pennine
    point com marketing
    mot de passe oublie/perdu/expire
    password reset/manager/policy
    d origine controlee
    pieces d origine
    piece d origine
    home office
    religious festival calendar
    prison service/supplier
    wifi password
""")
_BORN = Lexicon("""
    ne/nee/nes le/en
    born
    birthday
    anniversaire
    naissance
    dob
""")
_AGED = Lexicon("""
    age de
    agee de
    aged
    yrs/years/year/yr old
    retraite
    retirement
    la quarantaine/cinquantaine/soixantaine/trentaine
    in his/her/their forties/fifties/sixties/thirties/seventies
""")
_OF_THINGS = Lexicon("""
    societe/entreprise/boite/parc/materiel/machine/machines/contrat/logiciel/batiment/company/firm/business/shop
    system/phones/phone/kit/equipment/software/contract/building/fleet/caisse/complementaire/chaudiere/toiture
    computers/pcs/pc/printer/printers/copieur/standard/boiler/roof/site
""")
_CHILDREN = listed("""
    enfants enfant gosses gamins filles fils kids children daughters sons
""")
_HAVING = listed("""
    a ont avec has have avait eleve seul seule with got
""")
#: "2 enfants qui travaillent dans la boîte" is about the firm.
_WORKING = Lexicon("""
    travaillent/travaille/bossent/bosse/reprennent/dirigent/gerent
    working/work/works/run/runs/join/joining
    creche/ecole/colonie/garderie/nursery/school/cantine/places
""")


def addressed(text: str) -> bool:
    """Whether a text holds what looks like an address, however it is dressed."""
    return _ADDRESS.search(text) is not None


def personal(text: str) -> bool:
    """Whether a plain sentence shows personal data that a call does not need."""
    if addressed(text) or _ACCOUNT.search(text) or _INSURED.search(text):
        return True
    found = tokens(text)
    said = words(found)
    if not said:
        return False
    if _PRIVATE.within(said, _IDIOMS) or _born(found, said) or _long_number(text):
        return True
    return _spelled_number(said) or _street(found, said) or _aged(found, said) or _children(found, said)


def _long_number(text: str) -> bool:
    return (_FRENCH_NUMBER.search(text) or _LONG_NUMBER.search(without_days(text))) is not None


def _born(found: Sequence[Token], said: Sequence[str]) -> bool:
    for place in range(len(said)):
        length = _BORN.at(said, place)
        if length and any(token.figure for token in found[place + length : place + length + 3]):
            return True
    return False


def _aged(found: Sequence[Token], said: Sequence[str]) -> bool:
    """Somebody's age: "54 ans" with a word that says so, and nothing else that could be as old."""
    years = any(
        token.figure and token.text.isdigit() and 15 < int(token.text[:4]) < 100 and _unit(said, place + 1)
        for place, token in enumerate(found)
    )
    return years and (_AGED.within(said) or said[0][0].isdigit()) and not _OF_THINGS.within(said)


def _unit(said: Sequence[str], place: int) -> bool:
    return place < len(said) and said[place] in {"ans", "yrs", "years", "year", "yo"}


def _children(found: Sequence[Token], said: Sequence[str]) -> bool:
    for place, token in enumerate(found):
        counted = token.figure or token.text in NUMERALS or token.text in {"un", "une", "one"}
        held = place > 0 and said[place - 1] in _HAVING
        if counted and held and place + 1 < len(said) and said[place + 1] in _CHILDREN:
            return not _WORKING.within(said)
    return False


def _spelled_number(said: Sequence[str]) -> bool:
    """A number said aloud, digit by digit or pair by pair: it begins with a nought."""
    run, noughts = 0, False
    for word in said:
        if word in NUMERALS or word in {"double", "triple", "o", "un", "one"} or (word == "et" and run):
            run += 1
            noughts = noughts or word in {"zero", "oh", "o", "nought", "double", "triple"}
            if run >= _SPELLED_LEAST and noughts:
                return True
        else:
            run, noughts = 0, False
    return False


def _street(found: Sequence[Token], said: Sequence[str]) -> bool:
    for place, token in enumerate(found):
        ordinal = place + 1 < len(found) and found[place + 1].glued and found[place + 1].text in ORDINALS
        if token.figure and len(token.text) <= 4 and not ordinal:
            near = said[place + 1 : place + 1 + _STREET_REACH]
            if not _STREETS.isdisjoint(near):
                return _HOME.within(said) or not _FIRM.within(said)
    return False
