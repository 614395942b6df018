"""Amounts, percentages, margins and discounts, in figures and in words, French and English."""

import re
from collections.abc import Sequence
from typing import NamedTuple

from filters.screening.figures import Figure, Sort, amounts_left, figures
from filters.screening.lexicon import Lexicon
from filters.screening.tokens import Token, tokens, words

_SIGN = re.compile(r"[%‰€$£¥]")
#: "-15", and not "8-9" nor "8 -9".
_LESS = re.compile(r"(?:^|[^0-9\s]\s|^\s|[(:,])-\s?[0-9]")
_TURNOVER = re.compile(r"\bCA\b")

#: Reserved by itself, with or without a figure.
_RESERVED = Lexicon("""
    marge/marges
    marger/margeons/margent/margeait
    margin
    margins
    markup/markups
    mark up
    ~remise
    remises
    remiser
    rabais
    ~ristourne
    ~ristournes
    ~discount
    ~discounts
    discounted
    disct
    disc
    rebate/rebates
    escompte
    reduc/reducs
    reduction/reductions de/sur/du/commerciale/tarifaire/a/exceptionnelle/possible
    geste commercial/co/commerciaux/tarifaire
    un geste sur/si/financier
    petit geste
    gestes commerciaux
    prix plancher/planchers/mini/minimum/coutant/cassé/casse/net/nets/negocie/negocies/special/speciaux/ami/amis
    prix de revient/gros/cession/base/reference/vente
    prix d achat/ami
    prix le plus bas
    dernier/meilleur/moitie/demi/sous prix
    ~plancher
    tarif/tarifs negocie/negocies/preferentiel/preferentiels/revendeur
    tarif/tarifs revendeurs/special/speciaux/plancher/reduit/reduits
    tarif/tarifs partenaire/partenaires/interne/internes/degressif/degressifs/gros/distributeur/coutant/confidentiel
    conditions/condition tarifaire/tarifaires/speciales/particulieres/financieres/preferentielles
    grille/grilles tarifaire/tarifaires/remise
    bareme
    taux de remise/marge/marque/commission/com
    coefficient/coef multiplicateur/de
    a prix coutant
    a perte
    vendre/vend/vendu a perte
    mois/mensualites/semaines offert/offerts/offertes/gratuit/gratuits
    installation/pose/formation/livraison offerte
    floor/cost/reseller/bottom/rock/trade/wholesale/list/half/target/walkaway/lowest/net/special/best/minimum price
    floor/cost/reseller/bottom/rock/trade/wholesale/list/half/target/walkaway/lowest/net/special/best/minimum prices
    price floor/cut/drop/reduction/break/match
    walk away price
    half the price
    rock bottom
    money off
    knock/knocked/take/took/taking some/something off
    below/under/at cost
    at a loss
    free months/month
    months/month free
    preferential/special/negotiated/partner/reduced rate/rates/terms/pricing
    goodwill gesture
    ~pourcent
    ~pourcentage
    pourcents
    pour/pr/per/p cent
    ~percent
    ~percentage
    percents
    pct/prct
    maring/magin/margn/magrin
    cout de revient
    price/pricing concession
    sweetener
    backhander
    dessous de table
""")
_IDIOMS = Lexicon("""
    marge de/d manoeuvre/progression/erreur/securite/temps
    marge d erreur
    en marge
    margin of/for error
    remise en route/main/mains/cause/question/service/etat/forme/jeu/place/marche/ligne/selle/ordre/contexte
    remise a zero/niveau/jour/plat/neuf/disposition/propre/huitaine
    remise des cles/diplomes/prix/documents/copies/offres/dossiers/plis/trophees/lots
    remise du dossier/rapport/materiel/vehicule/projet/chantier/document/colis/badge
    remise de la cle
    remise de cles/l/service/offre/dossier/prix/diplome/diplomes/document
    en remise
    se/est/etait/suis remise de/d
    hard discount
    hard discounter
    prix de vente public affiche
    reduction du/de temps/personnel/effectif/effectifs/stock/bruit/dechets/consommation
    reduction d effectif/effectifs
    plancher chauffant/bois/technique/beton/flottant
    le/un/du plancher du/en/est
    disc brake/brakes/jockey
    bareme kilometrique
    pour cent personnes/salaries/postes/appels
    under cost control
    list price request
    at cost centre
""")
#: Speaks of prices; with a figure that is nothing else, the figure is one.
_PRICED = Lexicon("""
    prix
    tarif/tarifs
    cout/couts/coute/couter/couterait
    budget/budgets
    chiffre d affaires/affaire
    facture/factures/facturer/facture/facturation
    acompte/acomptes
    montant/montants
    devis
    prop/propo/proposition/propal
    abonnement/abonnements/abo
    forfait/forfaits
    enveloppe
    panier
    payer/paye/paient/paie/payait/payent/paierait/paiera/regle
    loyer/loyers
    commission/commissions/com
    prime
    moins/plus cher
    bloque/bloquer
    descendre/descend/descendu/descendra/descends
    monter
    baisser/baisse/baisserait
    lacher/lache
    aligner/alignait/aligne/alignerait/aligner
    signe/signer/signerait a
    ok/accord/partant/partante/pret/prete a/pour
    en dessous/deca
    jusqu a
    en veut/demande/propose/espere/exige/attend
    vendu/vend/vendre/achete/acheter/achetait
    maxi/max/mini
    depense/depenser/depensent
    investir/investissement
    marge/margent a
    ca de/annuel/mensuel
    gagne
    salaire
    credit
    dette
    impaye/impayes
    price/prices/priced/pricing
    rate/rates
    fee/fees
    cost/costs/costing
    budget/budgeted
    quote/quoted
    invoice/invoices/invoiced
    deposit
    amount/amounts
    subscription/sub
    pays/paying/paid/pay
    offered/offer
    knock/knocked
    off
    cheaper
    turnover/revenue/revenues
    spend/spends/spending/spent
    worth
    go/going/come/came/get/drop/dropped down/under/below/to
    not go/dont go under/below/lower
    match/matched
    commission/bonus
    rent
    no lower
    tops
    sign/signs/signing at/for
    would sign/take/accept/buy/settle
    settle/settled for/at
    deal at/for
    charge/charges/charged/charging
    billed/billing
    salary
    owes/owed
    loan
    set aside
""")


class Look(NamedTuple):
    """What a sentence says of prices."""

    #: It shows an amount, a percentage, a margin or a discount.
    shows: bool
    #: It speaks of prices, so that a bare figure behind it would be one.
    speaks: bool


def look(text: str, *, speaks: bool = False) -> Look:
    """Look at a plain sentence; `speaks`: whether the one before it spoke of prices."""
    said = words(tokens(text))
    if _SIGN.search(text) or _RESERVED.within(said, _IDIOMS):
        return Look(shows=True, speaks=True)
    here = _PRICED.within(said) or _LESS.search(text) is not None or _TURNOVER.search(text) is not None
    speaks = speaks or here
    found = tokens(amounts_left(text, speaks=speaks))
    return Look(any(_amount(found, figure, speaks=speaks) for figure in figures(found)), here)


def _amount(found: Sequence[Token], figure: Figure, *, speaks: bool) -> bool:
    if figure.sort is Sort.HARMLESS:
        return False
    after = found[figure.end].text if figure.end < len(found) else ""
    return figure.sort is Sort.AMOUNT or speaks or after in {"off", "less", "cheaper", "moins"}
